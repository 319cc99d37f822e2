// The largest batch whose step fits a number of bytes, from plans alone.
#pragma once

#include "compiler/Compile.h"
#include "runtime/artifact/Artifact.h"

#include <optional>
#include <string>

namespace dlc::tool {

/// What a program takes of memory at one batch, in bytes.
struct MemoryNeed {
  int64_t batch = 0;
  uint64_t states = 0;  // weights, optimizer state, metrics
  uint64_t arena = 0;   // the tensors of a step
  uint64_t scratch = 0; // of the host's library, on this CPU
  uint64_t inputs = 0;  // a GPU's copies of the batches that wait
  uint64_t total() const { return states + arena + scratch + inputs; }
};

struct FitBatchOptions {
  std::string program = "train";
  uint64_t limit = 0; // bytes
  /// Whether tensors may be computed twice, as `dlc train --memory-limit` does.
  bool recompute = false;
  int threads = 0; // that scratch is counted for; 0: all cores
};

struct FitBatchResult {
  MemoryNeed fits;
  artifact::Manifest manifest; // planned for `fits`
  /// The next batch, which does not fit; none if the largest that is tried
  /// fits, or if `obstacle` keeps it from being planned.
  std::optional<MemoryNeed> next;
  std::string obstacle;
  int64_t plans = 0; // how many were made
};

/// No batch beyond this one is tried.
inline constexpr int64_t mostSamples = int64_t(1) << 24;

/// An error names the least that one sample needs and who holds it.
Expected<FitBatchResult> fitBatch(const std::filesystem::path &model,
                                  const CompileOptions &compile,
                                  const FitBatchOptions &options);

} // namespace dlc::tool
