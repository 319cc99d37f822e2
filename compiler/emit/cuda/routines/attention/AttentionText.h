// Attention in tiles, as functions.
#pragma once

#include <string_view>

namespace dlc::emit::cuda::routines {

/// CUDA C++ for the head of a text with kernels of attention: the namespace
/// `attention`.
std::string_view getAttentionText();

/// Whether a kernel's text needs it.
inline bool usesAttentionText(std::string_view kernel) {
  return kernel.find("attention::") != std::string_view::npos;
}

} // namespace dlc::emit::cuda::routines
