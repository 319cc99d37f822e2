// Elementwise functions of one tensor, and softmax.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/nodes/Dtype.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
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
DLC_FLOAT_NODE(SigmoidNodeOp, LogisticOp)

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

FailureOr<Type> SquareNodeOp::inferResult(std::optional<Location> loc,
                                          Adaptor node) {
  return inferNumber<SquareNodeOp>(loc, node);
}

Value SquareNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return prim::MulOp::create(b, getX(), getX());
}

FailureOr<Type> ReluNodeOp::inferResult(std::optional<Location> loc,
                                        Adaptor node) {
  return inferNumber<ReluNodeOp>(loc, node);
}

Value ReluNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  if (isFloat(getX()))
    return prim::ReluOp::create(b, getX());
  return prim::MaxOp::create(b, getX(), zerosLike(b, getX()));
}

//===-- Softmax and casts -------------------------------------------------===//

FailureOr<Type> SoftmaxNodeOp::inferResult(std::optional<Location> loc,
                                           Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  if (failed(normalizeAxes<SoftmaxNodeOp>(loc, node, node.getAxis(), x)))
    return failure();
  return Type(x.clone(Float32Type::get(x.getContext())));
}

Value SoftmaxNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return buildSoftmax(b, convertTo(b, getX(), b.getF32Type()),
                      normalizeAxes(getAxis(), getX().getType().getRank()));
}

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
