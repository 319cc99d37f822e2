// A plain interpreter of prim: the oracle for gradients and for fused kernels.
#include "test/dialects/prim/evaluate/Evaluate.h"
#include "dialects/prim/Prim.h"
#include "mlir/IR/IRMapping.h"
#include "test/dialects/prim/evaluate/Attention.h"
#include "test/dialects/prim/evaluate/Library.h"

using namespace mlir;
using namespace dlc;

namespace dlc::test {

std::vector<int64_t> getShape(Type type, int64_t n) {
  std::vector<int64_t> shape;
  for (int64_t size : cast<RankedTensorType>(type).getShape())
    shape.push_back(ShapedType::isDynamic(size) ? n : size);
  return shape;
}

namespace {

// The scalar body of a loop nest: its arguments are an element of each operand,
// the position in each dimension, and the size of the batch.
class ScalarBody : prim::LoopScope {
public:
  ScalarBody(prim::LoopOpInterface op, unsigned rank) {
    ImplicitLocOpBuilder b(op.getLoc(), op->getContext());
    SmallVector<Value> elements;
    for (Type type : op->getOperandTypes())
      elements.push_back(
          block.addArgument(getElementTypeOrSelf(type), op.getLoc()));
    for (unsigned dim = 0; dim < rank; ++dim)
      block.addArgument(b.getI32Type(), op.getLoc());
    block.addArgument(b.getF32Type(), op.getLoc());
    firstIndex = elements.size();
    b.setInsertionPointToEnd(&block);
    result = op.buildScalar(b, elements, *this);
  }

  Value index(unsigned dim) override {
    return block.getArgument(firstIndex + dim);
  }

  Value batchSize() override { return block.getArguments().back(); }

  FailureOr<Scalar> run(ArrayRef<Scalar> arguments, Precision precision) {
    DenseMap<Value, Scalar> values;
    for (auto [argument, value] :
         llvm::zip_equal(block.getArguments(), arguments))
      values[argument] = value;
    for (Operation &op : block) {
      SmallVector<Scalar> operands;
      for (Value operand : op.getOperands())
        operands.push_back(values.lookup(operand));
      FailureOr<Scalar> value = evaluateScalar(&op, operands, precision);
      if (failed(value))
        return failure();
      values[op.getResult(0)] = *value;
    }
    return values.lookup(result);
  }

private:
  Block block;
  unsigned firstIndex;
  Value result;
};

struct Evaluator {
  Evaluator(int64_t n, Precision precision) : n(n), precision(precision) {}

  int64_t n;
  Precision precision;
  DenseMap<Value, Array> values;

