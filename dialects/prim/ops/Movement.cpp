// Prims that move data and compute nothing, each an affine map or a view.
#include "dialects/prim/Gradient.h"
#include "dialects/prim/Infer.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace dlc::prim;

//===-- broadcast: y[k, r] = x[k] -----------------------------------------===//

LogicalResult BroadcastOp::verify() {
  RankedTensorType type = getType();
  if (failed(
          verifyDims(getLoc(), getOperationName(), getDims(), type.getRank())))
    return failure();
  RankedTensorType expected = dropDims(type, getDims());
  if (getX().getType() == expected)
    return success();
  return emitOpError() << "reads " << getX().getType() << " but " << type
                       << " without dims [" << getDims() << "] is " << expected
                       << "; correct `along` or the result's type";
}

bool BroadcastOp::isFree() { return true; }

AffineMap BroadcastOp::getOperandMap(unsigned) {
  return AffineMap::getFilteredIdentityMap(
      getContext(), getType().getRank(), [&](AffineDimExpr dim) {
        return !llvm::is_contained(getDims(),
                                   static_cast<int64_t>(dim.getPosition()));
      });
}

Value BroadcastOp::buildScalar(ImplicitLocOpBuilder &, ValueRange x,
                               LoopScope &) {
  return x[0];
}

// dx[k] = sum_r g[k, r]
SmallVector<Value> BroadcastOp::buildVjp(ImplicitLocOpBuilder &b,
                                         ValueRange grads) {
  if (!isFloat(getX()))
    return {Value()};
  if (getDims().empty())
    return {grads[0]};
  return {ReduceSumOp::create(b, grads[0], getDims())};
}

OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  return getDims().empty() ? OpFoldResult(getX()) : nullptr;
}

namespace {

// broadcast(constant) becomes one larger constant: neither occupies memory.
struct BroadcastOfConstant : OpRewritePattern<BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(BroadcastOp op,
                                PatternRewriter &rewriter) const override {
    auto constant = op.getX().getDefiningOp<ConstantOp>();
    if (!constant)
      return failure();
    rewriter.replaceOpWithNewOp<ConstantOp>(op, op.getType(),
                                            constant.getValue());
    return success();
  }
};

} // namespace

void BroadcastOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<BroadcastOfConstant>(context);
}

//===-- reshape -----------------------------------------------------------===//

LogicalResult ReshapeOp::verify() {
  RankedTensorType from = getX().getType(), to = getType();
  if (from.getElementType() != to.getElementType())
    return emitOpError() << "turns " << from << " into " << to
                         << " but elements may not change; convert them first";
  auto hasBatchFirst = [](RankedTensorType type) {
    return type.getRank() > 0 && type.isDynamicDim(0);
  };
  bool batch = hasBatchFirst(from);
  bool misplaced = hasBatchFirst(to) != batch ||
                   from.getNumDynamicDims() != (batch ? 1 : 0) ||
                   to.getNumDynamicDims() != (batch ? 1 : 0);
  if (misplaced)
    return emitOpError() << "turns " << from << " into " << to
                         << " but the batch must be the first dimension of both"
                            " or of neither; transpose it to the front first";
  auto old = static_cast<int64_t>(countElements(from.getShape(), 1));
  auto now = static_cast<int64_t>(countElements(to.getShape(), 1));
  if (old != now)
    return emitOpError() << "turns " << from << " of " << old
                         << " elements into " << to << " of " << now
                         << "; give both the same number of elements";
  return success();
}

SmallVector<Value> ReshapeOp::buildVjp(ImplicitLocOpBuilder &b,
                                       ValueRange grads) {
  if (!isFloat(getX()))
    return {Value()};
  return {ReshapeOp::create(b, getX().getType(), grads[0])};
}

// A reshape of a reshape reads the first one's operand.
OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getX().getType() == getType())
    return getX();
  if (auto first = getX().getDefiningOp<ReshapeOp>()) {
    getXMutable().assign(first.getX());
    return getResult();
  }
  return nullptr;
}

//===-- transpose: y[i] = x[i permuted] -----------------------------------===//

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor op,
                                            SmallVectorImpl<Type> &types) {
  auto x = cast<RankedTensorType>(op.getX().getType());
  ArrayRef<int64_t> permutation = op.getPermutation();
  SmallVector<int64_t> sorted(permutation);
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, x.getRank())))
    return emitOptionalError(loc, getOperationName(), ": permutation is [",
                             permutation, "] but x is ", x, " of rank ",
                             x.getRank(), "; name each of its dims once");
  SmallVector<int64_t> shape;
  for (int64_t dim : permutation)
    shape.push_back(x.getDimSize(dim));
  types.push_back(RankedTensorType::get(shape, x.getElementType()));
  return success();
}

AffineMap TransposeOp::getOperandMap(unsigned) {
  SmallVector<AffineExpr> position(getPermutation().size());
  for (auto [dim, source] : llvm::enumerate(getPermutation()))
    position[source] = getAffineDimExpr(dim, getContext());
  return AffineMap::get(position.size(), 0, position, getContext());
}

Value TransposeOp::buildScalar(ImplicitLocOpBuilder &, ValueRange x,
                               LoopScope &) {
  return x[0];
}

// dx = g under the inverse permutation
SmallVector<Value> TransposeOp::buildVjp(ImplicitLocOpBuilder &b,
                                         ValueRange grads) {
  if (!isFloat(getX()))
    return {Value()};
  SmallVector<int64_t> inverse(getPermutation().size());
  for (auto [dim, source] : llvm::enumerate(getPermutation()))
    inverse[source] = dim;
  return {TransposeOp::create(b, grads[0], inverse)};
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  bool identity =
      llvm::equal(getPermutation(), llvm::seq<int64_t>(0, getType().getRank()));
  return identity ? OpFoldResult(getX()) : nullptr;
}

//===-- reverse: y[i] = x[size - 1 - i] along dims ------------------------===//

LogicalResult ReverseOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> loc,
                                          Adaptor op,
                                          SmallVectorImpl<Type> &types) {
  auto x = cast<RankedTensorType>(op.getX().getType());
  if (failed(verifyDims(loc, getOperationName(), op.getDims(), x.getRank())))
    return failure();
  for (int64_t dim : op.getDims())
    if (x.isDynamicDim(dim))
      return emitOptionalError(loc, getOperationName(), ": dimension ", dim,
                               " of ", x,
                               " is the batch, whose order never changes; "
                               "reverse others");
  types.push_back(x);
  return success();
}

AffineMap ReverseOp::getOperandMap(unsigned) {
  SmallVector<AffineExpr> position;
  for (auto [dim, size] : llvm::enumerate(getType().getShape())) {
    AffineExpr place = getAffineDimExpr(dim, getContext());
    bool isReversed = llvm::is_contained(getDims(), int64_t(dim));
    position.push_back(isReversed ? place * -1 + (size - 1) : place);
  }
  return AffineMap::get(position.size(), 0, position, getContext());
}

Value ReverseOp::buildScalar(ImplicitLocOpBuilder &, ValueRange x,
                             LoopScope &) {
  return x[0];
}

// dx = g reversed
SmallVector<Value> ReverseOp::buildVjp(ImplicitLocOpBuilder &b,
                                       ValueRange grads) {
  if (!isFloat(getX()))
    return {Value()};
  return {ReverseOp::create(b, grads[0], getDims())};
}

OpFoldResult ReverseOp::fold(FoldAdaptor) {
  bool moves = llvm::any_of(
      getDims(), [&](int64_t dim) { return getType().getDimSize(dim) > 1; });
  return moves ? OpFoldResult() : OpFoldResult(getX());
}
