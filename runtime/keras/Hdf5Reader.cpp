// Reads every dataset of an HDF5 file, converted to dlc's element types, and
// the text attributes of its groups.
#include "runtime/keras/Hdf5Reader.h"
#include "runtime/keras/Hdf5.h"
#include "runtime/keras/Hdf5Text.h"

#include <bit>
#include <fmt/format.h>
#include <limits>

namespace dlc::keras::hdf5 {

namespace {

/// Nothing that Keras writes nests deeper; hard links can form circles.
constexpr size_t maxDepth = 64;
constexpr size_t maxObjects = 1'000'000;
/// Datasets may be compressed, but not without bound.
constexpr uint64_t maxRatio = 100;
constexpr uint64_t slack = 1 << 20;

/// Walks the file's groups and collects its datasets.
class Reader {
public:
  Reader(std::string name, uint64_t fileBytes, Want want)
      : name(std::move(name)), want(want),
        budget(fileBytes * maxRatio + slack) {}

  Expected<Hdf5File> read(std::span<const std::byte> bytes);

private:
  Expected<void> readGroup(hid_t group, const std::string &path, size_t depth);
  Expected<void> readAttributes(hid_t group, const std::string &path);
  Expected<void> readChild(hid_t group, const std::string &path,
                           const std::string &child, size_t depth);
  Expected<Tensor> readDataset(hid_t dataset, const std::string &thing);
  Expected<Shape> readShape(hid_t dataset, const std::string &thing);
  Expected<Tensor> readElements(hid_t dataset, Shape shape,
                                const std::string &thing);

  Unexpected<Error> damaged(const std::string &thing) const {
    return fail(thing, "could not be read",
                "its content must be what its header says",
                "copy or save the file again");
  }

  std::string name;
  Want want;
  uint64_t budget; // bytes of elements that the file may still give
  size_t objects = 0;
  Hdf5File content;
};

//===-- Elements ----------------------------------------------------------===//

/// h5py marks what HDF5 has no type for: an opaque dataset with an attribute
/// dtype = "bfloat16".
bool isBFloat16(hid_t dataset, hid_t type) {
  if (H5Tget_class(type) != H5T_OPAQUE || H5Tget_size(type) != 2)
    return false;
  auto dtype = readText(dataset, "dtype");
  return dtype && !dtype->isList && dtype->values[0] == "bfloat16";
}

/// h5py stores numpy's bool as an enumeration over int8.
bool isBool(hid_t type) {
  return H5Tget_class(type) == H5T_ENUM && H5Tget_size(type) == 1 &&
         H5Tget_nmembers(type) == 2;
}

/// bfloat16 is the upper half of a float32.
void widen(std::span<const uint16_t> halves, std::span<float> floats) {
  for (size_t i = 0; i < halves.size(); ++i)
    floats[i] = std::bit_cast<float>(uint32_t(halves[i]) << 16);
}

/// Reads all elements in the memory type `type`.
bool readAs(hid_t dataset, hid_t type, void *elements) {
  return H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements) >= 0;
}

Expected<Tensor> Reader::readElements(hid_t dataset, Shape shape,
                                      const std::string &thing) {
  Type type(H5Dget_type(dataset));
  if (!type)
    return damaged(thing);
  if (H5Tget_class(type.get()) == H5T_FLOAT) {
    Tensor tensor(DType::F32, shape);
    if (!readAs(dataset, H5T_NATIVE_FLOAT, tensor.data()))
      return damaged(thing);
    return tensor;
  }
  if (isBFloat16(dataset, type.get())) {
    Tensor tensor(DType::F32, shape);
    std::vector<uint16_t> halves(size_t(tensor.size()));
    if (!readAs(dataset, type.get(), halves.data()))
      return damaged(thing);
    widen(halves, tensor.as<float>());
    return tensor;
  }
  if (isBool(type.get())) {
    Tensor tensor(DType::Bool, shape);
    if (!readAs(dataset, type.get(), tensor.data()))
      return damaged(thing);
    return tensor;
  }
  if (H5Tget_class(type.get()) == H5T_INTEGER) {
    Tensor tensor(DType::I32, shape);
    std::vector<int64_t> wide(size_t(tensor.size()));
    if (!readAs(dataset, H5T_NATIVE_INT64, wide.data()))
      return damaged(thing);
    std::span<int32_t> elements = tensor.as<int32_t>();
    for (size_t i = 0; i < wide.size(); ++i) {
      if (wide[i] != int32_t(wide[i]))
        return fail(thing, fmt::format("holds the integer {}", wide[i]),
                    "dlc computes with 32-bit integers",
                    "store this variable as int32");
      elements[i] = int32_t(wide[i]);
    }
    return tensor;
  }
  return fail(thing, "has elements that are no numbers",
              "weights are floats, integers or booleans",
              "remove this dataset or save the model again");
}

//===-- Structure ---------------------------------------------------------===//

Expected<Shape> Reader::readShape(hid_t dataset, const std::string &thing) {
  Space space(H5Dget_space(dataset));
  if (!space)
    return damaged(thing);
  int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0)
    return damaged(thing);
  std::vector<hsize_t> sizes(size_t(rank), 0);
  if (H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr) < 0)
    return damaged(thing);
  Shape shape;
  // Eight bytes an element: the widest that is read before conversion.
  uint64_t bytes = 8;
  for (hsize_t size : sizes) {
    if (size != 0 && bytes > std::numeric_limits<uint64_t>::max() / size)
      bytes = std::numeric_limits<uint64_t>::max();
    else
      bytes *= size;
    shape.push_back(int64_t(size));
  }
  if (bytes > budget)
    return fail(thing, fmt::format("has shape {}", formatShape(shape)),
                fmt::format("a file may expand {} times", maxRatio),
                "save the model again with Keras, which does not compress");
  budget -= bytes;
  return shape;
}

