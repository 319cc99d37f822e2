// The operands of a contraction as matrices where they lie, or copied so.
#pragma once

#include "runtime/host/library/DnnlCall.h"

#include <optional>

namespace dlc::host {

/// An operand with its dimensions in the order of a matrix product: batch,
/// rows, columns.
struct Operand {
  Argument argument;
  std::vector<int64_t> groups[3]; // dimensions of the argument
};

/// Whether the batch is one dimension of the matrices, or, where no one stride
/// walks it, as many as it has: the heads of attention lie beside their places.
enum class Batch { Merged, Apart };

/// The sizes of some dimensions of `shape`, in order.
Shape pick(const Shape &shape, const std::vector<int64_t> &dims);

/// The matrices of an operand where they lie, or nothing if they must be
/// copied first.
std::optional<dnnl::memory::desc> viewAsMatrices(const Operand &operand,
                                                 Batch batch);

/// Matrices one after the other.
dnnl::memory::desc denseMatrices(const Shape &batch, int64_t rows,
                                 int64_t columns, dnnl::memory::data_type type);

/// The dimensions of a batch of this shape, of which one matrix has none.
Shape countBatch(const Shape &batch, Batch form);

/// The float32 operand's matrices one after the other in the call's scratch,
/// copied there by a step of it on `threads` threads.
dnnl::memory copyToMatrices(DnnlCall &call, const Operand &operand,
                            int threads);

} // namespace dlc::host
