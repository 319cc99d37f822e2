// Losses as keras/src/losses/losses.py and backend/jax/nn.py define them.
#include "dialects/layer/training/Losses.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

/// keras.config.epsilon()
static constexpr double epsilon = 1e-7;

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

/// Targets of the predictions' own shape, as floats.
static Value toFloat(ImplicitLocOpBuilder &b, Value x) {
  return convertTo(b, x, b.getF32Type());
}

/// The reductions of Keras that a mean over samples and positions is.
template <typename Loss> static LogicalResult verifyReduction(Loss loss) {
  StringRef reduction = loss.getReduction();
  if (reduction == "sum_over_batch_size" || reduction == "mean")
    return success();
  return loss.emitError() << loss.getOperation()->getName()
                          << ": reduction is \"" << reduction
                          << "\" but dlc trains on the mean; set "
                             "sum_over_batch_size";
}

template <typename Loss> static LogicalResult verifyCrossentropy(Loss loss) {
  if (failed(verifyReduction(loss)))
    return failure();
  if (int64_t axis = loss.getAxis(); axis != -1)
    return loss.emitError()
           << loss.getOperation()->getName() << ": axis is " << axis
           << " but classes are the last dimension; transpose "
              "the output and set axis = -1";
  return success();
}

template <typename Loss> static LogicalResult verifySmoothing(Loss loss) {
  double smoothing = loss.getLabelSmoothing();
  if (smoothing >= 0 && smoothing <= 1)
    return success();
  return loss.emitError() << loss.getOperation()->getName()
                          << ": label_smoothing is " << formatNumber(smoothing)
                          << " but is a share; choose one between 0 and 1";
}

//===-- Crossentropy over classes -----------------------------------------===//

// ln clip(p / sum p, e, 1 - e); the gradient is zero where clipped
static Value buildLogProbability(ImplicitLocOpBuilder &b, Value p) {
  Formula f(b);
  Value sum = buildSumOverLast(b, p);
  Value share =
      f.div(p, prim::BroadcastOp::create(b, p.getType(), sum, lastDim(p)));
  return f.apply<prim::LogOp>(f.clip(share, epsilon, 1 - epsilon));
}

// -sum labels ln p                                      [n, ..., c] -> [n, ...]
static Value buildCrossentropy(ImplicitLocOpBuilder &b, Value labels,
                               Value logProbability) {
  Formula f(b);
  return f.apply<prim::NegOp>(
      buildSumOverLast(b, f.mul(labels, logProbability)));
}

LogicalResult SparseCategoricalCrossentropyOp::verify() {
  if (auto ignored = getIgnoreClass())
    return emitError() << getOperation()->getName() << ": ignore_class is "
                       << formatNumber(*ignored)
                       << " but dlc counts every label; leave it out and give "
                          "such samples the weight 0";
  return verifyCrossentropy(*this);
}

RankedTensorType
SparseCategoricalCrossentropyOp::getTargetType(RankedTensorType predictions) {
  return RankedTensorType::get(predictions.getShape().drop_back(),
                               IntegerType::get(getContext(), 32));
}

Value SparseCategoricalCrossentropyOp::buildLoss(ImplicitLocOpBuilder &b,
                                                 Value targets,
                                                 Value predictions) {
  Value y = toFloat(b, predictions);
  Value labels = buildOneHot(b, targets, typeOf(y).getShape().back());
  if (getFromLogits())
    return prim::SoftmaxCrossentropyOp::create(b, y, labels);
  return buildCrossentropy(b, labels, buildLogProbability(b, y));
}

LogicalResult CategoricalCrossentropyOp::verify() {
  return success(succeeded(verifyCrossentropy(*this)) &&
                 succeeded(verifySmoothing(*this)));
}

RankedTensorType
CategoricalCrossentropyOp::getTargetType(RankedTensorType predictions) {
  return predictions.clone(Float32Type::get(getContext()));
}

// labels (1 - s) + s / c. They need not sum to 1, so the gradient is that of
// log_softmax.
Value CategoricalCrossentropyOp::buildLoss(ImplicitLocOpBuilder &b,
                                           Value targets, Value predictions) {
  Formula f(b);
  Value y = toFloat(b, predictions);
  if (double s = getLabelSmoothing())
    targets =
        f.add(f.mul(targets, 1 - s), s / double(typeOf(y).getShape().back()));
  Value logProbability =
      getFromLogits() ? prim::LogSoftmaxOp::create(b, y, lastDim(y)).getResult()
                      : buildLogProbability(b, y);
  return buildCrossentropy(b, targets, logProbability);
}

//===-- Binary crossentropy -----------------------------------------------===//

LogicalResult BinaryCrossentropyOp::verify() {
  return success(succeeded(verifyCrossentropy(*this)) &&
                 succeeded(verifySmoothing(*this)));
}

RankedTensorType
BinaryCrossentropyOp::getTargetType(RankedTensorType predictions) {
  return predictions.clone(Float32Type::get(getContext()));
}

// mean over the last dimension of
//   t softplus(-x) + (1 - t) softplus(x)                       from logits
//   -(t ln p + (1 - t) ln(1 - p)), p = clip(y, e, 1 - e)       else
// with t = targets (1 - s) + s / 2
Value BinaryCrossentropyOp::buildLoss(ImplicitLocOpBuilder &b, Value targets,
                                      Value predictions) {
  Formula f(b);
  Value y = toFloat(b, predictions), t = targets;
  if (double s = getLabelSmoothing())
    t = f.add(f.mul(t, 1 - s), s / 2);
  Value other = f.sub(f.splat(t, 1), t);
  if (getFromLogits()) {
    Value onOne = f.apply<prim::SoftplusOp>(f.apply<prim::NegOp>(y));
    Value onZero = f.apply<prim::SoftplusOp>(y);
    return buildMeanOverLast(b, f.add(f.mul(t, onOne), f.mul(other, onZero)));
  }
  Value p = f.clip(y, epsilon, 1 - epsilon);
  Value onOne = f.apply<prim::LogOp>(p);
  Value onZero = f.apply<prim::LogOp>(f.sub(f.splat(p, 1), p));
  Value likelihood = f.add(f.mul(t, onOne), f.mul(other, onZero));
  return buildMeanOverLast(b, f.apply<prim::NegOp>(likelihood));
}

//===-- Mean squared error ------------------------------------------------===//

LogicalResult MeanSquaredErrorOp::verify() { return verifyReduction(*this); }

RankedTensorType
MeanSquaredErrorOp::getTargetType(RankedTensorType predictions) {
  return predictions.clone(Float32Type::get(getContext()));
}

// mean over the last dimension of (targets - y)^2
Value MeanSquaredErrorOp::buildLoss(ImplicitLocOpBuilder &b, Value targets,
                                    Value predictions) {
  Formula f(b);
  Value error = f.sub(targets, toFloat(b, predictions));
  return buildMeanOverLast(b, f.square(error));
}
