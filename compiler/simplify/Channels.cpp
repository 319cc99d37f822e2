// A number for each channel: what scales, biases and statistics of a
// normalisation look like.
#include "compiler/simplify/Channels.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::simplify;

std::optional<Channels> simplify::findChannels(Value value) {
  auto broadcast = value.getDefiningOp<prim::BroadcastOp>();
  if (!broadcast || broadcast.getX().getType().getRank() != 1)
    return std::nullopt;
  // The repeated dims rise, so the one that is missing is where they jump.
  int64_t dim = 0;
  for (int64_t repeated : broadcast.getDims())
    if (repeated == dim)
      ++dim;
  return Channels{broadcast.getX(), dim};
}

std::optional<Biased> simplify::findBiased(prim::AddOp add) {
  if (auto bias = findChannels(add.getRhs()))
    return Biased{add.getLhs(), *bias};
  if (auto bias = findChannels(add.getLhs()))
    return Biased{add.getRhs(), *bias};
  return std::nullopt;
}

SmallVector<int64_t> simplify::listOthers(int64_t rank, int64_t dim) {
  SmallVector<int64_t> others;
  for (int64_t other = 0; other < rank; ++other)
    if (other != dim)
      others.push_back(other);
  return others;
}

Value simplify::repeat(ImplicitLocOpBuilder &b, Value vector, int64_t dim,
                       RankedTensorType type) {
  return prim::BroadcastOp::create(b, type, vector,
                                   listOthers(type.getRank(), dim));
}
