// Every scalar of a region is computed at every point of the space before the
// next one is.
#include "test/compiler/fuse/EvaluateKernels.h"
#include "test/dialects/prim/evaluate/Evaluate.h"
#include "test/dialects/prim/evaluate/Library.h"

#include <algorithm>

using namespace mlir;
using namespace dlc;

namespace dlc::test {
namespace {

class FusedEvaluator {
public:
  FusedEvaluator(kernel::FusedOp op, int64_t n) : op(op), n(n) {
    for (int64_t size : op.getSpace())
      space.push_back(ShapedType::isDynamic(size) ? n : size);
    std::vector<int64_t> point(space.size(), 0);
    for (bool more = count(space) > 0; more;
         more = advancePosition(space, point))
      points.push_back(point);
  }

  FailureOr<std::vector<Array>> run(ArrayRef<Array> inputs) {
    Block &block = op.getBody().front();
    for (auto [i, input] : llvm::enumerate(inputs)) {
      Value argument = block.getArgument(i);
      AffineMap map = op.getInputMap(i);
      for (const std::vector<int64_t> &point : points)
        values[argument].push_back(
            toScalar(input.data[getOffset(input.shape, map.compose(point))],
                     argument.getType()));
    }
    for (Operation &inner : block.without_terminator())
      if (failed(compute(&inner)))
        return failure();

    std::vector<Array> outputs;
    for (auto [i, value] :
         llvm::enumerate(block.getTerminator()->getOperands())) {
      Array array{getShape(op.getOutputs()[i].getType(), n), {}};
      array.data.resize(count(array.shape));
      AffineMap map = op.getOutputMap(i);
      for (auto [scalar, point] : llvm::zip_equal(values[value], points))
        array.data[getOffset(array.shape, map.compose(point))] =
            toElement(scalar, value.getType());
      outputs.push_back(std::move(array));
    }
    return outputs;
  }

private:
  LogicalResult compute(Operation *inner) {
    if (auto reduce = dyn_cast<kernel::ReduceOp>(inner)) {
      values[reduce.getResult()] = fold(reduce);
      return success();
    }
    std::vector<Scalar> results;
    for (auto [i, point] : llvm::enumerate(points)) {
      if (auto index = dyn_cast<kernel::IndexOp>(inner)) {
        results.push_back({0, point[index.getDim()]});
        continue;
      }
      if (isa<kernel::BatchSizeOp>(inner)) {
        results.push_back({double(n), 0});
        continue;
      }
      SmallVector<Scalar> operands;
      for (Value operand : inner->getOperands())
        operands.push_back(values[operand][i]);
      FailureOr<Scalar> result =
          evaluateScalar(inner, operands, Precision::Float);
      if (failed(result))
        return failure();
      results.push_back(*result);
    }
    values[inner->getResult(0)] = std::move(results);
    return success();
  }

  /// The fold of each row, at every point of it.
  std::vector<Scalar> fold(kernel::ReduceOp reduce) {
    AffineMap kept = op.getKeptMap();
    std::map<SmallVector<int64_t>, Scalar> rows;
    for (auto [scalar, point] :
         llvm::zip_equal(values[reduce.getX()], points)) {
      auto row = rows.try_emplace(kept.compose(point),
                                  getIdentity(reduce.getCombiner()));
      row.first->second =
          combine(reduce.getCombiner(), row.first->second, scalar);
    }
    std::vector<Scalar> results;
    for (const std::vector<int64_t> &point : points)
      results.push_back(rows.at(kept.compose(point)));
    return results;
  }

