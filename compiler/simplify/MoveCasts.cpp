// Casts between f32 and halves move to where they cost nothing: what moves data
// moves two bytes an element.
#include "compiler/Passes.h"
#include "dialects/prim/Element.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace dlc {
#define GEN_PASS_DEF_MOVECASTS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

static Type elementOf(Value tensor) {
  return getElementTypeOrSelf(tensor.getType());
}

/// A cast from a half to f32.
static prim::ConvertOp findWidening(Value value) {
  auto convert = value.getDefiningOp<prim::ConvertOp>();
  return convert && convert.getType().getElementType().isF32() &&
                 prim::isHalf(elementOf(convert.getX()))
             ? convert
             : prim::ConvertOp();
}

/// The same movement of another tensor.
static Value moveAlike(PatternRewriter &rewriter, Operation *op, Value x) {
  Operation *copy = rewriter.clone(*op);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  copy->setOperand(0, x);
  copy->getResult(0).setType(type.clone(elementOf(x)));
  return copy->getResult(0);
}

namespace {

/// move(widen(x)) becomes widen(move(x)).
template <typename Movement> struct WidenBehind : OpRewritePattern<Movement> {
  using OpRewritePattern<Movement>::OpRewritePattern;

  LogicalResult matchAndRewrite(Movement op,
                                PatternRewriter &rewriter) const override {
    prim::ConvertOp widening = findWidening(op.getX());
    if (!widening)
      return failure();
    Value moved = moveAlike(rewriter, op, widening.getX());
    rewriter.replaceOpWithNewOp<prim::ConvertOp>(op, op.getType(), moved);
    return success();
  }
};

/// round(move(x)) becomes move(round(x)), if nothing else reads what is moved.
template <typename Movement>
struct RoundBefore : OpRewritePattern<prim::ConvertOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(prim::ConvertOp op,
                                PatternRewriter &rewriter) const override {
    auto movement = op.getX().getDefiningOp<Movement>();
    if (!movement || !movement->hasOneUse() ||
        !movement.getType().getElementType().isF32() ||
        !prim::isHalf(op.getType().getElementType()))
      return failure();
    auto type = cast<RankedTensorType>(movement.getX().getType())
                    .clone(op.getType().getElementType());
    Value rounded = rewriter.createOrFold<prim::ConvertOp>(op.getLoc(), type,
                                                           movement.getX());
    rewriter.replaceOp(op, moveAlike(rewriter, movement, rounded));
    return success();
  }
};

struct MoveCastsPass : dlc::impl::MoveCastsBase<MoveCastsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<WidenBehind<prim::ReshapeOp>, WidenBehind<prim::TransposeOp>,
                 WidenBehind<prim::SliceOp>, RoundBefore<prim::ReshapeOp>,
                 RoundBefore<prim::TransposeOp>, RoundBefore<prim::SliceOp>>(
        &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
