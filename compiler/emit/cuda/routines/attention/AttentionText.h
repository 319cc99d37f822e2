// Attention in tiles, as functions.
#pragma once

#include <string_view>

namespace dlc::emit::cuda::routines {

/// CUDA C++ for the head of a text with kernels of attention: the namespace
/// `attention`, whose functions work on the ordinary multipliers.
std::string_view getAttentionText();

/// Whether a kernel's text needs it.
inline bool usesAttentionText(std::string_view kernel) {
  return kernel.find("attention::") != std::string_view::npos;
}

/// The namespace `attention::tensor`, whose functions work on tensor cores.
/// Behind getAttentionText and getTensorText.
std::string_view getTensorAttentionText();

/// Whether a kernel's text needs it.
inline bool usesTensorAttentionText(std::string_view kernel) {
  return kernel.find("attention::tensor::") != std::string_view::npos;
}

} // namespace dlc::emit::cuda::routines
