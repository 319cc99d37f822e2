// A number for each channel: what scales, biases and statistics of a
// normalisation look like.
#pragma once

#include "dialects/prim/Prim.h"

namespace dlc::simplify {

/// A vector repeated along all dims of a tensor but `dim`.
struct Channels {
  mlir::Value vector;
  int64_t dim = 0;
};

/// What `value` is as a number for each channel, or nothing.
std::optional<Channels> findChannels(mlir::Value value);

/// x + numbers for each channel, whichever side they stand on.
struct Biased {
  mlir::Value x;
  Channels bias;
};
std::optional<Biased> findBiased(prim::AddOp add);

/// The vector repeated to `type`, whose dim `dim` it runs along.
mlir::Value repeat(mlir::ImplicitLocOpBuilder &b, mlir::Value vector,
                   int64_t dim, mlir::RankedTensorType type);

/// All dims of a tensor of this rank but one.
llvm::SmallVector<int64_t> listOthers(int64_t rank, int64_t dim);

} // namespace dlc::simplify
