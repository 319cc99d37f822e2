// Places for all tensors: states first, then each function's arena.
#include "compiler/Passes.h"
#include "compiler/plan/Buffers.h"
#include "dialects/kernel/Views.h"

namespace dlc {
#define GEN_PASS_DEF_PLANMEMORY
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::plan;
using kernel::findStorage;

namespace {

/// The states of all functions, one place a name.
class StateRegion {
public:
  kernel::PlaceAttr place(MLIRContext *context, StringRef name, int64_t bytes) {
    auto [entry, isNew] = offsets.try_emplace(name, size);
    if (isNew)
      size += llvm::alignTo(bytes, alignment);
    return kernel::PlaceAttr::get(context, "state", entry->second, bytes);
  }

  int64_t size = 0;

private:
  llvm::StringMap<int64_t> offsets;
};

/// Plans one function; kernels in program order are its clock.
class FunctionPlan {
public:
  FunctionPlan(func::FuncOp func, StateRegion &states, int64_t batch,
               bool reuse)
      : func(func), reuse(reuse), buffers(func, batch, reuse) {
    placeStates(states, batch);
  }

  void run() {
    int64_t maxLive = countMaxLive(buffers.lifetimes);
    int64_t arena = packArena();
    assignPlaces();
    Builder b(func.getContext());
    func->setAttr("dlc.arena_bytes", b.getI64IntegerAttr(arena));
    func->setAttr("dlc.max_live_bytes", b.getI64IntegerAttr(maxLive));
  }

private:
  /// In the order of arguments, so that every target has the same places.
  void placeStates(StateRegion &states, int64_t batch) {
    DenseMap<Value, StringAttr> names = findStates(func);
    auto place = [&](Value value) {
      if (StringAttr name = names.lookup(value))
        places[value] = states.place(func.getContext(), name,
                                     countBytes(value.getType(), batch));
    };
    for (BlockArgument argument : func.getArguments())
      place(argument);
    for (Value value : func.getBody().front().getTerminator()->getOperands())
      place(findStorage(value));
  }

  int64_t packArena() {
    if (reuse)
      return pack(buffers.lifetimes);
    int64_t arena = 0;
    for (Lifetime &lifetime : buffers.lifetimes) {
      lifetime.offset = arena;
      arena += llvm::alignTo(lifetime.bytes, alignment);
    }
    return arena;
  }

  kernel::PlaceAttr arenaPlace(unsigned index) {
    const Lifetime &lifetime = buffers.lifetimes[index];
    return kernel::PlaceAttr::get(func.getContext(), "arena", lifetime.offset,
                                  lifetime.bytes);
  }

  kernel::PlaceAttr placeOf(Value value) {
    Value storage = findStorage(value);
    if (kernel::PlaceAttr place = places.lookup(storage))
      return place;
    return arenaPlace(buffers.ofValue.at(storage));
  }

  void assignPlaces() {
    for (BlockArgument argument : func.getArguments())
      func.setArgAttr(argument.getArgNumber(), "dlc.place", placeOf(argument));
    for (Operation &op : func.getBody().front().without_terminator()) {
      SmallVector<Attribute> results;
      for (Value result : op.getResults())
        results.push_back(placeOf(result));
      op.setAttr("kernel.places", ArrayAttr::get(op.getContext(), results));
      auto index = buffers.ofScratch.find(&op);
      if (index != buffers.ofScratch.end())
        op.setAttr("kernel.scratch_place", arenaPlace(index->second));
    }
  }

  func::FuncOp func;
  bool reuse;
  Buffers buffers;
  llvm::DenseMap<Value, kernel::PlaceAttr> places;
};

struct PlanMemoryPass : dlc::impl::PlanMemoryBase<PlanMemoryPass> {
  using PlanMemoryBase::PlanMemoryBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    StateRegion states;
    for (auto func : module.getOps<func::FuncOp>())
      FunctionPlan(func, states, maxBatch, reuse).run();
    Builder b(module.getContext());
    module->setAttr("dlc.state_bytes", b.getI64IntegerAttr(states.size));
    module->setAttr("dlc.max_batch", b.getI64IntegerAttr(maxBatch));
  }
};

} // namespace
