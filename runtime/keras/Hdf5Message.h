// What the child that reads an HDF5 file says to its parent.
#pragma once

#include "runtime/keras/KerasFile.h"

namespace dlc::keras::hdf5 {

/// Writes the content or the error to a file; whether that worked.
bool writeMessage(int fd, const Expected<Hdf5File> &result);

/// The inverse, from the start of a file of so many bytes. Any content is safe:
/// the child may have been taken over by the file that it read. Errors call it
/// `name`. After each array `onTaken` is told how many of the first bytes are
/// not needed any more.
Expected<Hdf5File> readMessage(int fd, uint64_t bytes, const std::string &name,
                               const std::function<void(uint64_t)> &onTaken);

} // namespace dlc::keras::hdf5
