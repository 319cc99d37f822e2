// What a set of pictures was made from, for a run that goes on with it.
#pragma once

#include "runtime/data/images/ClassFolders.h"
#include "runtime/data/images/ImageData.h"

namespace dlc::data {

/// All that decides the samples, as a JSON object by the names that users know:
/// each class with the number, the bytes and a digest of the names and sizes of
/// its pictures, and the options. No picture is read: one that is replaced by
/// another of its name and size is not noticed.
std::string describeOrigin(const ImageFiles &images,
                           const std::vector<ImageClass> &classes,
                           const ImageFormat &format, double validationSplit);

} // namespace dlc::data
