// Elementwise functions of two tensors, with numpy's broadcasting.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/nodes/Elementwise.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

template <typename Node>
static FailureOr<Type> inferBinary(std::optional<Location> loc,
                                   typename Node::Adaptor node,
                                   bool alwaysFloat = false) {
  auto shape = inferElementwise<Node>(loc, node, {node.getX1(), node.getX2()});
  if (failed(shape))
    return failure();
  Type element = promoteElements(getElementTypeOrSelf(node.getX1()),
                                 getElementTypeOrSelf(node.getX2()));
  if (alwaysFloat)
    element = Float32Type::get(element.getContext());
  if (element.isInteger(1))
    return emitLayerError<Node>(
        loc, node,
        "has boolean operands but computes with numbers; cast them to float32");
  return Type(RankedTensorType::get(*shape, element));
}

template <typename Prim, typename Node>
static Value expandBinary(ImplicitLocOpBuilder &b, Node node) {
  return Prim::create(b, fitTo(b, node.getX1(), node.getType()),
                      fitTo(b, node.getX2(), node.getType()));
}

#define DLC_BINARY_NODE(Node, Prim, alwaysFloat)                               \
  FailureOr<Type> Node::inferResult(std::optional<Location> loc,               \
                                    Adaptor node) {                            \
    return inferBinary<Node>(loc, node, alwaysFloat);                          \
  }                                                                            \
  Value Node::expand(ImplicitLocOpBuilder &b, ExpandContext &) {               \
    return expandBinary<prim::Prim>(b, *this);                                 \
  }

DLC_BINARY_NODE(AddNodeOp, AddOp, false)
DLC_BINARY_NODE(SubtractNodeOp, SubOp, false)
DLC_BINARY_NODE(MultiplyNodeOp, MulOp, false)
DLC_BINARY_NODE(DivideNodeOp, DivOp, true)
DLC_BINARY_NODE(TrueDivideNodeOp, DivOp, true)
DLC_BINARY_NODE(MaximumNodeOp, MaxOp, false)
DLC_BINARY_NODE(MinimumNodeOp, MinOp, false)

//===-- Power -------------------------------------------------------------===//

FailureOr<Type> PowerNodeOp::inferResult(std::optional<Location> loc,
                                         Adaptor node) {
  FailureOr<Type> type = inferBinary<PowerNodeOp>(loc, node);
  if (succeeded(type) &&
      !isa<FloatType>(cast<RankedTensorType>(*type).getElementType()))
    return emitLayerError<PowerNodeOp>(
        loc, node,
        "has integer operands but dlc takes powers of floats; cast "
        "one of them to float32");
  return type;
}

/// The exponent if it is one small whole number.
static std::optional<int> findSmallExponent(Value x) {
  auto constant = x.getDefiningOp<prim::ConstantOp>();
  if (!constant)
    return std::nullopt;
  double value = toNumber(constant.getValue());
  if (value != std::floor(value) || value < 1 || value > 4)
    return std::nullopt;
  return int(value);
}

// A small whole exponent is repeated multiplication: exact for a negative base,
// and so is its gradient.
Value PowerNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  std::optional<int> exponent = findSmallExponent(getX2());
  if (!exponent)
    return expandBinary<prim::PowOp>(b, *this);
  Value x = fitTo(b, getX1(), getType());
  Value y = x;
  for (int i = 1; i < *exponent; ++i)
    y = prim::MulOp::create(b, y, x);
  return y;
}

//===-- Matmul ------------------------------------------------------------===//

namespace {

/// numpy's matmul: rows of x1 by columns of x2, side by side over dimensions
/// before these. A vector has no rows or no columns.
struct MatmulShape {
  SmallVector<int64_t> batch, result;
};

} // namespace

static ArrayRef<int64_t> stackDims(ArrayRef<int64_t> shape) {
  return shape.size() < 2 ? ArrayRef<int64_t>() : shape.drop_back(2);
}

static FailureOr<MatmulShape> matchMatmul(ArrayRef<int64_t> x1,
                                          ArrayRef<int64_t> x2) {
  if (x1.empty() || x2.empty())
    return failure();
  int64_t inner = x2.size() == 1 ? x2[0] : x2[x2.size() - 2];
  if (x1.back() != inner || ShapedType::isDynamic(inner))
    return failure();
  auto batch = broadcastShapes(stackDims(x1), stackDims(x2));
  if (failed(batch))
    return failure();
  MatmulShape shape{*batch, *batch};
  if (x1.size() > 1)
    shape.result.push_back(x1[x1.size() - 2]);
  if (x2.size() > 1)
    shape.result.push_back(x2.back());
  // The batch can only come first.
  for (int64_t size : ArrayRef(shape.result).drop_front(!shape.result.empty()))
    if (ShapedType::isDynamic(size))
      return failure();
  return shape;
}

FailureOr<Type> MatmulNodeOp::inferResult(std::optional<Location> loc,
                                          Adaptor node) {
  auto x1 = cast<RankedTensorType>(node.getX1().getType());
  auto x2 = cast<RankedTensorType>(node.getX2().getType());
  auto shape = matchMatmul(x1.getShape(), x2.getShape());
  if (failed(shape))
    return emitLayerError<MatmulNodeOp>(
        loc, node, "multiplies ", x1, " by ", x2,
        " but columns of the first have to match rows of the second, and the "
        "batch comes first; transpose one of them");
  return Type(
      RankedTensorType::get(shape->result, Float32Type::get(x1.getContext())));
}

/// x with its dimensions before the last two brought to `batch`.
static Value stack(ImplicitLocOpBuilder &b, Value x, ArrayRef<int64_t> batch) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(x.getType()).getShape();
  SmallVector<int64_t> target(batch);
  llvm::append_range(target, shape.take_back(2));
  return broadcastTo(b, x, target);
}

// y[s, i, j] = sum_k x1[s, i, k] x2[s, k, j], s over the stacked matrices.
// Where x2 is one matrix or a vector, s are more rows of x1.
Value MatmulNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Value x1 = convertTo(b, getX1(), b.getF32Type());
  Value x2 = convertTo(b, getX2(), b.getF32Type());
  auto rank = [](Value x) {
    return cast<RankedTensorType>(x.getType()).getRank();
  };
  using Dims = SmallVector<int64_t>;
  if (rank(x2) <= 2)
    return prim::DotOp::create(b, x1, x2, Dims{}, Dims{}, Dims{rank(x1) - 1},
                               Dims{0});
  if (rank(x1) == 1)
    return prim::DotOp::create(b, x2, x1, Dims{}, Dims{}, Dims{rank(x2) - 2},
                               Dims{0});
  Dims batch =
      matchMatmul(getX1().getType().getShape(), getX2().getType().getShape())
          ->batch;
  x1 = stack(b, x1, batch);
  x2 = stack(b, x2, batch);
  int64_t stacked = batch.size();
  Dims dims = llvm::to_vector(llvm::seq<int64_t>(0, stacked));
  return prim::DotOp::create(b, x1, x2, dims, dims, Dims{stacked + 1},
                             Dims{stacked});
}
