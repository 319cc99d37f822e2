// Losses that compare how much of targets and predictions is in both, and the
// generalized crossentropy, as keras/src/losses/losses.py has them.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/training/Losses.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

/// verifyLoss reads axis as the classes', which it is not here.
template <typename Loss> static LogicalResult verifyOverlapLoss(Loss loss) {
  auto refuse = [&](StringRef key, const Twine &value, StringRef limit) {
    return loss.emitError() << loss->getName() << ": " << key << " is " << value
                            << " but " << limit;
  };
  StringRef reduction = loss.getReduction();
  bool isWhole = !loss.getAxis();
  if (reduction == "sum" && isWhole)
    return refuse("reduction", "\"sum\"",
                  "without axis there is one loss of a batch; give axis, or "
                  "leave reduction out");
  if (!llvm::is_contained(
          {"sum_over_batch_size", "mean", "mean_with_sample_weight", "sum"},
          reduction))
    return refuse("reduction", "\"" + reduction + "\"",
                  "training minimises one number; set sum_over_batch_size, "
                  "mean_with_sample_weight or sum");
  if (!isWhole && llvm::is_contained(*loss.getAxis(), 0))
    return refuse("axis", "0 and others",
                  "that is the batch; name the dimensions after it, or none "
                  "for all");
  return success();
}

/// The sum over `axis`; over all, for each sample.
static Value sumOver(ImplicitLocOpBuilder &b, Value x,
                     std::optional<SmallVector<int64_t>> axis) {
  RankedTensorType type = typeOf(x);
  if (axis)
    return prim::ReduceSumOp::create(b, x,
                                     normalizeAxes(*axis, type.getRank()));
  auto samples =
      RankedTensorType::get(type.getShape().take_front(), b.getF32Type());
  return prim::buildBroadcast(b, prim::buildSumAll(b, x), samples);
}

/// Dimensions that a loss cannot have are left out: the axis is checked before
/// there are predictions.
static std::optional<SmallVector<int64_t>>
axesOf(std::optional<SmallVector<int64_t>> axis, int64_t rank) {
  if (axis)
    llvm::erase_if(*axis, [&](int64_t d) { return d < 1 - rank || d >= rank; });
  return axis;
}

// 1 - both / (both + alpha sum (1 - y) t + beta sum y (1 - t) + e)
static Value buildTversky(ImplicitLocOpBuilder &b, Value t, Value y,
                          std::optional<SmallVector<int64_t>> axis,
                          double alpha, double beta) {
  Formula f(b);
  axis = axesOf(axis, typeOf(y).getRank());
  auto flip = [&](Value x) { return f.sub(f.splat(x, 1), x); };
  Value both = sumOver(b, f.mul(t, y), axis);
  Value missed = f.mul(sumOver(b, f.mul(flip(y), t), axis), alpha);
  Value wrong = f.mul(sumOver(b, f.mul(y, flip(t)), axis), beta);
  return flip(f.div(both, f.add(f.add(f.add(both, missed), wrong), epsilon)));
}

LogicalResult DiceOp::verify() { return verifyOverlapLoss(*this); }
LogicalResult TverskyOp::verify() { return verifyOverlapLoss(*this); }

RankedTensorType DiceOp::getTargetType(RankedTensorType predictions) {
  return predictions.clone(Float32Type::get(getContext()));
}
RankedTensorType TverskyOp::getTargetType(RankedTensorType predictions) {
  return predictions.clone(Float32Type::get(getContext()));
}

// 1 - 2 sum t y / (sum t + sum y + e)
Value DiceOp::buildLoss(ImplicitLocOpBuilder &b, Value t, Value y) {
  Formula f(b);
  auto axis = axesOf(getAxis(), typeOf(y).getRank());
  Value both = f.mul(sumOver(b, f.mul(t, y), axis), 2);
  Value all = f.add(sumOver(b, t, axis), sumOver(b, y, axis));
  return f.sub(f.splat(both, 1), f.div(both, f.add(all, epsilon)));
}

Value TverskyOp::buildLoss(ImplicitLocOpBuilder &b, Value t, Value y) {
  return buildTversky(b, t, y, getAxis(), getAlpha(), getBeta());
}

//===-- Generalized crossentropy ------------------------------------------===//

LogicalResult CategoricalGeneralizedCrossEntropyOp::verify() {
  double q = getQ();
  if (!(q > 0 && q < 1))
    return emitError() << getOperation()->getName() << ": q is "
                       << formatNumber(q)
                       << " but it lies between 0 and 1; choose one such as "
                          "0.5";
  return verifyLoss(*this);
}

RankedTensorType CategoricalGeneralizedCrossEntropyOp::getTargetType(
    RankedTensorType predictions) {
  return RankedTensorType::get(predictions.getShape().drop_back(),
                               IntegerType::get(getContext(), 32));
}

// (1 - y[label]^q) / q
Value CategoricalGeneralizedCrossEntropyOp::buildLoss(ImplicitLocOpBuilder &b,
                                                      Value labels, Value y) {
  Formula f(b);
  Value hit = buildOneHot(b, labels, typeOf(y).getShape().back());
  Value p = buildSumOverLast(b, f.mul(y, hit));
  Value power = prim::PowOp::create(b, p, f.splat(p, getQ()));
  return f.div(f.sub(f.splat(p, 1), power), getQ());
}
