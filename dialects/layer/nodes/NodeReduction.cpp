// Mean, Sum, Max, Min, Any, All and the like over some dimensions.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/reshaping/Resize.h"

#include <cmath>

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

template <typename Node>
static FailureOr<Type> inferFloat(std::optional<Location> loc,
                                  typename Node::Adaptor node) {
  return inferReduction<Node>(loc, node,
                              Float32Type::get(node.getX().getContext()));
}

template <typename Node>
static Value widen(ImplicitLocOpBuilder &b, Node node) {
  return convertTo(b, node.getX(), b.getF32Type());
}

/// How many elements become one.
template <typename Node> static double countFolded(Node node) {
  double count = 1;
  for (int64_t dim : dimsOf(node))
    count *= double(node.getX().getType().getDimSize(dim));
  return count;
}

FailureOr<Type> MeanNodeOp::inferResult(std::optional<Location> loc,
                                        Adaptor node) {
  return inferFloat<MeanNodeOp>(loc, node);
}

Value MeanNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Value sum = fold<prim::ReduceSumOp>(b, *this, widen(b, *this));
  return Formula(b).div(sum, countFolded(*this));
}

//===-- Var and Std -------------------------------------------------------===//

// y = sum (x - mean)^2 / count
template <typename Node>
static Value buildVariance(ImplicitLocOpBuilder &b, Node node) {
  Formula f(b);
  Value x = widen(b, node);
  SmallVector<int64_t> dims = dimsOf(node);
  if (dims.empty())
    return f.splat(x, 0);
  double count = countFolded(node);
  Value mean = f.div(prim::ReduceSumOp::create(b, x, dims), count);
  Value squares = prim::SquaredDeviationsOp::create(b, x, mean, dims);
  return reshapeTo(b, f.div(squares, count),
                   node.getType().clone(b.getF32Type()));
}

FailureOr<Type> VarNodeOp::inferResult(std::optional<Location> loc,
                                       Adaptor node) {
  return inferFloat<VarNodeOp>(loc, node);
}

Value VarNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return buildVariance(b, *this);
}

FailureOr<Type> StdNodeOp::inferResult(std::optional<Location> loc,
                                       Adaptor node) {
  return inferFloat<StdNodeOp>(loc, node);
}

Value StdNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return prim::SqrtOp::create(b, buildVariance(b, *this));
}

//===-- Logsumexp and Norm ------------------------------------------------===//

FailureOr<Type> LogsumexpNodeOp::inferResult(std::optional<Location> loc,
                                             Adaptor node) {
  return inferFloat<LogsumexpNodeOp>(loc, node);
}

// y = top + log sum e^(x - top), top = max x, or 0 where that is infinite: of
// a row that a mask has made -inf the sum is 0, and its logarithm what it was.
Value LogsumexpNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Formula f(b);
  Value x = widen(b, *this);
  SmallVector<int64_t> dims = dimsOf(*this);
  if (dims.empty())
    return x;
  Value top = prim::ReduceMaxOp::create(b, x, dims);
  Value none = f.splat(top, 0);
  for (double infinity : {INFINITY, -INFINITY})
    top = f.where(top, prim::Predicate::eq, infinity, none, top);
  Value shifted =
      f.sub(x, prim::BroadcastOp::create(b, x.getType(), top, dims));
  Value sum = prim::ReduceSumOp::create(b, f.apply<prim::ExpOp>(shifted), dims);
  return reshapeTo(b, f.add(top, f.apply<prim::LogOp>(sum)),
                   getType().clone(b.getF32Type()));
}

FailureOr<Type> NormNodeOp::inferResult(std::optional<Location> loc,
                                        Adaptor node) {
  if (node.getOrd().value_or(2) != 2 ||
      (node.getOrd() && node.getAxis() && node.getAxis()->size() != 1))
    return emitLayerError<NormNodeOp>(
        loc, node, "ord is ", formatNumber(*node.getOrd()),
        " but dlc knows the Euclidean length alone; leave it out");
  return inferFloat<NormNodeOp>(loc, node);
}

