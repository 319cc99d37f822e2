// What the child that reads an HDF5 file says to its parent.
#pragma once

#include "runtime/keras/KerasFile.h"

namespace dlc::keras::hdf5 {

/// Writes the content or the error to a file; whether that worked.
bool writeMessage(int fd, const Expected<Hdf5File> &result);

/// The inverse. Any bytes are safe: the child may have been taken over by the
/// file that it read. Errors call it `name`.
Expected<Hdf5File> readMessage(std::span<const std::byte> bytes,
                               const std::string &name);

} // namespace dlc::keras::hdf5
