// Counts by thresholds, as keras/src/metrics/metrics_utils.py
// (update_confusion_matrix_variables) has them.
#include "dialects/layer/training/Confusion.h"

#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Numbers.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/training/Losses.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

Thresholds dlc::layer::makeEvenThresholds(int64_t count, bool beyond) {
  if (count == 1)
    return {{0.5}};
  Thresholds thresholds{{}, true, beyond};
  for (int64_t i = 0; i < count; ++i)
    thresholds.values.push_back(double(i) / double(count - 1));
  return thresholds;
}

/// x along a new last dimension of this size.
static Value spread(ImplicitLocOpBuilder &b, Value x, int64_t size) {
  SmallVector<int64_t> shape(typeOf(x).getShape());
  shape.push_back(size);
  auto type = RankedTensorType::get(shape, typeOf(x).getElementType());
  return prim::BroadcastOp::create(b, type, x, int64_t(shape.size()) - 1);
}

// even: ceil(clip(y, 0, 1) (T - 1)) - 1 >= i, at least 0 if the first threshold
//       lies below 0;   else y > threshold[i]           [n, ...] -> [n, ..., T]
static Value buildIsAbove(ImplicitLocOpBuilder &b, Value y,
                          const Thresholds &thresholds) {
  Formula f(b);
  auto count = int64_t(thresholds.values.size());
  if (!thresholds.even) {
    Value all = spread(b, y, count);
    Value limits = buildNumbers(b, {{count}, thresholds.values});
    Value spreadLimits =
        broadcastAlong(b, limits, typeOf(all), typeOf(all).getRank() - 1);
    return prim::CompareOp::create(b, prim::Predicate::gt, all, spreadLimits);
  }
  // ceil(x) = -floor(-x)
  Value scaled = f.mul(f.clip(y, 0, 1), double(count - 1));
  Value ceiled = f.apply<prim::NegOp>(
      f.apply<prim::FloorOp>(f.apply<prim::NegOp>(scaled)));
  Value bucket = f.add(ceiled, -1);
  if (thresholds.beyond)
    bucket = f.max(bucket, 0);
  Value all = spread(b, bucket, count);
  RankedTensorType type = typeOf(all);
  Value position = convertTo(
      b,
      prim::IotaOp::create(b, type.clone(b.getI32Type()), type.getRank() - 1),
      b.getF32Type());
  return prim::CompareOp::create(b, prim::Predicate::ge, all, position);
}

/// Over all dimensions but the last, and but that before it if `byClass`.
static Value sumOverSamples(ImplicitLocOpBuilder &b, Value x, bool byClass) {
  int64_t end = typeOf(x).getRank() - (byClass ? 2 : 1);
  return prim::ReduceSumOp::create(b, x,
                                   llvm::to_vector(llvm::seq<int64_t>(0, end)));
}

Confusion dlc::layer::countConfusion(ImplicitLocOpBuilder &b, Value targets,
                                     Value predictions, Value weights,
                                     const Thresholds &thresholds,
                                     bool byClass) {
  Formula f(b);
  auto count = int64_t(thresholds.values.size());
  Value isTrue =
      convertTo(b, f.compare(prim::Predicate::ne, targets, 0), b.getF32Type());
  Value isFalse = f.sub(f.splat(isTrue, 1), isTrue);
  if (weights) {
    isTrue = f.mul(isTrue, weights);
    isFalse = f.mul(isFalse, weights);
  }
  Value above =
      convertTo(b, buildIsAbove(b, predictions, thresholds), b.getF32Type());
  Value below = f.sub(f.splat(above, 1), above);
  Value trues = spread(b, isTrue, count), falses = spread(b, isFalse, count);
  auto sum = [&](Value kind, Value side) {
    return sumOverSamples(b, f.mul(kind, side), byClass);
  };
  return {sum(trues, above), sum(falses, above), sum(falses, below),
          sum(trues, below)};
}

Confusion dlc::layer::sumConfusion(MetricSums &sums, const Confusion &batch) {
  return {sums.add("true_positives", batch.truePositives),
          sums.add("false_positives", batch.falsePositives),
          sums.add("true_negatives", batch.trueNegatives),
          sums.add("false_negatives", batch.falseNegatives)};
}

Value dlc::layer::divideNoNan(ImplicitLocOpBuilder &b, Value x, Value y) {
  Formula f(b);
  return f.where(y, prim::Predicate::eq, 0, f.splat(x, 0), f.div(x, y));
}

Value dlc::layer::spreadOverClasses(ImplicitLocOpBuilder &b, Value weights,
                                    RankedTensorType like) {
  if (!weights || typeOf(weights).getRank() == like.getRank())
    return weights;
  return prim::BroadcastOp::create(b, like.clone(b.getF32Type()), weights,
                                   like.getRank() - 1);
}

Value dlc::layer::sliceLast(ImplicitLocOpBuilder &b, Value x, int64_t first,
                            int64_t count) {
  RankedTensorType type = typeOf(x);
  SmallVector<int64_t> starts(type.getRank(), 0), strides(type.getRank(), 1);
  SmallVector<int64_t> sizes;
  for (int64_t size : type.getShape())
    sizes.push_back(ShapedType::isDynamic(size) ? -1 : size);
  starts.back() = first;
  sizes.back() = count;
  return prim::SliceOp::create(b, x, starts, sizes, strides);
}

Value dlc::layer::pickClass(ImplicitLocOpBuilder &b, Value x,
                            std::optional<int64_t> id) {
  return id ? sliceLast(b, x, *id, 1) : x;
}
