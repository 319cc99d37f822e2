// The functions of keras.activations, as keras/src/backend/jax/nn.py and jax.nn
// define them: at kinks the gradient is theirs, too.
#include "dialects/layer/layers/activations/Activation.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"

#include <numbers>

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;
using prim::Predicate;

namespace {
using Build = Value (*)(ImplicitLocOpBuilder &, Value);
struct Entry {
  StringRef name;
  Build build;
};
} // namespace

static Value buildLinear(ImplicitLocOpBuilder &, Value x) { return x; }

template <typename Prim>
static Value buildUnary(ImplicitLocOpBuilder &b, Value x) {
  return Prim::create(b, x);
}

/// The last dimension, over which softmax and its kin run.
static int64_t lastDim(Value x) {
  return cast<RankedTensorType>(x.getType()).getRank() - 1;
}

template <typename Prim>
static Value buildOverLast(ImplicitLocOpBuilder &b, Value x) {
  return Prim::create(b, x, lastDim(x));
}

//===-- Piecewise linear --------------------------------------------------===//

// x >= 6 ? 6 : x <= 0 ? 0 : x, with gradient 0 at both kinks
static Value buildRelu6(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  Value rest = f.where(x, Predicate::le, 0, f.splat(x, 0), x);
  return f.where(x, Predicate::ge, 6, f.splat(x, 6), rest);
}

// x >= 0 ? x : slope x
Value dlc::layer::buildLeakyRelu(ImplicitLocOpBuilder &b, Value x,
                                 double slope) {
  Formula f(b);
  return f.where(x, Predicate::ge, 0, x, f.mul(x, slope));
}

static Value buildDefaultLeakyRelu(ImplicitLocOpBuilder &b, Value x) {
  return buildLeakyRelu(b, x, 0.2);
}

// x > 1 ? 1 : x < -1 ? -1 : x
static Value buildHardTanh(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  Value rest = f.where(x, Predicate::lt, -1, f.splat(x, -1), x);
  return f.where(x, Predicate::gt, 1, f.splat(x, 1), rest);
}

// relu6(x + 3) / 6
static Value buildHardSigmoid(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  return f.div(buildRelu6(b, f.add(x, 3)), 6);
}

static Value buildHardSilu(ImplicitLocOpBuilder &b, Value x) {
  return Formula(b).mul(x, buildHardSigmoid(b, x));
}

// |x| > t ? x : 0
Value dlc::layer::buildHardShrink(ImplicitLocOpBuilder &b, Value x, double t) {
  Formula f(b);
  return f.where(f.apply<prim::AbsOp>(x), Predicate::gt, t, x, f.splat(x, 0));
}

static Value buildDefaultHardShrink(ImplicitLocOpBuilder &b, Value x) {
  return buildHardShrink(b, x, 0.5);
}

// x > t ? x - t : x < -t ? x + t : 0
Value dlc::layer::buildSoftShrink(ImplicitLocOpBuilder &b, Value x, double t) {
  Formula f(b);
  Value rest = f.where(x, Predicate::lt, -t, f.add(x, t), f.splat(x, 0));
  return f.where(x, Predicate::gt, t, f.add(x, -t), rest);
}

static Value buildDefaultSoftShrink(ImplicitLocOpBuilder &b, Value x) {
  return buildSoftShrink(b, x, 0.5);
}

// min(max(x + 1, 0), 2) / 2
static Value buildSparseSigmoid(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  return f.mul(f.clip(f.add(x, 1), 0, 2), 0.5);
}

// x <= -1 ? 0 : x >= 1 ? x : (x + 1)^2 / 4
static Value buildSparsePlus(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  Value middle = f.div(f.square(f.add(x, 1)), 4);
  Value rest = f.where(x, Predicate::ge, 1, x, middle);
  return f.where(x, Predicate::le, -1, f.splat(x, 0), rest);
}

//===-- Smooth ------------------------------------------------------------===//

// x > 0 ? x : alpha (e^x - 1); the exponential never sees a large x
Value dlc::layer::buildElu(ImplicitLocOpBuilder &b, Value x, double alpha) {
  Formula f(b);
  Value negative = f.where(x, Predicate::gt, 0, f.splat(x, 0), x);
  Value tail = f.mul(f.apply<prim::Expm1Op>(negative), alpha);
  return f.where(x, Predicate::gt, 0, x, tail);
}

static Value buildDefaultElu(ImplicitLocOpBuilder &b, Value x) {
  return buildElu(b, x, 1.0);
}

static Value buildSelu(ImplicitLocOpBuilder &b, Value x) {
  const double alpha = 1.6732632423543772, scale = 1.0507009873554805;
  return Formula(b).mul(buildElu(b, x, alpha), scale);
}