Expected<Tensor> Reader::readDataset(hid_t dataset, const std::string &thing) {
  Expected<Shape> shape = readShape(dataset, thing);
  if (!shape)
    return Unexpected(shape.error());
  return readElements(dataset, std::move(*shape), thing);
}

Expected<void> Reader::readChild(hid_t group, const std::string &path,
                                 const std::string &child, size_t depth) {
  std::string childPath = path.empty() ? child : path + "/" + child;
  std::string thing = name + "/" + childPath;
  if (++objects > maxObjects)
    return fail(name, fmt::format("holds over {} objects", maxObjects),
                "no Keras model has so many", "check where the file is from");
  // Soft and external links are nothing that Keras writes, and may lead to
  // other files.
  H5L_info_t link;
  if (H5Lget_info(group, child.c_str(), &link, H5P_DEFAULT) < 0)
    return damaged(thing);
  if (link.type != H5L_TYPE_HARD)
    return {};
  Object object(H5Oopen(group, child.c_str(), H5P_DEFAULT));
  if (!object)
    return damaged(thing);
  H5I_type_t kind = H5Iget_type(object.get());
  if (kind == H5I_GROUP)
    return readGroup(object.get(), childPath, depth + 1);
  if (kind != H5I_DATASET)
    return {};
  Expected<Tensor> tensor = readDataset(object.get(), thing);
  if (!tensor)
    return Unexpected(tensor.error());
  content.datasets.emplace(std::move(childPath), std::move(*tensor));
  return {};
}

Expected<void> Reader::readAttributes(hid_t group, const std::string &path) {
  auto &ofGroup = content.attributes[path];
  for (const std::string &attribute : listAttributes(group)) {
    auto text = readText(group, attribute);
    if (!text)
      continue;
    for (const std::string &value : text->values) {
      if (value.size() > budget)
        return fail(name, "holds too much text",
                    fmt::format("a file may expand {} times", maxRatio),
                    "check where the file is from");
      budget -= value.size();
    }
    ofGroup[attribute] = std::move(*text);
  }
  return {};
}

/// In one walk: asked for one name after another, HDF5 begins anew each time.
bool listLinks(hid_t group, std::vector<std::string> &names) {
  auto add = [](hid_t, const char *name, const H5L_info_t *, void *data) {
    auto &list = *static_cast<std::vector<std::string> *>(data);
    list.emplace_back(name);
    return herr_t(list.size() > maxObjects);
  };
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names) >=
         0;
}

