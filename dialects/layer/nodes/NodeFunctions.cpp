// Elementwise functions of one tensor.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/nodes/Dtype.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <numbers>

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

// low = floor(x), rest = x - low
// y = rest > 1/2, or rest = 1/2 and low is odd ? low + 1 : low,  at 10^decimals
// x
static Value buildRound(Formula &f, Value x, int64_t decimals) {
  const double scale = std::pow(10.0, double(decimals));
  if (decimals != 0)
    x = f.mul(x, scale);
  Value low = f.apply<prim::FloorOp>(x), high = f.add(low, 1);
  Value rest = f.sub(x, low);
  Value half = f.mul(low, 0.5);
  Value oddness = f.sub(half, f.apply<prim::FloorOp>(half)); // 0 or 1/2
  Value tie = f.where(oddness, prim::Predicate::gt, 0, high, low);
  Value y = f.where(rest, prim::Predicate::gt, 0.5, high,
                    f.where(rest, prim::Predicate::lt, 0.5, low, tie));
  return decimals == 0 ? y : f.div(y, scale);
}

//===-- Floats only -------------------------------------------------------===//

// Integers are promoted to f32, as in Keras.
#define DLC_FLOAT_NODE(Node, Prim)                                             \
  FailureOr<Type> Node::inferResult(std::optional<Location>, Adaptor node) {   \
    RankedTensorType x = typeOf(node.getX());                                  \
    return Type(x.clone(Float32Type::get(x.getContext())));                    \
  }                                                                            \
  Value Node::expand(ImplicitLocOpBuilder &b, ExpandContext &) {               \
    return prim::Prim::create(b, convertTo(b, getX(), b.getF32Type()));        \
  }

DLC_FLOAT_NODE(SqrtNodeOp, SqrtOp)
DLC_FLOAT_NODE(ExpNodeOp, ExpOp)
DLC_FLOAT_NODE(LogNodeOp, LogOp)
DLC_FLOAT_NODE(TanhNodeOp, TanhOp)
DLC_FLOAT_NODE(Log1pNodeOp, Log1pOp)
DLC_FLOAT_NODE(Expm1NodeOp, Expm1Op)
DLC_FLOAT_NODE(RsqrtNodeOp, RsqrtOp)
DLC_FLOAT_NODE(ErfNodeOp, ErfOp)
DLC_FLOAT_NODE(SinNodeOp, SinOp)
DLC_FLOAT_NODE(CosNodeOp, CosOp)
DLC_FLOAT_NODE(FloorNodeOp, FloorOp)

/// The same for a formula f(x).
#define DLC_FORMULA_NODE(Node, formula)                                        \
  FailureOr<Type> Node::inferResult(std::optional<Location>, Adaptor node) {   \
    RankedTensorType x = typeOf(node.getX());                                  \
    return Type(x.clone(Float32Type::get(x.getContext())));                    \
  }                                                                            \
  Value Node::expand(ImplicitLocOpBuilder &b, ExpandContext &) {               \
    Formula f(b);                                                              \
    Value x = convertTo(b, getX(), b.getF32Type());                            \
    return formula;                                                            \
  }

DLC_FORMULA_NODE(Log2NodeOp,
                 f.mul(f.apply<prim::LogOp>(x), std::numbers::log2e))
DLC_FORMULA_NODE(Log10NodeOp,
                 f.mul(f.apply<prim::LogOp>(x), std::numbers::log10e))
DLC_FORMULA_NODE(ReciprocalNodeOp, f.div(f.splat(x, 1), x))
DLC_FORMULA_NODE(TanNodeOp,
                 f.div(f.apply<prim::SinOp>(x), f.apply<prim::CosOp>(x)))
// -floor(-x)
DLC_FORMULA_NODE(CeilNodeOp, f.apply<prim::NegOp>(f.apply<prim::FloorOp>(
                                 f.apply<prim::NegOp>(x))))
DLC_FORMULA_NODE(RoundNodeOp, buildRound(f, x, getDecimals()))

//===-- Numbers -----------------------------------------------------------===//

template <typename Node>
static FailureOr<Type> inferNumber(std::optional<Location> loc,
                                   typename Node::Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  if (!x.getElementType().isInteger(1))
    return Type(x);
  return emitLayerError<Node>(
      loc, node,
      "has a boolean operand but computes with numbers; cast it to float32");
}

static bool isFloat(Value x) {
  return isa<FloatType>(typeOf(x).getElementType());
}

static Value zerosLike(ImplicitLocOpBuilder &b, Value x) {
  return prim::ConstantOp::create(b, x.getType(), 0.0);
}

FailureOr<Type> NegativeNodeOp::inferResult(std::optional<Location> loc,
                                            Adaptor node) {
  return inferNumber<NegativeNodeOp>(loc, node);
}

// 0 - x for integers, which have no negation.
Value NegativeNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  if (isFloat(getX()))
    return prim::NegOp::create(b, getX());
  return prim::SubOp::create(b, zerosLike(b, getX()), getX());
}

