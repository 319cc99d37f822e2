// Writes HDF5 datasets as h5py does for Keras: old groups, contiguous data.
#include "runtime/keras/Hdf5.h"
#include "runtime/keras/Hdf5Text.h"
#include "runtime/keras/KerasFile.h"

#include <fmt/format.h>

#include <cerrno>

namespace dlc::keras {

using namespace hdf5;

namespace {

/// numpy's bool as h5py stores it: an enumeration over int8.
hid_t makeBoolType() {
  hid_t type = H5Tenum_create(H5T_STD_I8LE);
  int8_t off = 0, on = 1;
  H5Tenum_insert(type, "FALSE", &off);
  H5Tenum_insert(type, "TRUE", &on);
  return type;
}

hid_t makeType(DType dtype) {
  switch (dtype) {
  case DType::F32:
    return H5Tcopy(H5T_IEEE_F32LE);
  case DType::I32:
    return H5Tcopy(H5T_STD_I32LE);
  case DType::Bool:
    return makeBoolType();
  case DType::BF16:
  case DType::F16:
    break; // no array that leaves a program
  }
  return H5I_INVALID_HID;
}

bool writeDataset(hid_t file, hid_t linkOptions, const std::string &path,
                  const Tensor &tensor) {
  // As h5py does: without a time of creation equal weights are equal bytes.
  PropertyList options(H5Pcreate(H5P_DATASET_CREATE));
  if (!options || H5Pset_obj_track_times(options.get(), 0) < 0)
    return false;
  std::vector<hsize_t> sizes(tensor.shape().begin(), tensor.shape().end());
  Space space(sizes.empty()
                  ? H5Screate(H5S_SCALAR)
                  : H5Screate_simple(int(sizes.size()), sizes.data(), nullptr));
  Type type(makeType(tensor.dtype()));
  if (!space || !type)
    return false;
  Dataset dataset(H5Dcreate2(file, path.c_str(), type.get(), space.get(),
                             linkOptions, options.get(), H5P_DEFAULT));
  return dataset && (tensor.size() == 0 ||
                     H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL,
                              H5P_DEFAULT, tensor.data()) >= 0);
}

/// The group at `path` with its attributes; made unless it is there.
bool writeAttributes(hid_t file, hid_t linkOptions, const std::string &path,
                     const std::map<std::string, TextAttribute> &attributes) {
  bool isThere = path.empty() || H5Lexists(file, path.c_str(), H5P_DEFAULT) > 0;
  Object group(
      isThere ? H5Oopen(file, path.empty() ? "/" : path.c_str(), H5P_DEFAULT)
              : H5Gcreate2(file, path.c_str(), linkOptions, H5P_DEFAULT,
                           H5P_DEFAULT));
  if (!group)
    return false;
  for (const auto &[name, attribute] : attributes)
    if (!writeText(group.get(), name, attribute))
      return false;
  return true;
}

Unexpected<Error> failMemory(const std::string &name) {
  return fail(name, "could not be made in memory", "",
              "free some memory and try again");
}

Unexpected<Error> failDisk(const std::string &name) {
  return fail(name, "could not be written", "",
              "check the path, its permissions and the disk");
}

/// Whether the last call to the system found no room. libhdf5 tells no cause.
bool isDiskFull() {
  return errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
}

Unexpected<Error> failFull(const std::string &name) {
  return fail(name, "could not be written", "its disk takes no more",
              "make room there, or give another folder");
}

/// Opens what `access` says, writes all of it and calls finish(file).
template <typename Finish>
Expected<void>
writeFile(const std::string &path, const PropertyList &access,
          const Datasets &datasets, const AttributeMap &attributes,
          const std::string &name, Unexpected<Error> failure, Finish finish) {
  PropertyList links(H5Pcreate(H5P_LINK_CREATE));
  if (!access || !links || H5Pset_create_intermediate_group(links.get(), 1) < 0)
    return failure;
  File file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()));
  if (!file)
    return failure;
  for (const auto &[dataset, value] : datasets) {
    Expected<Tensor> tensor = value();
    if (!tensor)
      return Unexpected(tensor.error());
    errno = 0;
    if (!writeDataset(file.get(), links.get(), dataset, *tensor))
      return isDiskFull()
                 ? failFull(name)
                 : fail(fmt::format("{}/{}", name, dataset),
                        "could not be written",
                        "a dataset's name must not be a group's name too",
                        "check the names of the model's weights, and the disk");
  }
  for (const auto &[group, ofGroup] : attributes)
    if (!writeAttributes(file.get(), links.get(), group, ofGroup))
      return fail(fmt::format("{}/{}", name, group),
                  "could not be written with its attributes",
                  "a layer's name must not be a weight's name too",
                  "check the names of the model's layers, and the disk");
  errno = 0;
  if (H5Fflush(file.get(), H5F_SCOPE_GLOBAL) < 0)
    return isDiskFull() ? failFull(name) : failure;
  return finish(file.get());
}

} // namespace

Datasets fromMemory(WeightMap weights) {
  Datasets datasets;
  for (auto &[path, tensor] : weights)
    datasets.emplace(path, [tensor = std::move(tensor)] { return tensor; });
  return datasets;
}

Expected<std::vector<std::byte>> writeWeights(const WeightMap &weights) {
  const std::string name = "model.weights.h5";
  Library library;
  PropertyList access(H5Pcreate(H5P_FILE_ACCESS));
  if (!access ||
      H5Pset_fapl_core(access.get(), 1 << 20, /*backing_store=*/false) < 0)
    return failMemory(name);
  std::vector<std::byte> bytes;
  auto takeBytes = [&](hid_t file) -> Expected<void> {
    ssize_t size = H5Fget_file_image(file, nullptr, 0);
    if (size < 0)
      return failMemory(name);
    bytes.resize(static_cast<size_t>(size));
    if (H5Fget_file_image(file, bytes.data(), bytes.size()) != size)
      return failMemory(name);
    return {};
  };
  if (auto written = writeFile("memory", access, fromMemory(weights), {}, name,
                               failMemory(name), takeBytes);
      !written)
    return Unexpected(written.error());
  return bytes;
}

Expected<void> writeHdf5(const Datasets &datasets,
                         const AttributeMap &attributes,
                         const std::string &path, const std::string &name) {
  Library library;
  PropertyList access(H5Pcreate(H5P_FILE_ACCESS));
  // Nobody else knows the file, and not every file system has locks.
  if (!access || H5Pset_fapl_sec2(access.get()) < 0 ||
      H5Pset_file_locking(access.get(), false, true) < 0)
    return failMemory(name);
  return writeFile(path, access, datasets, attributes, name, failDisk(name),
                   [](hid_t) { return Expected<void>(); });
}

} // namespace dlc::keras
