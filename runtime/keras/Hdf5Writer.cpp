// Writes HDF5 datasets as h5py does for Keras: old groups, contiguous data.
#include "runtime/keras/Hdf5.h"
#include "runtime/keras/Hdf5Text.h"
#include "runtime/keras/KerasFile.h"

#include <fmt/format.h>

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

} // namespace

Expected<std::vector<std::byte>> writeWeights(const WeightMap &weights) {
  return writeHdf5(weights, {}, "model.weights.h5");
}

Expected<std::vector<std::byte>> writeHdf5(const WeightMap &datasets,
                                           const AttributeMap &attributes,
                                           const std::string &name) {
  Library library;
  PropertyList access(H5Pcreate(H5P_FILE_ACCESS));
  PropertyList links(H5Pcreate(H5P_LINK_CREATE));
  if (!access || !links ||
      H5Pset_fapl_core(access.get(), 1 << 20, /*backing_store=*/false) < 0 ||
      H5Pset_create_intermediate_group(links.get(), 1) < 0)
    return failMemory(name);
  File file(H5Fcreate("memory", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()));
  if (!file)
    return failMemory(name);
  for (const auto &[path, tensor] : datasets)
    if (!writeDataset(file.get(), links.get(), path, tensor))
      return fail(fmt::format("{}/{}", name, path), "could not be written",
                  "a dataset's name must not be a group's name too",
                  "check the names of the model's weights");
  for (const auto &[path, ofGroup] : attributes)
    if (!writeAttributes(file.get(), links.get(), path, ofGroup))
      return fail(fmt::format("{}/{}", name, path),
                  "could not be written with its attributes",
                  "a layer's name must not be a weight's name too",
                  "check the names of the model's layers");
  if (H5Fflush(file.get(), H5F_SCOPE_GLOBAL) < 0)
    return failMemory(name);
  ssize_t size = H5Fget_file_image(file.get(), nullptr, 0);
  if (size < 0)
    return failMemory(name);
  std::vector<std::byte> bytes(static_cast<size_t>(size));
  if (H5Fget_file_image(file.get(), bytes.data(), bytes.size()) != size)
    return failMemory(name);
  return bytes;
}

} // namespace dlc::keras
