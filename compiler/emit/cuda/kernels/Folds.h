// Partial results of reductions: from lanes, warps and blocks to one.
#pragma once

#include "compiler/emit/cuda/kernels/KernelCode.h"

namespace dlc::emit::cuda {

/// "r2": the accumulator of reduction number 2.
std::string accumulatorOf(unsigned reduce);

/// Declares the accumulators of these reductions, empty. `lanes` of them each,
/// if more than one.
void writeAccumulators(KernelCode &code, llvm::ArrayRef<unsigned> reduces,
                       int64_t lanes = 1);

/// Combines neighbouring threads, `lanes` of them, a power of two up to a warp;
/// each gets the result.
void writeLaneFold(KernelCode &code, llvm::ArrayRef<unsigned> reduces,
                   int64_t lanes);

/// Combines all threads of a block, warps in their order.
void writeBlockFold(KernelCode &code, llvm::ArrayRef<unsigned> reduces,
                    int64_t threads);

/// Partial results in scratch, by reduction, group, chunk: a reduction in
/// chunks, one block each, with several groups of chunks in a launch.
struct Partials {
  int64_t chunks = 1, groups = 1, elements = 1; // an element a column
  /// Bytes before the partials of a reduction, and of all.
  int64_t beginOf(KernelCode &code, unsigned reduce) const;
  int64_t scratchBytes(KernelCode &code) const;
};

/// Declares "parts0", "parts1", ...: where the reductions' partials begin.
void writePartialPointers(KernelCode &code, const Partials &partials);

/// Declares `begin` and `end`: what of `count` iterations is the chunk's.
void writeChunkBounds(KernelCode &code, const Partials &partials,
                      const std::string &count);

/// Declares the counters of the groups, before the function.
void writeCounters(KernelCode &code, const Partials &partials);

/// All threads but those of the last block of a group to come here return. The
/// counter is zero again afterwards.
void writeLastBlock(KernelCode &code, const Partials &partials,
                    llvm::StringRef group);

} // namespace dlc::emit::cuda
