// The instructions of tensor cores and asynchronous copies, as functions.
#pragma once

#include <string_view>

namespace dlc::emit::cuda::routines {

/// CUDA C++ for the head of a text whose products run on tensor cores: the
/// namespace `tensor`.
std::string_view getTensorText();

/// Whether a kernel's text needs it.
inline bool usesTensorText(std::string_view kernel) {
  return kernel.find("tensor::") != std::string_view::npos;
}

} // namespace dlc::emit::cuda::routines
