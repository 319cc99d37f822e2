// What the child that reads an HDF5 file says to its parent.
#pragma once

#include "runtime/keras/KerasFile.h"

namespace dlc::keras::hdf5 {

/// Writes the content or the error to a file; whether that worked.
bool writeMessage(int fd, const Expected<Hdf5File> &result);

/// The inverse. Any bytes are safe: the child may have been taken over by the
/// file that it read. Errors call it `name`. After each array `onTaken` is told
/// how many of the first bytes are not needed any more.
Expected<Hdf5File> readMessage(std::span<const std::byte> bytes,
                               const std::string &name,
                               const std::function<void(size_t)> &onTaken);

} // namespace dlc::keras::hdf5
