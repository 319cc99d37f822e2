// Permute and RepeatVector: the same elements elsewhere, or several times.
#include "dialects/layer/layers/reshaping/Resize.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

//===-- Permute -----------------------------------------------------------===//

FailureOr<Type> PermuteOp::inferResult(std::optional<Location> loc,
                                       Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  SmallVector<int64_t> dims = layer.getDims(), sorted = dims;
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(1, x.getRank())))
    return emitLayerError<PermuteOp>(
        loc, layer, "dims are ", formatSizes(dims), " but its input is ", x,
        "; name each dimension of a sample once, the first of them as 1");
  SmallVector<int64_t> shape = {x.getDimSize(0)};
  for (int64_t dim : dims)
    shape.push_back(x.getDimSize(dim));
  return Type(x.clone(shape));
}

// y[n, i...] = x[n, ...], where dimension d + 1 of y is dimension dims[d] of x
Value PermuteOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  SmallVector<int64_t> permutation = {0};
  llvm::append_range(permutation, getDims());
  return prim::TransposeOp::create(b, getX(), permutation);
}

//===-- RepeatVector ------------------------------------------------------===//

FailureOr<Type> RepeatVectorOp::inferResult(std::optional<Location> loc,
                                            Adaptor layer) {
  auto x = cast<RankedTensorType>(layer.getX().getType());
  if (x.getRank() != 2)
    return emitLayerError<RepeatVectorOp>(
        loc, layer, "input is ", x, " of rank ", x.getRank(),
        " but it repeats vectors, [batch, c]; flatten it first");
  int64_t n = layer.getN();
  if (n < 1)
    return emitLayerError<RepeatVectorOp>(
        loc, layer, "n is ", n,
        " but a vector is repeated once at least; give a positive number");
  return Type(x.clone({x.getDimSize(0), n, x.getDimSize(1)}));
}

// [batch, c] -> [batch, n, c]
Value RepeatVectorOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return prim::BroadcastOp::create(b, getType(), getX(), ArrayRef<int64_t>{1});
}
