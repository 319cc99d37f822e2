// A walk from the outputs gives each layer an index and each call a depth.
#include "compiler/build/graph/KerasOrder.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::build;

namespace {

class Sorter {
public:
  void visit(Operation *last);
  void measure();
  void addInput(Operation *input);
  KerasOrder sort();

private:
  struct Frame {
    Operation *op;
    unsigned next = 0;
  };
  void enter(Operation *op, SmallVectorImpl<Frame> &stack);

  llvm::DenseSet<Operation *> entered;
  SmallVector<Operation *> finished; // each after its operands
  llvm::StringMap<int64_t> indices;  // of layers, in the order of the walk
  llvm::StringMap<int64_t> layerDepths;
  llvm::DenseMap<Operation *, int64_t> depths;
};

} // namespace

void Sorter::enter(Operation *op, SmallVectorImpl<Frame> &stack) {
  if (isa<layer::ConstantOp>(op) || !entered.insert(op).second)
    return;
  indices.try_emplace(getLayerName(op), int64_t(indices.size()));
  stack.push_back({op});
}

/// Depth first, without recursion: a model may be a long chain.
void Sorter::visit(Operation *last) {
  SmallVector<Frame> stack;
  enter(last, stack);
  while (!stack.empty()) {
    Frame &frame = stack.back();
    if (frame.next < frame.op->getNumOperands()) {
      Operation *operand = frame.op->getOperand(frame.next++).getDefiningOp();
      enter(operand, stack);
      continue;
    }
    finished.push_back(frame.op);
    stack.pop_back();
  }
}

/// A call is as deep as the deepest call of its layer seen so far, and one less
/// deep than what it reads.
void Sorter::measure() {
  for (Operation *op : llvm::reverse(finished)) {
    int64_t &layerDepth = layerDepths[getLayerName(op)];
    int64_t depth = std::max(depths[op], layerDepth);
    layerDepth = depth;
    depths[op] = depth;
    for (Value operand : op->getOperands())
      if (!operand.getDefiningOp<layer::ConstantOp>()) {
        int64_t &above = depths[operand.getDefiningOp()];
        above = std::max(above, depth + 1);
      }
  }
}

void Sorter::addInput(Operation *input) {
  if (!entered.insert(input).second)
    return;
  finished.push_back(input);
  depths[input] = 0;
  layerDepths[getLayerName(input)] = 0;
  indices[getLayerName(input)] = -1;
}

KerasOrder Sorter::sort() {
  KerasOrder order;
  order.ops = finished;
  llvm::sort(order.ops, [&](Operation *a, Operation *b) {
    StringRef nameA = getLayerName(a), nameB = getLayerName(b);
    if (depths[a] != depths[b])
      return depths[a] > depths[b];
    if (nameA != nameB)
      return indices[nameA] < indices[nameB];
    return a->isBeforeInBlock(b);
  });
  llvm::SetVector<StringRef> layers;
  for (Operation *op : order.ops)
    if (isLayer(op))
      layers.insert(getLayerName(op));
  order.layers = llvm::to_vector(layers);
  return order;
}

KerasOrder build::sortAsKeras(ArrayRef<Value> inputs, ArrayRef<Value> outputs) {
  Sorter sorter;
  for (Value output : outputs)
    sorter.visit(output.getDefiningOp());
  sorter.measure();
  for (Value input : inputs)
    sorter.addInput(input.getDefiningOp());
  return sorter.sort();
}
