// What losses and metrics share: labels, sums over classes, checks of settings.
#include "dialects/layer/training/Losses.h"
#include "dialects/layer/layers/Scalars.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

static int64_t lastDim(Value x) { return typeOf(x).getRank() - 1; }

Value dlc::layer::buildOneHot(ImplicitLocOpBuilder &b, Value labels,
                              int64_t classes) {
  SmallVector<int64_t> shape(typeOf(labels).getShape());
  shape.push_back(classes);
  auto type = RankedTensorType::get(shape, b.getI32Type());
  int64_t last = type.getRank() - 1;
  Value spread = prim::BroadcastOp::create(b, type, labels, last);
  Value position = prim::IotaOp::create(b, type, last);
  Value hit = prim::CompareOp::create(b, prim::Predicate::eq, spread, position);
  return prim::ConvertOp::create(b, type.clone(b.getF32Type()), hit);
}

// min over j of (x[j] == max x ? j : c)
Value dlc::layer::buildArgmax(ImplicitLocOpBuilder &b, Value x) {
  RankedTensorType type = typeOf(x);
  int64_t last = lastDim(x);
  RankedTensorType indices = type.clone(b.getI32Type());
  Value top = prim::ReduceMaxOp::create(b, x, last);
  Value spread = prim::BroadcastOp::create(b, type, top, last);
  Value hit = prim::CompareOp::create(b, prim::Predicate::eq, x, spread);
  Value position = prim::IotaOp::create(b, indices, last);
  Value beyond =
      prim::ConstantOp::create(b, indices, double(type.getShape().back()));
  Value candidates = prim::SelectOp::create(b, hit, position, beyond);
  return prim::ReduceMinOp::create(b, candidates, last);
}

Value dlc::layer::buildSumOverLast(ImplicitLocOpBuilder &b, Value x) {
  if (typeOf(x).getRank() < 2)
    return x;
  return prim::ReduceSumOp::create(b, x, lastDim(x));
}

Value dlc::layer::buildMeanOverLast(ImplicitLocOpBuilder &b, Value x) {
  if (typeOf(x).getRank() < 2)
    return x;
  return Formula(b).div(buildSumOverLast(b, x),
                        double(typeOf(x).getShape().back()));
}

//===-- Settings ----------------------------------------------------------===//

static LogicalResult verifyReduction(Operation *op) {
  auto reduction = op->getAttrOfType<StringAttr>("reduction");
  if (!reduction)
    return success();
  for (StringRef known :
       {"sum_over_batch_size", "mean", "mean_with_sample_weight", "sum"})
    if (reduction == known)
      return success();
  return op->emitError()
         << op->getName() << ": reduction is " << reduction
         << " but training minimises one number, which "
            "sum_over_batch_size, mean_with_sample_weight and sum give; set "
            "one of these";
}

LogicalResult dlc::layer::verifyLoss(Operation *op) {
  if (failed(verifyReduction(op)))
    return failure();
  if (auto axis = op->getAttrOfType<IntegerAttr>("axis");
      axis && axis.getInt() != -1)
    return op->emitError() << op->getName() << ": axis is " << axis.getInt()
                           << " but classes are the last dimension; transpose "
                              "the output and set axis = -1";
  double smoothing = findNumber(op->getAttr("label_smoothing")).value_or(0);
  if (!(smoothing >= 0 && smoothing <= 1))
    return op->emitError() << op->getName() << ": label_smoothing is "
                           << formatNumber(smoothing)
                           << " but is a share; choose one between 0 and 1";
  return success();
}