// max(x, 0) + alpha (e^(min(x, 0) / alpha) - 1)
Value dlc::layer::buildCelu(ImplicitLocOpBuilder &b, Value x, double alpha) {
  Formula f(b);
  Value low = f.min(x, 0);
  Value tail = f.apply<prim::Expm1Op>(alpha == 1 ? low : f.div(low, alpha));
  return f.add(f.max(x, 0), alpha == 1 ? tail : f.mul(tail, alpha));
}

static Value buildDefaultCelu(ImplicitLocOpBuilder &b, Value x) {
  return buildCelu(b, x, 1.0);
}

// x (1 + erf(x / sqrt 2)) / 2
static Value buildGelu(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  Value erf = f.apply<prim::ErfOp>(f.mul(x, 1 / std::numbers::sqrt2));
  return f.mul(f.mul(x, 0.5), f.add(erf, 1));
}

static Value buildSilu(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  return f.mul(x, f.apply<prim::LogisticOp>(x));
}

// x tanh(softplus(x))
static Value buildMish(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  return f.mul(x, f.apply<prim::TanhOp>(f.apply<prim::SoftplusOp>(x)));
}

// -softplus(-x)
static Value buildLogSigmoid(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  Value softplus = f.apply<prim::SoftplusOp>(f.apply<prim::NegOp>(x));
  return f.apply<prim::NegOp>(softplus);
}

// x / (|x| + 1)
static Value buildSoftsign(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  return f.div(x, f.add(f.apply<prim::AbsOp>(x), 1));
}

// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
Value dlc::layer::buildTanhGelu(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  const double scale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  Value cube = f.mul(x, f.mul(f.square(x), 0.044715));
  Value tanh = f.apply<prim::TanhOp>(f.mul(f.add(x, cube), scale));
  return f.mul(x, f.mul(f.add(tanh, 1), 0.5));
}

// (x + sqrt(x^2 + b)) / 2
Value dlc::layer::buildSquareplus(ImplicitLocOpBuilder &b, Value x,
                                  double curve) {
  Formula f(b);
  return f.div(f.add(x, f.apply<prim::SqrtOp>(f.add(f.square(x), curve))), 2);
}

static Value buildDefaultSquareplus(ImplicitLocOpBuilder &b, Value x) {
  return buildSquareplus(b, x, 4);
}

static Value buildTanhShrink(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  return f.sub(x, f.apply<prim::TanhOp>(x));
}

//===-- Over the last dimension -------------------------------------------===//

// left half * logistic(right half)              [..., 2 c, ...] -> [..., c,
// ...]
Value dlc::layer::buildGlu(ImplicitLocOpBuilder &b, Value x, int64_t dim) {
  auto type = cast<RankedTensorType>(x.getType());
  int64_t half = type.getDimSize(dim) / 2;
  SmallVector<int64_t> starts(type.getRank(), 0), strides(type.getRank(), 1);
  SmallVector<int64_t> sizes =
      llvm::map_to_vector(type.getShape(), [](int64_t size) {
        return ShapedType::isDynamic(size) ? -1 : size;
      });
  sizes[dim] = half;
  Value left = prim::SliceOp::create(b, x, starts, sizes, strides);
  starts[dim] = half;
  Value right = prim::SliceOp::create(b, x, starts, sizes, strides);
  Formula f(b);
  return f.mul(left, f.apply<prim::LogisticOp>(right));
}

static Value buildLastGlu(ImplicitLocOpBuilder &b, Value x) {
  return buildGlu(b, x, lastDim(x));
}

