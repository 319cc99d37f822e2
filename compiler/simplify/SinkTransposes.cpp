// Moves transposes behind what does not care about the order of dims, where
// they meet others and cancel.
#include "compiler/Passes.h"
#include "dialects/prim/Prim.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace dlc {
#define GEN_PASS_DEF_SINKTRANSPOSES
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

/// Whether each element of the result depends on that of the operands at the
/// same position, and on nothing else.
static bool isElementwise(prim::LoopOpInterface op) {
  if (op->getNumOperands() == 0 || op.getCombiner())
    return false;
  for (unsigned i = 0; i < op->getNumOperands(); ++i)
    if (!op.getOperandMap(i).isIdentity())
      return false;
  return !isa<prim::BroadcastOp, prim::TransposeOp, prim::SliceOp>(op);
}

/// The shape before the transpose that made `shape`.
static SmallVector<int64_t> undo(ArrayRef<int64_t> shape,
                                 ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> before(shape.size());
  for (auto [size, dim] : llvm::zip_equal(shape, permutation))
    before[dim] = size;
  return before;
}

/// The dims of a broadcast that its operand has, before a transpose.
static SmallVector<int64_t> listKept(prim::BroadcastOp broadcast,
                                     ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> kept;
  for (auto [dim, before] : llvm::enumerate(permutation))
    if (!llvm::is_contained(broadcast.getDims(), int64_t(dim)))
      kept.push_back(before);
  return kept;
}

/// Whether `value` costs nothing as it was before a transpose.
static bool canUndo(Value value, ArrayRef<int64_t> permutation) {
  Operation *op = value.getDefiningOp();
  if (auto transpose = dyn_cast_or_null<prim::TransposeOp>(op))
    return transpose.getPermutation() == permutation;
  if (auto broadcast = dyn_cast_or_null<prim::BroadcastOp>(op))
    return llvm::is_sorted(listKept(broadcast, permutation));
  return isa_and_nonnull<prim::ConstantOp>(op);
}

/// `value` as it was before a transpose by `permutation`: what a transpose
/// reads, a constant, or a broadcast along other dims.
static Value undo(OpBuilder &b, Value value, ArrayRef<int64_t> permutation) {
  if (auto transpose = value.getDefiningOp<prim::TransposeOp>())
    return transpose.getX();
  auto type = cast<RankedTensorType>(value.getType());
  type = type.clone(undo(type.getShape(), permutation));
  if (auto constant = value.getDefiningOp<prim::ConstantOp>())
    return prim::ConstantOp::create(b, constant.getLoc(), type,
                                    constant.getValue());
  auto broadcast = value.getDefiningOp<prim::BroadcastOp>();
  SmallVector<int64_t> kept = listKept(broadcast, permutation), repeated;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (!llvm::is_contained(kept, dim))
      repeated.push_back(dim);
  return prim::BroadcastOp::create(b, broadcast.getLoc(), type,
                                   broadcast.getX(), repeated);
}

/// The first transpose among the operands.
static prim::TransposeOp findTranspose(Operation *op) {
  for (Value operand : op->getOperands())
    if (auto transpose = operand.getDefiningOp<prim::TransposeOp>())
      return transpose;
  return {};
}

namespace {

/// f(transpose(x), transpose(y)) becomes transpose(f(x, y)). As much is
/// computed; what moves is the place of the transpose.
struct SinkBelowElementwise : OpInterfaceRewritePattern<prim::LoopOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(prim::LoopOpInterface op,
                                PatternRewriter &rewriter) const override {
    prim::TransposeOp transpose = findTranspose(op);
    if (!transpose || !isElementwise(op))
      return failure();
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    if (!llvm::all_of(op->getOperands(),
                      [&](Value x) { return canUndo(x, permutation); }))
      return failure();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(undo(rewriter, operand, permutation));
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    Operation *moved = rewriter.clone(*op);
    moved->setOperands(operands);
    moved->getResult(0).setType(type.clone(undo(type.getShape(), permutation)));
    rewriter.replaceOpWithNewOp<prim::TransposeOp>(op, moved->getResult(0),
                                                   permutation);
    return success();
  }
};

/// reduce(transpose(x)) becomes reduce(x) over other dims, and a transpose of
/// the smaller result if its dims are not in order.
struct SinkBelowReduction : OpInterfaceRewritePattern<prim::LoopOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(prim::LoopOpInterface op,
                                PatternRewriter &rewriter) const override {
    if (op->getNumOperands() != 1 || !op.getCombiner())
      return failure();
    prim::TransposeOp transpose = findTranspose(op);
    if (!transpose)
      return failure();
    SmallVector<int64_t> dims, kept;
    for (auto [dim, before] : llvm::enumerate(transpose.getPermutation()))
      if (llvm::is_contained(op.getReducedDims(), int64_t(dim)))
        dims.push_back(before);
      else
        kept.push_back(before);
    llvm::sort(dims);

    // Number i of the kept dims, in the order in which x has them.
    SmallVector<int64_t> inOrder(kept), permutation;
    llvm::sort(inOrder);
    SmallVector<int64_t> shape;
    for (int64_t dim : inOrder)
      shape.push_back(transpose.getX().getType().getDimSize(dim));
    for (int64_t dim : kept)
      permutation.push_back(llvm::find(inOrder, dim) - inOrder.begin());

    Operation *moved = rewriter.clone(*op);
    moved->setOperands(transpose.getX());
    moved->setAttr("dims", rewriter.getDenseI64ArrayAttr(dims));
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    moved->getResult(0).setType(type.clone(shape));
    rewriter.replaceOpWithNewOp<prim::TransposeOp>(op, moved->getResult(0),
                                                   permutation);
    return success();
  }
};

struct SinkTransposesPass : dlc::impl::SinkTransposesBase<SinkTransposesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SinkBelowElementwise, SinkBelowReduction>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