  kernel::FusedOp op;
  int64_t n;
  std::vector<int64_t> space;
  std::vector<std::vector<int64_t>> points;
  DenseMap<Value, std::vector<Scalar>> values;
};

} // namespace

/// [[top, bottom], [left, right]] of a routine as the prim has it, in one list.
static void flattenPadding(NamedAttrList &config) {
  auto sides = dyn_cast_or_null<ArrayAttr>(config.get("padding"));
  if (!sides)
    return;
  SmallVector<int64_t> flat;
  for (auto side : sides.getAsRange<DenseI64ArrayAttr>())
    llvm::append_range(flat, side.asArrayRef());
  config.set("padding", DenseI64ArrayAttr::get(sides.getContext(), flat));
}

FailureOr<Array> runPrim(kernel::LibraryOp call, ArrayRef<Array> inputs,
                         int64_t n) {
  NamedAttrList config(call.getConfig());
  bool bias = config.erase("bias") != nullptr;
  bool relu = config.erase("activation") != nullptr;
  flattenPadding(config);
  OperationState state(call.getLoc(), "prim." + call.getRoutine().str());
  state.addOperands(call.getInputs().drop_back(bias));
  state.addTypes(call.getOutput().getType());
  state.addAttributes(config);
  Operation *prim = Operation::create(state);
  FailureOr<Array> result = evaluateLibrary(
      prim, inputs.drop_back(bias), getShape(call.getOutput().getType(), n));
  prim->destroy();
  if (failed(result))
    return failure();
  for (auto [i, element] : llvm::enumerate(result->data)) {
    element = static_cast<float>(element);
    if (bias)
      element = static_cast<float>(
          element + inputs.back().data[i % inputs.back().data.size()]);
    if (relu)
      element = std::max(element, 0.0);
  }
  return result;
}

using Values = DenseMap<Value, Array>;

static LogicalResult run(Block &block, Values &values, int64_t n,
                         const RunLibrary &runLibrary);

/// Each op of the chain by itself.
static LogicalResult runChain(kernel::ChainOp chain, Values &values, int64_t n,
                              const RunLibrary &runLibrary) {
  Block &block = chain.getBody().front();
  for (auto [argument, input] :
       llvm::zip_equal(block.getArguments(), chain.getInputs()))
    values[argument] = Array(values.lookup(input));
  if (failed(run(block, values, n, runLibrary)))
    return failure();
  for (auto [result, value] : llvm::zip_equal(
           chain.getOutputs(), block.getTerminator()->getOperands()))
    values[result] = Array(values.lookup(value));
  return success();
}

static LogicalResult run(Block &block, Values &values, int64_t n,
                         const RunLibrary &runLibrary) {
  for (Operation &op : block.without_terminator()) {
    std::vector<Array> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values.lookup(operand));
    if (auto fused = dyn_cast<kernel::FusedOp>(op)) {
      FailureOr<std::vector<Array>> outputs =
          FusedEvaluator(fused, n).run(operands);
      if (failed(outputs))
        return failure();
      for (auto [result, output] : llvm::zip_equal(op.getResults(), *outputs))
        values[result] = std::move(output);
    } else if (auto call = dyn_cast<kernel::LibraryOp>(op)) {
      FailureOr<Array> output = runLibrary(call, operands, n);
      if (failed(output))
        return failure();
      values[call.getOutput()] = std::move(*output);
    } else if (auto view = dyn_cast<kernel::ViewOp>(op)) {
      values[view.getResult()] = {getShape(view.getType(), n),
                                  operands[0].data};
    } else if (auto chain = dyn_cast<kernel::ChainOp>(op)) {
      if (failed(runChain(chain, values, n, runLibrary)))
        return failure();
    } else {
      return op.emitError() << op.getName() << ": is no kernel";
    }
  }
  return success();
}

FailureOr<std::vector<Array>> evaluateKernels(func::FuncOp function,
                                              ArrayRef<Array> inputs, int64_t n,
                                              const RunLibrary &runLibrary) {
  Values values;
  for (auto [argument, input] :
       llvm::zip_equal(function.getArguments(), inputs))
    values[argument] = input;
  Block &block = function.getBody().front();
  if (failed(run(block, values, n, runLibrary)))
    return failure();
  std::vector<Array> results;
  for (Value result : block.getTerminator()->getOperands())
    results.push_back(values.lookup(result));
  return results;
}

} // namespace dlc::test
