// The texts of kernels, by how threads walk the space.
#pragma once

#include "compiler/emit/cuda/KernelText.h"
#include "compiler/emit/cuda/kernels/KernelCode.h"

namespace dlc::emit::cuda {

/// A thread for each point, or for four neighbours.
KernelText writePointwise(KernelCode &code);

/// A thread, some lanes, a warp or a block for each row. Right for any nest: a
/// row is a kept point with all its reduced ones. A few long rows are cut in
/// chunks, a block each, and the last block to finish combines them.
KernelText writeRows(KernelCode &code);

/// Columns side by side, rows one after the other: for nests of kept, reduced
/// and kept loops that one walk does.
KernelText writeColumns(KernelCode &code);

} // namespace dlc::emit::cuda
