// Activations as functions of keras.ops.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/activations/Activation.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

static Type inferFloat(Value x) {
  return typeOf(x).clone(Float32Type::get(x.getContext()));
}

//===-- Elementwise -------------------------------------------------------===//

// Integers are promoted to f32. `build` makes y of x.
#define DLC_ACTIVATION_NODE(Node, build)                                       \
  FailureOr<Type> Node::inferResult(std::optional<Location>, Adaptor node) {   \
    return inferFloat(node.getX());                                            \
  }                                                                            \
  Value Node::expand(ImplicitLocOpBuilder &b, ExpandContext &) {               \
    Value x = convertTo(b, getX(), b.getF32Type());                            \
    return build;                                                              \
  }

DLC_ACTIVATION_NODE(SigmoidNodeOp, buildActivation(b, "sigmoid", x))
DLC_ACTIVATION_NODE(Relu6NodeOp, buildActivation(b, "relu6", x))
DLC_ACTIVATION_NODE(SeluNodeOp, buildActivation(b, "selu", x))
DLC_ACTIVATION_NODE(SiluNodeOp, buildActivation(b, "silu", x))
DLC_ACTIVATION_NODE(SoftplusNodeOp, buildActivation(b, "softplus", x))
DLC_ACTIVATION_NODE(SoftsignNodeOp, buildActivation(b, "softsign", x))
DLC_ACTIVATION_NODE(LogSigmoidNodeOp, buildActivation(b, "log_sigmoid", x))
DLC_ACTIVATION_NODE(HardSigmoidNodeOp, buildActivation(b, "hard_sigmoid", x))
DLC_ACTIVATION_NODE(HardSiluNodeOp, buildActivation(b, "hard_silu", x))
DLC_ACTIVATION_NODE(HardTanhNodeOp, buildActivation(b, "hard_tanh", x))
DLC_ACTIVATION_NODE(TanhShrinkNodeOp, buildActivation(b, "tanh_shrink", x))
DLC_ACTIVATION_NODE(SparsePlusNodeOp, buildActivation(b, "sparse_plus", x))
DLC_ACTIVATION_NODE(SparseSigmoidNodeOp,
                    buildActivation(b, "sparse_sigmoid", x))
DLC_ACTIVATION_NODE(GeluNodeOp, getApproximate()
                                    ? buildTanhGelu(b, x)
                                    : buildActivation(b, "gelu", x))
DLC_ACTIVATION_NODE(LeakyReluNodeOp, buildLeakyRelu(b, x, getNegativeSlope()))
DLC_ACTIVATION_NODE(EluNodeOp, buildElu(b, x, getAlpha()))
DLC_ACTIVATION_NODE(CeluNodeOp, buildCelu(b, x, getAlpha()))
DLC_ACTIVATION_NODE(HardShrinkNodeOp, buildHardShrink(b, x, getThreshold()))
DLC_ACTIVATION_NODE(SoftShrinkNodeOp, buildSoftShrink(b, x, getThreshold()))
DLC_ACTIVATION_NODE(SquareplusNodeOp, buildSquareplus(b, x, getB()))
DLC_ACTIVATION_NODE(ThresholdNodeOp,
                    Formula(b).where(x, prim::Predicate::gt, getThreshold(), x,
                                     Formula(b).splat(x, getDefaultValue())))

//===-- Relu --------------------------------------------------------------===//

FailureOr<Type> ReluNodeOp::inferResult(std::optional<Location> loc,
                                        Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  if (!x.getElementType().isInteger(1))
    return Type(x);
  return emitLayerError<ReluNodeOp>(
      loc, node,
      "has a boolean operand but computes with numbers; cast it to float32");
}

Value ReluNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  if (isa<FloatType>(getType().getElementType()))
    return prim::ReluOp::create(b, getX());
  return Formula(b).max(getX(), 0);
}

//===-- Along axes --------------------------------------------------------===//

template <typename Node>
static FailureOr<Type> inferAlong(std::optional<Location> loc,
                                  typename Node::Adaptor node,
                                  ArrayRef<int64_t> axes) {
  if (failed(normalizeAxes<Node>(loc, node, axes, typeOf(node.getX()))))
    return failure();
  return inferFloat(node.getX());
}

template <typename Node>
static Value widen(ImplicitLocOpBuilder &b, Node node) {
  return convertTo(b, node.getX(), b.getF32Type());
}

template <typename Node> static int64_t dimOf(Node node) {
  return normalizeAxes({int64_t(node.getAxis())},
                       node.getX().getType().getRank())
      .front();
}

FailureOr<Type> SoftmaxNodeOp::inferResult(std::optional<Location> loc,
                                           Adaptor node) {
  return inferAlong<SoftmaxNodeOp>(loc, node, node.getAxis());
}

Value SoftmaxNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return buildSoftmax(b, widen(b, *this),
                      normalizeAxes(getAxis(), getX().getType().getRank()));
}

FailureOr<Type> LogSoftmaxNodeOp::inferResult(std::optional<Location> loc,
                                              Adaptor node) {
  return inferAlong<LogSoftmaxNodeOp>(loc, node, {int64_t(node.getAxis())});
}

Value LogSoftmaxNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return prim::LogSoftmaxOp::create(b, widen(b, *this), dimOf(*this));
}

FailureOr<Type> GluNodeOp::inferResult(std::optional<Location> loc,
                                       Adaptor node) {
  FailureOr<Type> type =
      inferAlong<GluNodeOp>(loc, node, {int64_t(node.getAxis())});
  if (failed(type))
    return failure();
  auto x = cast<RankedTensorType>(*type);
  int64_t dim = normalizeAxes({int64_t(node.getAxis())}, x.getRank()).front();
  SmallVector<int64_t> shape(x.getShape());
  if (shape[dim] % 2 != 0)
    return emitLayerError<GluNodeOp>(loc, node, "splits dimension ", dim,
                                     " of ", x,
                                     " in two but it is odd; make it even");
  shape[dim] /= 2;
  return Type(x.clone(shape));
}

Value GluNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return buildGlu(b, widen(b, *this), dimOf(*this));
}

FailureOr<Type> NormalizeNodeOp::inferResult(std::optional<Location> loc,
                                             Adaptor node) {
  if (node.getOrder() != 2)
    return emitLayerError<NormalizeNodeOp>(
        loc, node, "order is ", node.getOrder(),
        " but dlc knows the Euclidean length alone; take 2");
  return inferAlong<NormalizeNodeOp>(loc, node, node.getAxis());
}

// y = x min(1 / sqrt(sum x^2), 1 / epsilon)
Value NormalizeNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Formula f(b);
  Value x = widen(b, *this);
  SmallVector<int64_t> dims =
      normalizeAxes(getAxis(), getX().getType().getRank());
  Value sum = prim::ReduceSumOp::create(b, f.square(x), dims);
  Value inverse =
      f.min(f.apply<prim::RsqrtOp>(sum), 1 / getEpsilon().value_or(1e-7));
  return f.mul(x, prim::BroadcastOp::create(b, x.getType(), inverse, dims));
}
