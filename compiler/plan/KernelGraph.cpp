// Tasks from uses; states by name.
#include "compiler/plan/KernelGraph.h"
#include "compiler/plan/Buffers.h"
#include "compiler/plan/InPlace.h"
#include "dialects/kernel/Views.h"
#include "llvm/ADT/SetVector.h"

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

  KernelGraph build() {
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
    return {std::move(kernels), std::move(graph)};
  }

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
  std::vector<Operation *> kernels;
  TaskGraph graph;
  DenseMap<Operation *, unsigned> numberOf;
  DenseMap<Value, unsigned> tensorOf;
};

} // namespace

KernelGraph dlc::plan::buildKernelGraph(func::FuncOp func, int64_t batch) {
  return GraphBuilder(func, batch).build();
}