Value NormNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Formula f(b);
  Value squares = f.square(widen(b, *this));
  return f.apply<prim::SqrtOp>(fold<prim::ReduceSumOp>(b, *this, squares));
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

//===-- Max and Min -------------------------------------------------------===//

template <typename Node>
static FailureOr<Type> inferExtreme(std::optional<Location> loc,
                                    typename Node::Adaptor node) {
  Type element = typeOf(node.getX()).getElementType();
  if (element.isInteger(1))
    return emitLayerError<Node>(
        loc, node,
        "has a boolean operand but computes with numbers; cast it to int32");
  if (node.getInitial())
    return emitLayerError<Node>(
        loc, node, "initial is ", formatNumber(*node.getInitial()),
        " but dlc compares the elements alone; leave it out and use "
        "op_maximum or op_minimum");
  return inferReduction<Node>(loc, node, element);
}

#define DLC_EXTREME_NODE(Node, Prim)                                           \
  FailureOr<Type> Node::inferResult(std::optional<Location> loc,               \
                                    Adaptor node) {                            \
    return inferExtreme<Node>(loc, node);                                      \
  }                                                                            \
  Value Node::expand(ImplicitLocOpBuilder &b, ExpandContext &) {               \
    return fold<prim::Prim>(b, *this, getX());                                 \
  }

DLC_EXTREME_NODE(MaxNodeOp, ReduceMaxOp)
DLC_EXTREME_NODE(MinNodeOp, ReduceMinOp)

//===-- Argmax and Argmin -------------------------------------------------===//

template <typename Node>
static FailureOr<Type> inferPlace(std::optional<Location> loc,
                                  typename Node::Adaptor node) {
  if (node.getAxis() && node.getAxis()->size() != 1)
    return emitLayerError<Node>(loc, node, "has ", node.getAxis()->size(),
                                " axes but counts places along one; give it "
                                "one");
  return inferReduction<Node>(loc, node,
                              IntegerType::get(node.getX().getContext(), 32));
}

// The first place where the extreme stands, or a NaN: the least of those.
//   y[k] = min_i (x[k, i] = extreme[k] or x[k, i] != x[k, i] ? i : size)
template <typename Prim, typename Node>
static Value findPlace(ImplicitLocOpBuilder &b, Node node) {
  Value x = node.getX();
  if (typeOf(x).getElementType().isInteger(1))
    x = convertTo(b, x, b.getI32Type());
  RankedTensorType type = typeOf(x), places = type.clone(b.getI32Type());
  SmallVector<int64_t> dims = dimsOf(node);
  Value extreme =
      prim::BroadcastOp::create(b, type, Prim::create(b, x, dims), dims);
  Value isThere = prim::CompareOp::create(b, prim::Predicate::eq, x, extreme);
  Value place = prim::IotaOp::create(b, places, dims.front());
  Value nowhere = prim::ConstantOp::create(
      b, places, double(type.getDimSize(dims.front())));
  Value found = prim::SelectOp::create(b, isThere, place, nowhere);
  if (isa<FloatType>(type.getElementType())) {
    Value isNaN = prim::CompareOp::create(b, prim::Predicate::ne, x, x);
    found = prim::SelectOp::create(b, isNaN, place, found);
  }
  return fold<prim::ReduceMinOp>(b, node, found);
}

#define DLC_PLACE_NODE(Node, Prim)                                             \
  FailureOr<Type> Node::inferResult(std::optional<Location> loc,               \
                                    Adaptor node) {                            \
    return inferPlace<Node>(loc, node);                                        \
  }                                                                            \
  Value Node::expand(ImplicitLocOpBuilder &b, ExpandContext &) {               \
    return findPlace<prim::Prim>(b, *this);                                    \
  }

DLC_PLACE_NODE(ArgmaxNodeOp, ReduceMaxOp)
DLC_PLACE_NODE(ArgminNodeOp, ReduceMinOp)

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
