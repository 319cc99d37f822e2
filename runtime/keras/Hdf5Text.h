// Text in the attributes of an HDF5 object.
#pragma once

#include "runtime/keras/KerasFile.h"

#include <hdf5.h>
#include <optional>

namespace dlc::keras::hdf5 {

/// The names of an object's attributes.
std::vector<std::string> listAttributes(hid_t object);

/// An attribute of one text or a list of texts, of fixed or variable length; an
/// empty list has elements of any type (h5py stores [] as float64). None for
/// other attributes and where there is none of this name.
std::optional<TextAttribute> readText(hid_t object, const std::string &name);

/// Writes what readText reads; whether that worked. Lists are split into
/// NAME0, NAME1, ... where one attribute cannot hold them, as Keras does
/// (save_attributes_to_hdf5_group in legacy_h5_format.py).
bool writeText(hid_t object, const std::string &name,
               const TextAttribute &text);

} // namespace dlc::keras::hdf5
