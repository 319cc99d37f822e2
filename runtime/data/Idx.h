// MNIST's IDX format: a folder of images and labels.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/data/Dataset.h"

#include <filesystem>

namespace dlc::data {

/// Whether a folder holds files of that form.
bool isIdxFolder(const std::filesystem::path &folder);

/// Images as float32 in [0, 1] of shape (n, rows, columns, 1).
/// `split` is "train" or "t10k".
Expected<Tensor> readIdxImages(const std::filesystem::path &folder,
                               const std::string &split);

/// Labels as int32 of shape (n,).
Expected<Tensor> readIdxLabels(const std::filesystem::path &folder,
                               const std::string &split);

} // namespace dlc::data
