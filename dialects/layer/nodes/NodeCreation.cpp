// OnesLike, ZerosLike and Cumsum.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/nodes/Dtype.h"
#include "dialects/prim/Build.h"
#include "dialects/prim/Gradient.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

//===-- One number everywhere ---------------------------------------------===//

#define DLC_SPLAT_NODE(Node, value)                                            \
  FailureOr<Type> Node::inferResult(std::optional<Location> loc,               \
                                    Adaptor node) {                            \
    RankedTensorType x = typeOf(node.getX());                                  \
    FailureOr<Type> element =                                                  \
        inferElement<Node>(loc, node, x.getElementType());                     \
    if (failed(element))                                                       \
      return failure();                                                        \
    return Type(x.clone(*element));                                            \
  }                                                                            \
  Value Node::expand(ImplicitLocOpBuilder &b, ExpandContext &) {               \
    return prim::ConstantOp::create(b, getType(), value);                      \
  }

DLC_SPLAT_NODE(OnesLikeNodeOp, 1.0)
DLC_SPLAT_NODE(ZerosLikeNodeOp, 0.0)

//===-- Cumsum ------------------------------------------------------------===//

/// Booleans are counted.
static Type summedElement(RankedTensorType x) {
  Type element = x.getElementType();
  return element.isInteger(1) ? IntegerType::get(x.getContext(), 32) : element;
}

FailureOr<Type> CumsumNodeOp::inferResult(std::optional<Location> loc,
                                          Adaptor node) {
  RankedTensorType x = typeOf(node.getX());
  std::optional<int64_t> axis = node.getAxis();
  if (!axis)
    return emitLayerError<CumsumNodeOp>(
        loc, node, "axis is null, which sums over all of ", x,
        " but samples are independent; choose a dimension beside the batch");
  if (failed(normalizeAxes<CumsumNodeOp>(loc, node, {*axis}, x)))
    return failure();
  FailureOr<Type> element =
      inferElement<CumsumNodeOp>(loc, node, summedElement(x));
  if (failed(element))
    return failure();
  if (element->isInteger(1))
    return emitLayerError<CumsumNodeOp>(
        loc, node, "sums booleans but computes with numbers; take int32");
  return Type(x.clone(*element));
}

// y[..., i, ...] = sum_j (j <= i ? x[..., j, ...] : 0)
//
// A sum over a triangle, which fuses and has a gradient. That of one number, as
// positions are made by cumsum(ones_like(x)), is a multiple of the position.
Value CumsumNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  RankedTensorType type = getType();
  int64_t dim = normalizeAxes({*getAxis()}, type.getRank()).front();
  Value x = convertTo(b, getX(), type.getElementType());
  auto positions = [&](RankedTensorType like, int64_t dim) -> Value {
    return prim::IotaOp::create(b, like.clone(b.getI32Type()), dim);
  };
  if (std::optional<double> number = prim::getSplat(getX())) {
    RankedTensorType counted = type.clone(b.getI32Type());
    Value count = prim::AddOp::create(b, positions(type, dim),
                                      prim::buildSplat(b, counted, 1));
    return prim::MulOp::create(b, convertTo(b, count, type.getElementType()),
                               prim::buildSplat(b, type, *number));
  }
  // [..., i, j, ...]
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin() + dim, type.getDimSize(dim));
  RankedTensorType square = type.clone(shape);
  Value spread =
      prim::BroadcastOp::create(b, square, x, ArrayRef<int64_t>{dim});
  Value reached = prim::CompareOp::create(b, prim::Predicate::le,
                                          positions(square, dim + 1),
                                          positions(square, dim));
  Value kept = prim::SelectOp::create(b, reached, spread,
                                      prim::buildSplat(b, square, 0));
  return prim::ReduceSumOp::create(b, kept, ArrayRef<int64_t>{dim + 1});
}
