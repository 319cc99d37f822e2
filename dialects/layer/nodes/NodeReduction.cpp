// Mean, Sum, Max, Any and All over some dimensions.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/reshaping/Resize.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

/// Null means all dimensions.
static SmallVector<int64_t> axesOr(std::optional<SmallVector<int64_t>> axis,
                                   int64_t rank) {
  return axis ? *axis : llvm::to_vector(llvm::seq<int64_t>(0, rank));
}

template <typename Node>
static FailureOr<Type> inferReduction(std::optional<Location> loc,
                                      typename Node::Adaptor node,
                                      Type element) {
  RankedTensorType x = typeOf(node.getX());
  auto dims =
      normalizeAxes<Node>(loc, node, axesOr(node.getAxis(), x.getRank()), x);
  if (failed(dims))
    return failure();
  SmallVector<int64_t> shape;
  for (int64_t i = 0; i < x.getRank(); ++i)
    if (!llvm::is_contained(*dims, i))
      shape.push_back(x.getDimSize(i));
    else if (node.getKeepdims())
      shape.push_back(1);
  return Type(RankedTensorType::get(shape, element));
}

template <typename Node> static SmallVector<int64_t> dimsOf(Node node) {
  int64_t rank = node.getX().getType().getRank();
  return normalizeAxes(axesOr(node.getAxis(), rank), rank);
}

/// x folded over the node's dims, under the node's shape.
template <typename Prim, typename Node>
static Value fold(ImplicitLocOpBuilder &b, Node node, Value x) {
  SmallVector<int64_t> dims = dimsOf(node);
  Value y = dims.empty() ? x : Prim::create(b, x, dims).getResult();
  return reshapeTo(b, y, node.getType().clone(typeOf(x).getElementType()));
}

//===-- Mean --------------------------------------------------------------===//

FailureOr<Type> MeanNodeOp::inferResult(std::optional<Location> loc,
                                        Adaptor node) {
  return inferReduction<MeanNodeOp>(loc, node,
                                    Float32Type::get(node.getX().getContext()));
}

Value MeanNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  double count = 1;
  for (int64_t dim : dimsOf(*this))
    count *= double(getX().getType().getDimSize(dim));
  Value sum =
      fold<prim::ReduceSumOp>(b, *this, convertTo(b, getX(), b.getF32Type()));
  return Formula(b).div(sum, count);
}

//===-- Sum ---------------------------------------------------------------===//

/// Booleans are counted.
static Type summedElement(RankedTensorType x) {
  Type element = x.getElementType();
  return element.isInteger(1) ? IntegerType::get(x.getContext(), 32) : element;
}

FailureOr<Type> SumNodeOp::inferResult(std::optional<Location> loc,
                                       Adaptor node) {
  return inferReduction<SumNodeOp>(loc, node,
                                   summedElement(typeOf(node.getX())));
}

Value SumNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return fold<prim::ReduceSumOp>(
      b, *this, convertTo(b, getX(), getType().getElementType()));
}

//===-- Max ---------------------------------------------------------------===//

FailureOr<Type> MaxNodeOp::inferResult(std::optional<Location> loc,
                                       Adaptor node) {
  Type element = typeOf(node.getX()).getElementType();
  if (element.isInteger(1))
    return emitLayerError<MaxNodeOp>(
        loc, node,
        "has a boolean operand but computes with numbers; cast it to int32");
  if (node.getInitial())
    return emitLayerError<MaxNodeOp>(
        loc, node, "initial is ", formatNumber(*node.getInitial()),
        " but dlc takes the maximum of the elements alone; leave it out and "
        "use op_maximum");
  return inferReduction<MaxNodeOp>(loc, node, element);
}

Value MaxNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return fold<prim::ReduceMaxOp>(b, *this, getX());
}

//===-- Any and All -------------------------------------------------------===//

// As the largest, or smallest, of 0 and 1.
#define DLC_TRUTH_NODE(Node, Prim)                                             \
  FailureOr<Type> Node::inferResult(std::optional<Location> loc,               \
                                    Adaptor node) {                            \
    MLIRContext *context = node.getX().getContext();                           \
    return inferReduction<Node>(loc, node, IntegerType::get(context, 1));      \
  }                                                                            \
  Value Node::expand(ImplicitLocOpBuilder &b, ExpandContext &) {               \
    Value isTrue = convertTo(b, getX(), b.getI1Type());                        \
    Value folded =                                                             \
        fold<prim::Prim>(b, *this, convertTo(b, isTrue, b.getI32Type()));      \
    return convertTo(b, folded, b.getI1Type());                                \
  }

DLC_TRUTH_NODE(AnyNodeOp, ReduceMaxOp)
DLC_TRUTH_NODE(AllNodeOp, ReduceMinOp)
