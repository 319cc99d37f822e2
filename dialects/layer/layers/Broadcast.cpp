// numpy's broadcasting and Keras' promotion of element types.
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;

FailureOr<SmallVector<int64_t>> layer::broadcastShapes(ArrayRef<int64_t> a,
                                                       ArrayRef<int64_t> b) {
  size_t rank = std::max(a.size(), b.size());
  SmallVector<int64_t> shape;
  for (size_t i = 0; i < rank; ++i) {
    auto size = [&](ArrayRef<int64_t> of) {
      size_t missing = rank - of.size();
      return i < missing ? 1 : of[i - missing];
    };
    int64_t sizeA = size(a), sizeB = size(b);
    if (sizeA != sizeB && sizeA != 1 && sizeB != 1)
      return failure();
    shape.push_back(sizeA == 1 ? sizeB : sizeA);
    if (i > 0 && ShapedType::isDynamic(shape.back()))
      return failure();
  }
  return shape;
}

Type layer::promoteElements(Type a, Type b) {
  for (Type type : {a, b})
    if (type.isF32())
      return type;
  for (Type type : {a, b})
    if (isa<FloatType>(type))
      return type;
  for (Type type : {a, b})
    if (type.isInteger(32))
      return type;
  return a;
}

Value layer::convertTo(ImplicitLocOpBuilder &b, Value x, Type element) {
  auto type = cast<RankedTensorType>(x.getType());
  if (type.getElementType() == element)
    return x;
  if (element.isInteger(1))
    return prim::CompareOp::create(b, prim::Predicate::ne, x,
                                   prim::ConstantOp::create(b, type, 0.0));
  return prim::ConvertOp::create(b, type.clone(element), x);
}

// A size-1 dimension that grows is dropped, then repeated:
// [n, 1, 3] -> [n, 3] -> [n, 4, 3]
Value layer::broadcastTo(ImplicitLocOpBuilder &b, Value x,
                         ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(x.getType());
  if (type.getShape() == shape)
    return x;
  int64_t missing = shape.size() - type.getRank();
  SmallVector<int64_t> kept, dims;
  for (auto [i, size] : llvm::enumerate(shape)) {
    int64_t own = int64_t(i) < missing ? 1 : type.getDimSize(i - missing);
    if (int64_t(i) >= missing && own == size)
      kept.push_back(own);
    else
      dims.push_back(i);
  }
  if (int64_t(kept.size()) != type.getRank())
    x = prim::ReshapeOp::create(b, type.clone(kept), x);
  if (dims.empty())
    return x;
  return prim::BroadcastOp::create(b, type.clone(shape), x, dims);
}

Value layer::fitTo(ImplicitLocOpBuilder &b, Value x, RankedTensorType type) {
  return broadcastTo(b, convertTo(b, x, type.getElementType()),
                     type.getShape());
}

Value layer::spreadMask(ImplicitLocOpBuilder &b, Value mask,
                        ArrayRef<int64_t> shape) {
  mask = broadcastTo(b, mask, shape.drop_back());
  auto type = cast<RankedTensorType>(mask.getType());
  return prim::BroadcastOp::create(b, type.clone(shape), mask,
                                   ArrayRef<int64_t>{type.getRank()});
}

Value layer::broadcastAlong(ImplicitLocOpBuilder &b, Value v,
                            RankedTensorType like, int64_t dim) {
  SmallVector<int64_t> others;
  for (int64_t i = 0; i < like.getRank(); ++i)
    if (i != dim)
      others.push_back(i);
  if (others.empty())
    return v;
  Type element = cast<RankedTensorType>(v.getType()).getElementType();
  return prim::BroadcastOp::create(b, like.clone(element), v, others);
}
