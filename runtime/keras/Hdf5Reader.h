// Reads every dataset of an HDF5 file, in this process.
#pragma once

#include "runtime/keras/KerasFile.h"

namespace dlc::keras::hdf5 {

/// readWeights without its protection: libhdf5 1.10 may crash or hang on a
/// damaged file, so only the child process of `readIsolated` calls this.
Expected<WeightMap> readDatasets(std::span<const std::byte> bytes,
                                 const std::string &name);

/// readDatasets in a child process with limits on time and memory. The child's
/// death becomes an error.
Expected<WeightMap> readIsolated(std::span<const std::byte> bytes,
                                 const std::string &name);

} // namespace dlc::keras::hdf5
