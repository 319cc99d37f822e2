// The header of an .npy file: a Python dictionary of three entries.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/core/Tensor.h"

#include <cstddef>
#include <span>

namespace dlc::data {

struct NpyHeader {
  /// numpy's type string, as in "<f4".
  std::string descr;
  bool fortranOrder = false;
  Shape shape; // no negative dimension; its product fits 2^62
  /// Where the elements start.
  size_t headerBytes = 0;
};

/// Reads magic, version and dictionary.
Expected<NpyHeader> readNpyHeader(std::span<const std::byte> bytes,
                                  const std::string &thing);

} // namespace dlc::data
