// numpy's .npy format: one array in a file or in a member of an .npz.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/core/Tensor.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace dlc::data {

/// The array in `bytes`: format 1 to 3, little endian, C or Fortran order.
/// float16, 32 and 64 become float32; integers of 8 to 64 bits become int32
/// (out of range is an error); bool stays. `thing` is what errors call the
/// array.
Expected<Tensor> readNpy(std::span<const std::byte> bytes,
                         const std::string &thing);

/// The array as np.save writes it.
std::vector<std::byte> writeNpy(const Tensor &tensor);

/// An array of one dimension of numpy's str, each as long as the longest. The
/// texts are UTF-8; what is not becomes U+FFFD.
std::vector<std::byte> writeNpy(const std::vector<std::string> &texts);

} // namespace dlc::data