FailureOr<Type> AbsoluteNodeOp::inferResult(std::optional<Location> loc,
                                            Adaptor node) {
  return inferNumber<AbsoluteNodeOp>(loc, node);
}

Value AbsoluteNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  if (isFloat(getX()))
    return prim::AbsOp::create(b, getX());
  Value negative = prim::SubOp::create(b, zerosLike(b, getX()), getX());
  return prim::MaxOp::create(b, getX(), negative);
}

FailureOr<Type> SignNodeOp::inferResult(std::optional<Location> loc,
                                        Adaptor node) {
  return inferNumber<SignNodeOp>(loc, node);
}

Value SignNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Formula f(b);
  return isFloat(getX()) ? f.apply<prim::SignOp>(getX())
                         : f.max(f.min(getX(), 1), -1);
}

FailureOr<Type> SquareNodeOp::inferResult(std::optional<Location> loc,
                                          Adaptor node) {
  return inferNumber<SquareNodeOp>(loc, node);
}

Value SquareNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return prim::MulOp::create(b, getX(), getX());
}

//===-- Clip --------------------------------------------------------------===//

// Booleans are counted.
FailureOr<Type> ClipNodeOp::inferResult(std::optional<Location> loc,
                                        Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  if (isa<FloatType>(x.getElementType()))
    return Type(x);
  for (std::optional<double> limit : {node.getXMin(), node.getXMax()})
    if (limit && *limit != std::floor(*limit))
      return emitLayerError<ClipNodeOp>(
          loc, node, "limits whole numbers by ", formatNumber(*limit),
          " but dlc gives whole numbers then; cast them to float32 first");
  return Type(x.clone(IntegerType::get(x.getContext(), 32)));
}

// At the limits the gradient is halved, as in jnp.clip.
Value ClipNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Formula f(b);
  Value y = convertTo(b, getX(), getType().getElementType());
  if (auto low = getXMin())
    y = f.max(y, *low);
  if (auto high = getXMax())
    y = f.min(y, *high);
  return y;
}

//===-- OneHot ------------------------------------------------------------===//

FailureOr<Type> OneHotNodeOp::inferResult(std::optional<Location> loc,
                                          Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  int64_t rank = x.getRank() + 1, axis = node.getAxis();
  if (node.getNumClasses() < 1)
    return emitLayerError<OneHotNodeOp>(loc, node, "num_classes is ",
                                        node.getNumClasses(),
                                        " but must be at least 1; give the "
                                        "number of classes");
  if (node.getSparse())
    return emitLayerError<OneHotNodeOp>(
        loc, node,
        "sparse is true but dlc computes with dense tensors; leave it out");
  if (axis < -rank || axis >= rank || (axis + rank) % rank == 0)
    return emitLayerError<OneHotNodeOp>(
        loc, node, "axis is ", axis, " but its input is ", x,
        " and the batch stays first; choose one from 1 to ", rank - 1);
  FailureOr<Type> element =
      inferElement<OneHotNodeOp>(loc, node, Float32Type::get(x.getContext()));
  if (failed(element))
    return failure();
  SmallVector<int64_t> shape(x.getShape());
  shape.insert(shape.begin() + (axis + rank) % rank, node.getNumClasses());
  return Type(RankedTensorType::get(shape, *element));
}

// y[i..., c, j...] = x[i..., j...] == c
Value OneHotNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  RankedTensorType whole = getType().clone(b.getI32Type());
  int64_t dim = normalizeAxes({int64_t(getAxis())}, whole.getRank()).front();
  Value x = convertTo(b, getX(), b.getI32Type());
  Value own = prim::BroadcastOp::create(b, whole, x, ArrayRef<int64_t>{dim});
  Value isOwn = prim::CompareOp::create(b, prim::Predicate::eq, own,
                                        prim::IotaOp::create(b, whole, dim));
  return convertTo(b, isOwn, getType().getElementType());
}

//===-- Casts -------------------------------------------------------------===//

// As on JAX, whose int64 is int32 unless told otherwise.
Type dlc::layer::findElement(MLIRContext *context, StringRef dtype) {
  return llvm::StringSwitch<Type>(dtype)
      .Case("float32", Float32Type::get(context))
      .Case("bfloat16", BFloat16Type::get(context))
      .Case("float16", Float16Type::get(context))
      .Cases({"int32", "int64"}, IntegerType::get(context, 32))
      .Case("bool", IntegerType::get(context, 1))
      .Default(Type());
}

FailureOr<Type> CastNodeOp::inferResult(std::optional<Location> loc,
                                        Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  FailureOr<Type> element =
      inferElement<CastNodeOp>(loc, node, x.getElementType());
  if (failed(element))
    return failure();
  return Type(x.clone(*element));
}

Value CastNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return convertTo(b, getX(), getType().getElementType());
}
