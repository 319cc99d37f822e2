// The texts of kernels, by how threads walk the space.
#pragma once

#include "compiler/emit/cuda/KernelText.h"
#include "compiler/emit/cuda/kernels/KernelCode.h"

namespace dlc::emit::cuda {

/// A thread for each point, or for four neighbours.
KernelText writePointwise(KernelCode &code);

/// The blocks of a launch that share out a kernel's points, as C++.
struct Share {
  std::string block = "blockIdx.x", blocks = "gridDim.x";
  /// The iterations of its only loop, where they are no number in the text.
  std::string count;
  /// Threads of a block, where others share the launch. 0: as the walk wants.
  int64_t threads = 0;

  bool isPart() const { return threads != 0; }
};

inline constexpr int64_t pointwiseThreads = 128;

/// Writes what each thread of the share does; returns how many points it takes
/// in a visit.
int64_t writePoints(KernelCode &code, const Share &share);

/// Visits of a thread where there are so many in all: one below so many
/// threads, above it several, which saves blocks that would come and go.
int64_t chooseVisits(int64_t all, int64_t enoughThreads);

/// Kernels side by side, each with a range of blocks.
KernelText writeGroup(kernel::GroupOp group, int64_t maxBatch);

/// A thread, some lanes, a warp or a block for each row. Right for any nest: a
/// row is a kept point with all its reduced ones. A few long rows are cut in
/// chunks, a block each, and the last block to finish combines them.
KernelText writeRows(KernelCode &code);

/// Columns side by side, rows one after the other: for nests of kept, reduced
/// and kept loops that one walk does.
KernelText writeColumns(KernelCode &code);

/// The same walks as a part of a launch: what its blocks do, nothing cut in
/// chunks. Both return how many blocks that takes at the largest batch.
int64_t writeRowsOf(KernelCode &code, const Share &share);
int64_t writeColumnsOf(KernelCode &code, const Share &share);

/// Whether a kernel that folds walks columns, or else rows.
bool walksColumns(const KernelCode &code);

} // namespace dlc::emit::cuda
