// The loops of a kernel, by how its space is walked.
#pragma once

#include "compiler/emit/host/kernels/KernelCode.h"

namespace dlc::emit::host {

/// Stages of a kernel: all of it, or the two of a reduction in chunks.
enum class StageKind { Whole, Chunks, Finish };

/// One stage by a class that knows how to write each.
template <typename Writer> void writeStage(Writer writer, StageKind stage) {
  switch (stage) {
  case StageKind::Whole:
    return writer.writeAll();
  case StageKind::Chunks:
    return writer.writeChunks();
  case StageKind::Finish:
    return writer.writeFinish();
  }
}

/// Kept loops outside, reduced loops inside: pointwise kernels, row reductions,
/// and whatever order no faster walk fits. A row takes one walk for each level
/// of reductions that wait for each other; its values per element are written
/// in the last walk, so an output may lie over an input.
void writeRows(KernelCode &code, StageKind stage);

/// Kept, reduced, kept loops: adds rows up in arrays on the stack that stay in
/// the first-level cache, so that the innermost loop is long and contiguous.
void writeColumns(KernelCode &code, StageKind stage);

} // namespace dlc::emit::host