// max(x - tau, 0), where the order of the elements stands in for Keras' sort:
//   before[i, j] = x[j] > x[i], or x[j] == x[i] and j <= i      [..., c, c]
//   rank[i] = sum_j before[i, j],  sum[i] = sum_j before[i, j] x[j]
//   tau = (sum of sum[i] over the support - 1) / size of the support
// with the support 1 + rank[i] x[i] > sum[i]. Keras 3.15 adds up sum[i] over
// the support where the paper takes its last one; so the result does not add
// up to 1 there, nor here.
static Value buildSparsemax(ImplicitLocOpBuilder &b, Value x) {
  Formula f(b);
  auto type = cast<RankedTensorType>(x.getType());
  int64_t last = type.getRank() - 1;
  SmallVector<int64_t> pairShape(type.getShape());
  pairShape.push_back(pairShape.back());
  RankedTensorType pairs = type.clone(pairShape);
  RankedTensorType indices = pairs.clone(b.getI32Type());

  Value own = prim::BroadcastOp::create(b, pairs, x, last + 1);
  Value other = prim::BroadcastOp::create(b, pairs, x, last);
  Value greater = prim::CompareOp::create(b, Predicate::gt, other, own);
  Value equal = prim::CompareOp::create(b, Predicate::eq, other, own);
  Value i = prim::IotaOp::create(b, indices, last);
  Value j = prim::IotaOp::create(b, indices, last + 1);
  Value first = prim::CompareOp::create(b, Predicate::le, j, i);
  Value tied = prim::AndOp::create(b, equal, first);
  Value before = prim::OrOp::create(b, greater, tied);

  Value one = prim::buildSplat(b, pairs, 1),
        none = prim::buildSplat(b, pairs, 0);
  Value rank = prim::ReduceSumOp::create(b, f.select(before, one, none),
                                         ArrayRef<int64_t>{last + 1});
  Value sum = prim::ReduceSumOp::create(b, f.select(before, other, none),
                                        ArrayRef<int64_t>{last + 1});
  Value support =
      prim::CompareOp::create(b, Predicate::gt, f.add(f.mul(rank, x), 1), sum);
  Value zero = f.splat(x, 0);
  Value total = prim::ReduceSumOp::create(b, f.select(support, sum, zero),
                                          ArrayRef<int64_t>{last});
  Value count = prim::ReduceSumOp::create(
      b, f.select(support, f.splat(x, 1), zero), ArrayRef<int64_t>{last});
  Value tau = f.div(f.add(total, -1), count);
  return f.max(f.sub(x, prim::BroadcastOp::create(b, type, tau, last)), 0);
}

//===-- By name -----------------------------------------------------------===//

/// The one list of names.
static constexpr Entry entries[] = {
    {"celu", buildDefaultCelu},
    {"elu", buildDefaultElu},
    {"exponential", buildUnary<prim::ExpOp>},
    {"gelu", buildGelu},
    {"glu", buildLastGlu},
    {"hard_shrink", buildDefaultHardShrink},
    {"hard_sigmoid", buildHardSigmoid},
    {"hard_silu", buildHardSilu},
    {"hard_swish", buildHardSilu},
    {"hard_tanh", buildHardTanh},
    {"leaky_relu", buildDefaultLeakyRelu},
    {"linear", buildLinear},
    {"log_sigmoid", buildLogSigmoid},
    {"log_softmax", buildOverLast<prim::LogSoftmaxOp>},
    {"mish", buildMish},
    {"relu", buildUnary<prim::ReluOp>},
    {"relu6", buildRelu6},
    {"selu", buildSelu},
    {"sigmoid", buildUnary<prim::LogisticOp>},
    {"silu", buildSilu},
    {"soft_shrink", buildDefaultSoftShrink},
    {"softmax", buildOverLast<prim::SoftmaxOp>},
    {"softplus", buildUnary<prim::SoftplusOp>},
    {"softsign", buildSoftsign},
    {"sparse_plus", buildSparsePlus},
    {"sparse_sigmoid", buildSparseSigmoid},
    {"sparsemax", buildSparsemax},
    {"squareplus", buildDefaultSquareplus},
    {"swish", buildSilu},
    {"tanh", buildUnary<prim::TanhOp>},
    {"tanh_shrink", buildTanhShrink},
};

static Build findActivation(StringRef name) {
  for (const Entry &entry : entries)
    if (entry.name == name)
      return entry.build;
  return nullptr;
}

ArrayRef<StringRef> dlc::layer::getActivationNames() {
  static const SmallVector<StringRef> names = llvm::map_to_vector(
      entries, [](const Entry &entry) { return entry.name; });
  return names;
}

bool dlc::layer::isActivation(StringRef name) { return findActivation(name); }

Value dlc::layer::buildActivation(ImplicitLocOpBuilder &b, StringRef activation,
                                  Value x) {
  return findActivation(activation)(b, convertTo(b, x, b.getF32Type()));
}

//===-- relu with arguments -----------------------------------------------===//

// The branches of keras.activations.ReLU.static_call, in its order.
Value dlc::layer::buildRelu(ImplicitLocOpBuilder &b, Value x,
                            double negativeSlope,
                            std::optional<double> maxValue, double threshold) {
  Formula f(b);
  if (negativeSlope != 0 && !maxValue && threshold == 0)
    return buildLeakyRelu(b, x, negativeSlope);
  Value negative =
      f.apply<prim::ReluOp>(f.add(f.apply<prim::NegOp>(x), threshold));
  Value y;
  bool clip = maxValue.has_value();
  if (threshold != 0) {
    y = f.where(x, Predicate::gt, threshold, x, f.splat(x, 0));
  } else if (maxValue == 6.0) {
    y = buildRelu6(b, x);
    clip = false;
  } else {
    y = f.apply<prim::ReluOp>(x);
  }
  if (clip)
    y = f.clip(y, 0, *maxValue);
  return negativeSlope == 0 ? y : f.sub(y, f.mul(negative, negativeSlope));
}