Expected<void> Reader::readGroup(hid_t group, const std::string &path,
                                 size_t depth) {
  if (depth > maxDepth)
    return fail(name, fmt::format("nests groups over {} deep", maxDepth),
                "no Keras model does", "check where the file is from");
  if (want == Want::All)
    if (Expected<void> done = readAttributes(group, path); !done)
      return done;
  std::vector<std::string> children;
  if (!listLinks(group, children))
    return damaged(path.empty() ? name : name + "/" + path);
  for (const std::string &child : children) {
    Expected<void> done = readChild(group, path, child, depth);
    if (!done)
      return done;
  }
  return {};
}

/// Has libhdf5 take the file where it lies, and not copy it twice. Nothing that
/// it calls for reading writes there.
bool setImage(hid_t access, std::span<const std::byte> bytes) {
  H5FD_file_image_callbacks_t callbacks = {};
  callbacks.image_malloc = [](size_t, H5FD_file_image_op_t, void *image) {
    return image;
  };
  callbacks.image_memcpy = [](void *to, const void *, size_t,
                              H5FD_file_image_op_t, void *) { return to; };
  callbacks.image_realloc = [](void *, size_t, H5FD_file_image_op_t,
                               void *) -> void * { return nullptr; };
  callbacks.image_free = [](void *, H5FD_file_image_op_t, void *) {
    return herr_t(0);
  };
  callbacks.udata_copy = [](void *image) { return image; };
  callbacks.udata_free = [](void *) { return herr_t(0); };
  callbacks.udata = const_cast<std::byte *>(bytes.data());
  return H5Pset_file_image_callbacks(access, &callbacks) >= 0 &&
         H5Pset_file_image(access, callbacks.udata, bytes.size()) >= 0;
}

Expected<Hdf5File> Reader::read(std::span<const std::byte> bytes) {
  PropertyList access(H5Pcreate(H5P_FILE_ACCESS));
  // A file in memory; nothing is ever written to disk.
  if (!access ||
      H5Pset_fapl_core(access.get(), 1 << 20, /*backing_store=*/false) < 0 ||
      !setImage(access.get(), bytes))
    return fail(name, "could not be opened in memory", "",
                "free some memory and try again");
  File file(H5Fopen("memory", H5F_ACC_RDONLY, access.get()));
  if (!file)
    return fail(name, "is not an HDF5 file, or only the first part of one",
                "weights are stored as HDF5", "copy or save the file again");
  Group root(H5Gopen2(file.get(), "/", H5P_DEFAULT));
  if (!root)
    return damaged(name);
  if (Expected<void> done = readGroup(root.get(), "", 0); !done)
    return Unexpected(done.error());
  return std::move(content);
}

} // namespace

Expected<Hdf5File> readContent(std::span<const std::byte> bytes,
                               const std::string &name, Want want) {
  return Reader(name, bytes.size(), want).read(bytes);
}

} // namespace dlc::keras::hdf5

namespace dlc::keras {

Expected<WeightMap> readWeights(std::span<const std::byte> bytes,
                                const std::string &name) {
  Expected<Hdf5File> content =
      hdf5::readIsolated(bytes, name, hdf5::Want::Datasets);
  if (!content)
    return Unexpected(content.error());
  return std::move(content->datasets);
}

Expected<WeightMap> readWeights(std::vector<std::byte> &&bytes,
                                const std::string &name) {
  Expected<Hdf5File> content =
      hdf5::readIsolated(std::move(bytes), name, hdf5::Want::Datasets);
  if (!content)
    return Unexpected(content.error());
  return std::move(content->datasets);
}

Expected<Hdf5File> readHdf5(std::span<const std::byte> bytes,
                            const std::string &name) {
  return hdf5::readIsolated(bytes, name, hdf5::Want::All);
}

Expected<Hdf5File> readHdf5(std::vector<std::byte> &&bytes,
                            const std::string &name) {
  return hdf5::readIsolated(std::move(bytes), name, hdf5::Want::All);
}

} // namespace dlc::keras
