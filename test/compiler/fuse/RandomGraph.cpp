// Random functions of prims: every op takes earlier values, so that values are
// shared, read behind several roots and returned in all the ways there are.
#include "test/compiler/fuse/RandomGraph.h"
#include "dialects/prim/Build.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;

namespace dlc::test {
namespace {

constexpr int64_t batch = ShapedType::kDynamic;

class Grower {
public:
  Grower(func::FuncOp function, unsigned seed)
      : random(seed), b(function.getLoc(), function.getContext()) {
    Block *block = function.addEntryBlock();
    b.setInsertionPointToEnd(block);
    llvm::append_range(values, block->getArguments());
    weight = block->getArguments().back();
  }

  void grow() {
    Value value;
    switch (draw(9)) {
    case 0:
    case 1:
      value = buildUnary(pick());
      break;
    case 2:
    case 3:
      value = buildBinary(pick());
      break;
    case 4:
      value = buildReduction(pick());
      break;
    case 5:
      value = buildBroadcast(pick());
      break;
    case 6:
      value = buildMovement(pick());
      break;
    case 7:
      value = buildCreation(pick());
      break;
    case 8:
      value = buildDense(pick());
      break;
    }
    if (value)
      values.push_back(value);
  }

  SmallVector<Value> pickResults() {
    SmallVector<Value> results{values.back()};
    for (unsigned i = draw(4); i > 0; --i)
      results.push_back(pick());
    return results;
  }

  ImplicitLocOpBuilder &builder() { return b; }

private:
  unsigned draw(unsigned limit) { return random() % limit; }

  // Recent values more often, so that chains grow.
  Value pick() {
    size_t reach = draw(2) ? std::min<size_t>(values.size(), 4) : values.size();
    return values[values.size() - 1 - draw(reach)];
  }

  static RankedTensorType typeOf(Value value) {
    return cast<RankedTensorType>(value.getType());
  }

  Value buildUnary(Value x) {
    switch (draw(5)) {
    case 0:
      return prim::ReluOp::create(b, x);
    case 1:
      return prim::NegOp::create(b, x);
    case 2:
      return prim::LogisticOp::create(b, x);
    default:
      return prim::TanhOp::create(b, x);
    }
  }

  Value buildBinary(Value x) {
    SmallVector<Value> partners;
    for (Value value : values)
      if (value.getType() == x.getType())
        partners.push_back(value);
    Value y = partners[draw(partners.size())];
    switch (draw(4)) {
    case 0:
      return prim::AddOp::create(b, x, y);
    case 1:
      return prim::MulOp::create(b, x, y);
    case 2:
      return prim::MaxOp::create(b, x, y);
    default:
      Value less = prim::CompareOp::create(b, prim::Predicate::lt, x, y);
      return prim::SelectOp::create(b, less, x, prim::SubOp::create(b, x, y));
    }
  }

  // Kept small, so that no chain of sums and products overflows.
  Value buildReduction(Value x) {
    SmallVector<int64_t> dims;
    for (int64_t dim = 0; dim < typeOf(x).getRank(); ++dim)
      if (draw(2))
        dims.push_back(dim);
    if (dims.empty())
      return Value();
    if (draw(3) == 0)
      return prim::ReduceMaxOp::create(b, x, dims);
    return prim::TanhOp::create(b, prim::ReduceSumOp::create(b, x, dims));
  }

  // The batch stays the first dim.
  Value buildBroadcast(Value x) {
    SmallVector<int64_t> shape(typeOf(x).getShape());
    if (shape.size() >= 3)
      return Value();
    bool hasBatch = !shape.empty() && shape[0] == batch;
    int64_t dim = hasBatch ? 1 + draw(shape.size()) : draw(shape.size() + 1);
    int64_t size = dim == 0 && draw(2) ? batch : int64_t(2 + draw(3));
    shape.insert(shape.begin() + dim, size);
    return prim::BroadcastOp::create(
        b, RankedTensorType::get(shape, b.getF32Type()), x,
        ArrayRef<int64_t>(dim));
  }

