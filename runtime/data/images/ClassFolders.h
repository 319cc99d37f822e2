// Which pictures belong to which class: one sub-folder a class.
#pragma once

#include "runtime/data/images/ImageFiles.h"

#include <cstdint>

namespace dlc::data {

/// A class and its pictures, as indices into ImageFiles::names().
struct ImageClass {
  std::string name;
  std::vector<uint32_t> files;
};

/// The classes by name, as flow_from_directory takes them: each sub-folder is
/// one, also without pictures, and all pictures below it are its own. A single
/// folder around them is skipped. Errors say that there are no sub-folders or
/// no pictures.
Expected<std::vector<ImageClass>> findClasses(const ImageFiles &files);

/// Two sets of samples, in the order of the classes.
struct LabelledFiles {
  std::vector<uint32_t> files;
  std::vector<int32_t> labels;
};
struct ImageSplit {
  LabelledFiles training, validation;
};

/// Cuts each class as ImageDataGenerator(validation_split) does: of n pictures
/// the first int(fraction * n) validate. `thing` is what errors call the set.
Expected<ImageSplit> splitClasses(const std::vector<ImageClass> &classes,
                                  double fraction, const std::string &thing);

} // namespace dlc::data
