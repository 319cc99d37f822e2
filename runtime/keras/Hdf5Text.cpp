// Strings of fixed and of variable length, as h5py stores them.
#include "runtime/keras/Hdf5Text.h"
#include "runtime/keras/Hdf5.h"

#include <algorithm>
#include <cstring>

namespace dlc::keras::hdf5 {

namespace {

/// Keras' limit on one attribute (HDF5_OBJECT_HEADER_LIMIT).
constexpr size_t maxAttributeBytes = 64512;
/// No group that Keras wrote has more attributes, or a list more texts.
constexpr size_t maxAttributes = 10'000;
constexpr hssize_t maxTexts = 1'000'000;

//===-- Reading -----------------------------------------------------------===//

herr_t addName(hid_t, const char *name, const H5A_info_t *, void *names) {
  auto &list = *static_cast<std::vector<std::string> *>(names);
  list.emplace_back(name);
  return list.size() < maxAttributes ? 0 : 1;
}

bool readVariable(hid_t attribute, std::vector<std::string> &values) {
  Type type(H5Tcopy(H5T_C_S1));
  Type stored(H5Aget_type(attribute));
  if (!type || !stored || H5Tset_size(type.get(), H5T_VARIABLE) < 0 ||
      H5Tset_cset(type.get(), H5Tget_cset(stored.get())) < 0)
    return false;
  std::vector<char *> texts(values.size(), nullptr);
  if (H5Aread(attribute, type.get(), texts.data()) < 0)
    return false;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i])
      continue;
    values[i] = texts[i];
    H5free_memory(texts[i]);
  }
  return true;
}

bool readFixed(hid_t attribute, hid_t type, std::vector<std::string> &values) {
  size_t length = H5Tget_size(type);
  if (length == 0 || length > maxAttributeBytes)
    return false;
  std::vector<char> bytes(values.size() * length);
  if (H5Aread(attribute, type, bytes.data()) < 0)
    return false;
  for (size_t i = 0; i < values.size(); ++i) {
    const char *text = bytes.data() + i * length;
    values[i].assign(text, ::strnlen(text, length));
  }
  return true;
}

//===-- Writing -----------------------------------------------------------===//

size_t longest(std::span<const std::string> values) {
  size_t length = 1; // HDF5 knows no text of no bytes
  for (const std::string &value : values)
    length = std::max(length, value.size());
  return length;
}

/// One attribute; `values` is one text unless `isList`.
bool writeOne(hid_t object, const std::string &name,
              std::span<const std::string> values, bool isList, bool isFixed) {
  hsize_t count = values.size();
  Space space(isList ? H5Screate_simple(1, &count, nullptr)
                     : H5Screate(H5S_SCALAR));
  size_t length = longest(values);
  Type type(isList && values.empty() ? H5Tcopy(H5T_IEEE_F64LE)
                                     : H5Tcopy(H5T_C_S1));
  if (!space || !type)
    return false;
  if (!values.empty() &&
      (H5Tset_size(type.get(), isFixed ? length : H5T_VARIABLE) < 0 ||
       H5Tset_strpad(type.get(), isFixed ? H5T_STR_NULLPAD : H5T_STR_NULLTERM) <
           0 ||
       (!isFixed && H5Tset_cset(type.get(), H5T_CSET_UTF8) < 0)))
    return false;
  Attribute attribute(H5Acreate2(object, name.c_str(), type.get(), space.get(),
                                 H5P_DEFAULT, H5P_DEFAULT));
  if (!attribute || values.empty())
    return bool(attribute);
  if (!isFixed) {
    std::vector<const char *> texts;
    for (const std::string &value : values)
      texts.push_back(value.c_str());
    return H5Awrite(attribute.get(), type.get(), texts.data()) >= 0;
  }
  std::vector<char> bytes(values.size() * length);
  for (size_t i = 0; i < values.size(); ++i)
    std::ranges::copy(values[i], bytes.begin() + ptrdiff_t(i * length));
  return H5Awrite(attribute.get(), type.get(), bytes.data()) >= 0;
}

} // namespace

std::vector<std::string> listAttributes(hid_t object) {
  std::vector<std::string> names;
  H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, addName, &names);
  return names;
}

std::optional<TextAttribute> readText(hid_t object, const std::string &name) {
  if (H5Aexists(object, name.c_str()) <= 0)
    return std::nullopt;
  Attribute attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT));
  if (!attribute)
    return std::nullopt;
  Type type(H5Aget_type(attribute.get()));
  Space space(H5Aget_space(attribute.get()));
  if (!type || !space)
    return std::nullopt;
  hssize_t count = H5Sget_simple_extent_npoints(space.get());
  TextAttribute text;
  text.isList = H5Sget_simple_extent_type(space.get()) == H5S_SIMPLE;
  if (text.isList && count == 0)
    return text;
  if (H5Tget_class(type.get()) != H5T_STRING || count < 1 || count > maxTexts)
    return std::nullopt;
  text.values.resize(size_t(count));
  text.isFixed = H5Tis_variable_str(type.get()) <= 0;
  bool done = text.isFixed ? readFixed(attribute.get(), type.get(), text.values)
                           : readVariable(attribute.get(), text.values);
  return done ? std::optional(std::move(text)) : std::nullopt;
}

bool writeText(hid_t object, const std::string &name,
               const TextAttribute &text) {
  std::span<const std::string> values = text.values;
  if (!text.isList) {
    // A longer text has to be stored outside the object's header.
    bool isFixed = text.isFixed && longest(values) <= maxAttributeBytes;
    return writeOne(object, name, values, false, isFixed);
  }
  // In the header a text of variable length is a pointer of 16 bytes.
  size_t each = text.isFixed ? longest(values) : 16;
  size_t chunk = std::max<size_t>(maxAttributeBytes / each, 1);
  if (values.size() <= chunk)
    return writeOne(object, name, values, true, text.isFixed);
  for (size_t i = 0, part = 0; i < values.size(); i += chunk, ++part)
    if (!writeOne(object, name + std::to_string(part),
                  values.subspan(i, std::min(chunk, values.size() - i)), true,
                  text.isFixed))
      return false;
  return true;
}

} // namespace dlc::keras::hdf5
