// Puts kernels in an order in which less is live at once.
#include "compiler/Passes.h"
#include "compiler/plan/Buffers.h"
#include "compiler/plan/InPlace.h"
#include "compiler/plan/Orders.h"
#include "dialects/kernel/Views.h"
#include "llvm/ADT/SetVector.h"

namespace dlc {
#define GEN_PASS_DEF_ORDERKERNELS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::plan;
using kernel::findReaders;
using kernel::findStorage;

namespace {

/// The kernels of a function in program order, as tasks.
class GraphBuilder {
public:
  GraphBuilder(func::FuncOp func, int64_t batch)
      : func(func), batch(batch), states(findStates(func)),
        exit(func.getBody().front().getTerminator()) {}

  TaskGraph build() {
    for (Operation &op : func.getBody().front().without_terminator())
      if (!isa<kernel::ViewOp>(op)) {
        numberOf[&op] = kernels.size();
        kernels.push_back(&op);
      }
    graph.tasks.resize(kernels.size());
    for (BlockArgument argument : func.getArguments())
      addTensor(argument);
    for (Operation *kernel : kernels)
      for (Value result : kernel->getResults())
        addTensor(result);
    for (auto [task, kernel] : llvm::zip_equal(graph.tasks, kernels))
      addTask(task, kernel);
    return std::move(graph);
  }

  std::vector<Operation *> kernels;

private:
  void addTensor(Value value) {
    if (states.contains(value))
      return;
    tensorOf[value] = graph.tensors.size();
    graph.tensors.push_back({align(countBytes(value.getType(), batch)),
                             llvm::is_contained(findReaders(value), exit)});
  }

  void addTask(TaskGraph::Task &task, Operation *kernel) {
    task.scratch = align(countScratch(kernel));
    llvm::SetVector<Value> read;
    for (Value operand : kernel->getOperands())
      read.insert(findStorage(operand));
    llvm::SetVector<unsigned> after;
    for (Value storage : read) {
      if (Operation *producer = storage.getDefiningOp())
        after.insert(numberOf.at(producer));
      if (auto tensor = tensorOf.find(storage); tensor != tensorOf.end())
        task.reads.push_back(tensor->second);
    }
    for (OpResult result : kernel->getResults()) {
      if (StringAttr name = states.lookup(result)) {
        addReadersOf(name, kernel, after);
        continue;
      }
      unsigned tensor = tensorOf.at(result);
      task.writes.push_back(tensor);
      for (Value storage : findOverwritable(result))
        if (auto other = tensorOf.find(storage); other != tensorOf.end())
          task.overwrites.push_back({tensor, other->second});
    }
    task.after.assign(after.begin(), after.end());
  }

  /// A state is overwritten after all others have read its old value.
  void addReadersOf(StringAttr name, Operation *writer,
                    llvm::SetVector<unsigned> &after) {
    for (BlockArgument argument : func.getArguments())
      if (states.lookup(argument) == name)
        for (Operation *reader : findReaders(argument))
          if (reader != writer && reader != exit)
            after.insert(numberOf.at(reader));
  }

  func::FuncOp func;
  int64_t batch;
  DenseMap<Value, StringAttr> states;
  Operation *exit;
  TaskGraph graph;
  DenseMap<Operation *, unsigned> numberOf;
  DenseMap<Value, unsigned> tensorOf;
};

/// Moves ops in front of the end one after the other, each with the views that
/// it is the first to read.
class Mover {
public:
  explicit Mover(Operation *exit) : exit(exit) {}

  void move(Operation *op) {
    for (Value operand : op->getOperands())
      if (auto view = operand.getDefiningOp<kernel::ViewOp>();
          view && moved.insert(view).second)
        move(view);
    if (op != exit)
      op->moveBefore(exit);
  }

  /// The end itself, and views that nothing reads.
  void finish() {
    move(exit);
    for (auto view :
         llvm::to_vector(exit->getBlock()->getOps<kernel::ViewOp>()))
      if (moved.insert(view).second)
        move(view);
  }

private:
  Operation *exit;
  DenseSet<Operation *> moved;
};

struct OrderKernelsPass : dlc::impl::OrderKernelsBase<OrderKernelsPass> {
  using OrderKernelsBase::OrderKernelsBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    GraphBuilder builder(func, maxBatch);
    TaskGraph graph = builder.build();
    Order order = chooseOrder(graph);
    if (llvm::is_sorted(order))
      return;
    Operation *exit = func.getBody().front().getTerminator();
    Mover mover(exit);
    for (unsigned task : order)
      mover.move(builder.kernels[task]);
    mover.finish();
  }
};

} // namespace