  FailureOr<Array> runLoops(prim::LoopOpInterface op, ArrayRef<Array> x);
  FailureOr<Array> runComposite(prim::CompositeOpInterface op,
                                ArrayRef<Array> x);
  LogicalResult run(Operation *op);
  void setResults(Operation *op, std::vector<Array> results);
};

} // namespace

FailureOr<Array> Evaluator::runLoops(prim::LoopOpInterface op,
                                     ArrayRef<Array> x) {
  Type type = op->getResult(0).getType();
  Array y{getShape(type, n), {}};
  std::optional<arith::AtomicRMWKind> combiner = op.getCombiner();
  Scalar initial = combiner ? getIdentity(*combiner) : Scalar();
  std::vector<Scalar> folded(count(y.shape), initial);

  SmallVector<int64_t> reduced = op.getReducedDims();
  std::vector<int64_t> space;
  for (int64_t size : op.getSpace())
    space.push_back(ShapedType::isDynamic(size) ? n : size);
  SmallVector<AffineMap> maps;
  for (unsigned i = 0; i < x.size(); ++i)
    maps.push_back(op.getOperandMap(i));

  ScalarBody body(op, space.size());
  std::vector<int64_t> point(space.size(), 0);
  bool more = count(space) > 0;
  for (; more; more = advancePosition(space, point)) {
    SmallVector<Scalar> arguments;
    for (auto [map, array, operand] :
         llvm::zip_equal(maps, x, op->getOperandTypes())) {
      double element = array.data[getOffset(array.shape, map.compose(point))];
      arguments.push_back(toScalar(element, getElementTypeOrSelf(operand)));
    }
    for (int64_t position : point)
      arguments.push_back({0, position});
    arguments.push_back({static_cast<double>(n), 0});
    FailureOr<Scalar> value = body.run(arguments, precision);
    if (failed(value))
      return failure();

    std::vector<int64_t> kept;
    for (auto [dim, position] : llvm::enumerate(point))
      if (!llvm::is_contained(reduced, static_cast<int64_t>(dim)))
        kept.push_back(position);
    Scalar &target = folded[getOffset(y.shape, kept)];
    target = combiner ? combine(*combiner, target, *value) : *value;
  }
  for (Scalar value : folded)
    y.data.push_back(toElement(value, getElementTypeOrSelf(type)));
  return y;
}

// Decomposes a copy of the op, away from the function.
FailureOr<Array> Evaluator::runComposite(prim::CompositeOpInterface op,
                                         ArrayRef<Array> x) {
  Block block;
  IRMapping mapping;
  Evaluator inner(n, precision);
  for (auto [operand, array] : llvm::zip_equal(op->getOperands(), x)) {
    Value argument = block.addArgument(operand.getType(), op.getLoc());
    mapping.map(operand, argument);
    inner.values[argument] = array;
  }
  ImplicitLocOpBuilder b(op.getLoc(), op->getContext());
  b.setInsertionPointToEnd(&block);
  auto copy = cast<prim::CompositeOpInterface>(b.clone(*op, mapping));
  b.setInsertionPoint(copy);
  Value result = copy.decompose(b);
  for (Operation &step : block) {
    if (&step == copy)
      break;
    if (failed(inner.run(&step)))
      return failure();
  }
  return inner.values.lookup(result);
}

LogicalResult Evaluator::run(Operation *op) {
  SmallVector<Array> operands;
  for (Value operand : op->getOperands())
    operands.push_back(values.lookup(operand));

  if (auto attention = dyn_cast<prim::AttentionOp>(op)) {
    setResults(op, evaluateAttention(attention, operands));
    return success();
  }
  if (auto gradient = dyn_cast<prim::AttentionGradOp>(op)) {
    setResults(op, evaluateAttentionGrad(gradient, operands));
    return success();
  }
  FailureOr<Array> result = failure();
  if (auto loops = dyn_cast<prim::LoopOpInterface>(op))
    result = runLoops(loops, operands);
  else if (auto composite = dyn_cast<prim::CompositeOpInterface>(op))
    result = runComposite(composite, operands);
  else
    result =
        evaluateLibrary(op, operands, getShape(op->getResult(0).getType(), n));
  if (failed(result))
    return failure();
  setResults(op, {std::move(*result)});
  return success();
}

void Evaluator::setResults(Operation *op, std::vector<Array> results) {
  for (auto [value, result] : llvm::zip_equal(op->getResults(), results)) {
    bool isFloat = getElementTypeOrSelf(value.getType()).isF32();
    if (isFloat && precision == Precision::Float)
      for (double &element : result.data)
        element = static_cast<float>(element);
    values[value] = std::move(result);
  }
}

FailureOr<std::vector<Array>> evaluate(func::FuncOp function,
                                       ArrayRef<Array> inputs, int64_t n,
                                       Precision precision) {
  Evaluator evaluator(n, precision);
  for (auto [argument, input] :
       llvm::zip_equal(function.getArguments(), inputs))
    evaluator.values[argument] = input;
  Block &block = function.getBody().front();
  for (Operation &op : block.without_terminator())
    if (failed(evaluator.run(&op)))
      return failure();
  std::vector<Array> results;
  for (Value result : block.getTerminator()->getOperands())
    results.push_back(evaluator.values.lookup(result));
  return results;
}

} // namespace dlc::test
