// Scalar algebra beyond what folds of prims do; exact, also for NaN and
// infinity.
#include "compiler/Passes.h"
#include "dialects/prim/Gradient.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace dlc {
#define GEN_PASS_DEF_FOLDALGEBRA
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

namespace {

/// f(f(x)) becomes x: of neg and not.
template <typename Op> struct TwiceIsNothing : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getX().template getDefiningOp<Op>();
    if (!inner)
      return failure();
    rewriter.replaceOp(op, inner.getX());
    return success();
  }
};

/// x + (-y) becomes x - y, and x - (-y) becomes x + y.
template <typename Op, typename Other> struct AbsorbNeg : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    auto minus = op.getRhs().template getDefiningOp<prim::NegOp>();
    if (!minus)
      return failure();
    rewriter.replaceOpWithNewOp<Other>(op, op.getLhs(), minus.getX());
    return success();
  }
};

/// x / c becomes x * (1 / c) where 1 / c is exact: both are then the same
/// number rounded once, and a product is cheaper.
struct DivByPowerOfTwo : OpRewritePattern<prim::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(prim::DivOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<double> divisor = prim::getSplat(op.getRhs());
    APFloat inverse(0.0F);
    if (!divisor ||
        !APFloat(static_cast<float>(*divisor)).getExactInverse(&inverse))
      return failure();
    Value factor = prim::ConstantOp::create(rewriter, op.getLoc(), op.getType(),
                                            double(inverse.convertToFloat()));
    rewriter.replaceOpWithNewOp<prim::MulOp>(op, op.getLhs(), factor);
    return success();
  }
};

/// x * 0 becomes 0 for integers only: of NaN and infinity it is NaN.
struct MulByIntegerZero : OpRewritePattern<prim::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(prim::MulOp op,
                                PatternRewriter &rewriter) const override {
    if (isa<FloatType>(op.getType().getElementType()))
      return failure();
    for (Value factor : op.getOperands())
      if (prim::getSplat(factor) == 0) {
        rewriter.replaceOp(op, factor);
        return success();
      }
    return failure();
  }
};

/// and: false & x becomes false, true & x and x & x become x; or: the same with
/// true and false exchanged.
template <typename Op, int decides> struct FoldLogic : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    Value lhs = op.getLhs(), rhs = op.getRhs(), result;
    if (lhs == rhs)
      result = lhs;
    for (auto [known, other] : {std::pair(lhs, rhs), std::pair(rhs, lhs)})
      if (std::optional<double> value = prim::getSplat(known))
        result = *value == decides ? known : other;
    if (!result)
      return failure();
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// !c ? t : f becomes c ? f : t
struct SelectOfNot : OpRewritePattern<prim::SelectOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(prim::SelectOp op,
                                PatternRewriter &rewriter) const override {
    auto inverse = op.getCondition().getDefiningOp<prim::NotOp>();
    if (!inverse)
      return failure();
    rewriter.replaceOpWithNewOp<prim::SelectOp>(
        op, inverse.getX(), op.getOnFalse(), op.getOnTrue());
    return success();
  }
};

/// A truth value is exact in every type, so that the way to the last one does
/// not matter: i1 -> i32 -> f32 becomes i1 -> f32.
struct ConvertOfConvert : OpRewritePattern<prim::ConvertOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(prim::ConvertOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<prim::ConvertOp>();
    if (!inner || !inner.getX().getType().getElementType().isInteger(1))
      return failure();
    if (inner.getX().getType() == op.getType())
      rewriter.replaceOp(op, inner.getX());
    else
      rewriter.replaceOpWithNewOp<prim::ConvertOp>(op, op.getType(),
                                                   inner.getX());
    return success();
  }
};

struct FoldAlgebraPass : dlc::impl::FoldAlgebraBase<FoldAlgebraPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<TwiceIsNothing<prim::NegOp>, TwiceIsNothing<prim::NotOp>,
                 AbsorbNeg<prim::AddOp, prim::SubOp>,
                 AbsorbNeg<prim::SubOp, prim::AddOp>, DivByPowerOfTwo,
                 MulByIntegerZero, FoldLogic<prim::AndOp, 0>,
                 FoldLogic<prim::OrOp, 1>, SelectOfNot, ConvertOfConvert>(
        &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
