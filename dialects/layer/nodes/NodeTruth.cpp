// Comparisons, logic, and Where: what masks are made of.
#include "dialects/layer/nodes/Elementwise.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static Type elementOf(Value x) { return getElementTypeOrSelf(x.getType()); }

template <typename Node>
static FailureOr<Type> inferTruth(std::optional<Location> loc,
                                  typename Node::Adaptor node) {
  auto shape = inferElementwise<Node>(loc, node, {node.getX1(), node.getX2()});
  if (failed(shape))
    return failure();
  return Type(RankedTensorType::get(
      *shape, IntegerType::get(node.getX1().getContext(), 1)));
}

//===-- Comparisons -------------------------------------------------------===//

/// Booleans compare as 0 and 1.
template <typename Node>
static Value compare(ImplicitLocOpBuilder &b, Node node,
                     prim::Predicate predicate) {
  Type element =
      promoteElements(elementOf(node.getX1()), elementOf(node.getX2()));
  if (element.isInteger(1))
    element = b.getI32Type();
  RankedTensorType type = node.getType().clone(element);
  return prim::CompareOp::create(b, predicate, fitTo(b, node.getX1(), type),
                                 fitTo(b, node.getX2(), type));
}

#define DLC_COMPARE_NODE(Node, predicate)                                      \
  FailureOr<Type> Node::inferResult(std::optional<Location> loc,               \
                                    Adaptor node) {                            \
    return inferTruth<Node>(loc, node);                                        \
  }                                                                            \
  Value Node::expand(ImplicitLocOpBuilder &b, ExpandContext &) {               \
    return compare(b, *this, prim::Predicate::predicate);                      \
  }

DLC_COMPARE_NODE(EqualNodeOp, eq)
DLC_COMPARE_NODE(NotEqualNodeOp, ne)
DLC_COMPARE_NODE(LessNodeOp, lt)
DLC_COMPARE_NODE(LessEqualNodeOp, le)
DLC_COMPARE_NODE(GreaterNodeOp, gt)
DLC_COMPARE_NODE(GreaterEqualNodeOp, ge)

//===-- Logic -------------------------------------------------------------===//

// Numbers are true where they are not 0.
#define DLC_LOGIC_NODE(Node, Prim)                                             \
  FailureOr<Type> Node::inferResult(std::optional<Location> loc,               \
                                    Adaptor node) {                            \
    return inferTruth<Node>(loc, node);                                        \
  }                                                                            \
  Value Node::expand(ImplicitLocOpBuilder &b, ExpandContext &) {               \
    return prim::Prim::create(b, fitTo(b, getX1(), getType()),                 \
                              fitTo(b, getX2(), getType()));                   \
  }

DLC_LOGIC_NODE(LogicalAndNodeOp, AndOp)
DLC_LOGIC_NODE(LogicalOrNodeOp, OrOp)

FailureOr<Type> LogicalNotNodeOp::inferResult(std::optional<Location>,
                                              Adaptor node) {
  auto x = cast<RankedTensorType>(node.getX().getType());
  return Type(x.clone(IntegerType::get(x.getContext(), 1)));
}

Value LogicalNotNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return prim::NotOp::create(b, convertTo(b, getX(), b.getI1Type()));
}

//===-- Where -------------------------------------------------------------===//

FailureOr<Type> WhereNodeOp::inferResult(std::optional<Location> loc,
                                         Adaptor node) {
  auto shape = inferElementwise<WhereNodeOp>(
      loc, node, {node.getCondition(), node.getX1(), node.getX2()});
  if (failed(shape))
    return failure();
  return Type(
      RankedTensorType::get(*shape, promoteElements(elementOf(node.getX1()),
                                                    elementOf(node.getX2()))));
}

// y = condition ? x1 : x2
Value WhereNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Value condition = fitTo(b, getCondition(), getType().clone(b.getI1Type()));
  return prim::SelectOp::create(b, condition, fitTo(b, getX1(), getType()),
                                fitTo(b, getX2(), getType()));
}