  Value buildMovement(Value x) {
    ArrayRef<int64_t> shape = typeOf(x).getShape();
    int64_t rank = shape.size(), first = rank && shape[0] == batch ? 1 : 0;
    if (rank - first < 1)
      return Value();
    switch (draw(3)) {
    case 0: {
      if (rank - first < 2)
        return Value();
      auto order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
      std::swap(order[first], order[rank - 1]);
      return prim::TransposeOp::create(b, x, order);
    }
    case 1: {
      SmallVector<int64_t> starts(rank, 0), sizes(shape), strides(rank, 1);
      if (first)
        sizes[0] = -1;
      starts[rank - 1] = draw(shape[rank - 1]);
      strides[rank - 1] = 1 + draw(2);
      sizes[rank - 1] =
          1 + (shape[rank - 1] - 1 - starts[rank - 1]) / strides[rank - 1];
      return prim::SliceOp::create(b, x, starts, sizes, strides);
    }
    default: {
      int64_t elements = 1;
      for (int64_t size : shape.drop_front(first))
        elements *= size;
      SmallVector<int64_t> flat;
      if (first)
        flat.push_back(batch);
      flat.push_back(elements);
      return prim::ReshapeOp::create(
          b, RankedTensorType::get(flat, b.getF32Type()), x);
    }
    }
  }

  Value buildCreation(Value like) {
    RankedTensorType type = typeOf(like);
    switch (draw(4)) {
    case 0:
      return prim::buildSplat(b, type, 0.25 * draw(8) - 1);
    case 1: {
      if (type.getRank() == 0)
        return Value();
      Value position = prim::IotaOp::create(b, type.clone(b.getI32Type()),
                                            draw(type.getRank()));
      return prim::TanhOp::create(b,
                                  prim::ConvertOp::create(b, type, position));
    }
    case 2:
      return prim::TanhOp::create(b, prim::BatchSizeOp::create(b));
    default: {
      auto scalar = RankedTensorType::get({}, b.getI32Type());
      Value seed = prim::ConstantOp::create(b, scalar, draw(100));
      Value step = prim::ConstantOp::create(b, scalar, draw(100));
      return prim::RandomUniformOp::create(b, type, seed, step, draw(10));
    }
    }
  }

  // x w + bias, perhaps with a relu, perhaps used before.
  Value buildDense(Value x) {
    RankedTensorType type = typeOf(x);
    if (type.getRank() != 2 || type.getDimSize(1) != 4)
      return Value();
    Value y = prim::DotOp::create(b, x, weight, ArrayRef<int64_t>{},
                                  ArrayRef<int64_t>{}, ArrayRef<int64_t>{1},
                                  ArrayRef<int64_t>{0});
    if (draw(3) == 0)
      values.push_back(y);
    for (Value bias : values)
      if (typeOf(bias).getShape() == ArrayRef<int64_t>{4}) {
        y = prim::AddOp::create(
            b, y,
            prim::BroadcastOp::create(b, y.getType(), bias,
                                      ArrayRef<int64_t>{0}));
        break;
      }
    return draw(2) ? prim::ReluOp::create(b, y).getResult()
                   : prim::TanhOp::create(b, y).getResult();
  }

  std::mt19937 random;
  ImplicitLocOpBuilder b;
  SmallVector<Value> values;
  Value weight;
};

} // namespace

OwningOpRef<ModuleOp> buildRandomGraph(MLIRContext &context, unsigned seed,
                                       unsigned size) {
  Location loc = UnknownLoc::get(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder top = OpBuilder::atBlockEnd(module->getBody());
  SmallVector<Type> inputs;
  const SmallVector<SmallVector<int64_t>> shapes = {
      {batch, 4}, {batch, 3, 4}, {4}, {}, {4, 4}};
  for (ArrayRef<int64_t> shape : shapes)
    inputs.push_back(RankedTensorType::get(shape, top.getF32Type()));
  auto function =
      func::FuncOp::create(top, loc, "f", top.getFunctionType(inputs, {}));

  Grower grower(function, seed);
  for (unsigned i = 0; i < size; ++i)
    grower.grow();
  SmallVector<Value> results = grower.pickResults();
  func::ReturnOp::create(grower.builder(), results);
  function.setType(top.getFunctionType(inputs, TypeRange(ValueRange(results))));
  return module;
}

} // namespace dlc::test
