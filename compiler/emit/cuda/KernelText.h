// What the CUDA emitters give for one launch: its text and its stages.
#pragma once

#include "runtime/artifact/Artifact.h"

#include <cstdint>
#include <string>
#include <vector>

namespace dlc::emit::cuda {

/// The CUDA C++ of one launch, and how to launch it. The text holds `@NAME@`
/// where the kernel's symbol stands, so that kernels that are alike share code;
/// the stages' symbols hold it too.
struct KernelText {
  std::string text;
  std::vector<artifact::DeviceStage> stages;
  /// Bytes that the stages need beside operands and results, for the largest
  /// batch.
  int64_t scratchBytes = 0;
  /// In place of stages: what a library of the GPU's computes. The text is then
  /// a comment.
  std::optional<artifact::LibraryProduct> product = {};
  /// Beside one stage, which turns the kernel round.
  std::optional<artifact::LibraryConvolution> convolution = {};
};

} // namespace dlc::emit::cuda
