// Reads what an HDF5 file holds, in this process or a child of it.
#pragma once

#include "runtime/keras/KerasFile.h"

namespace dlc::keras::hdf5 {

/// Whether attributes are read too.
enum class Want { Datasets, All };

/// readHdf5 without its protection: libhdf5 1.10 may crash or hang on a
/// damaged file, so only the child process of `readIsolated` calls this.
Expected<Hdf5File> readContent(std::span<const std::byte> bytes,
                               const std::string &name, Want want);

/// readContent in a child process with limits on time and memory. The child's
/// death becomes an error.
Expected<Hdf5File> readIsolated(std::span<const std::byte> bytes,
                                const std::string &name, Want want);

/// The same; frees the bytes before it takes the child's answer.
Expected<Hdf5File> readIsolated(std::vector<std::byte> &&bytes,
                                const std::string &name, Want want);

} // namespace dlc::keras::hdf5
