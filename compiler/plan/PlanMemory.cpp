// Places for all tensors: states first, then each function's arena.
#include "compiler/Passes.h"
#include "compiler/plan/Packing.h"
#include "dialects/kernel/Views.h"

namespace dlc {
#define GEN_PASS_DEF_PLANMEMORY
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::plan;
using kernel::findReaders;
using kernel::findStorage;

static int64_t countBytes(Type type, int64_t batch) {
  auto tensor = cast<RankedTensorType>(type);
  int64_t bytes = tensor.getElementType().isInteger(1) ? 1 : 4;
  for (int64_t size : tensor.getShape())
    bytes *= ShapedType::isDynamic(size) ? batch : size;
  return bytes;
}

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
      : func(func), states(states), batch(batch), reuse(reuse) {}

  void run() {
    placeStates();
    collectLifetimes();
    int64_t maxLive = countMaxLive(lifetimes);
    int64_t arena = packArena();
    assignPlaces();
    Builder b(func.getContext());
    func->setAttr("dlc.arena_bytes", b.getI64IntegerAttr(arena));
    func->setAttr("dlc.max_live_bytes", b.getI64IntegerAttr(maxLive));
  }

private:
  /// Arguments that are states, and the kernel results that overwrite them.
  void placeStates() {
    Operation *exit = func.getBody().front().getTerminator();
    for (BlockArgument argument : func.getArguments())
      if (auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                        "dlc.state"))
        places[argument] = states.place(func.getContext(), name,
                                        countBytes(argument.getType(), batch));
    for (auto [i, value] : llvm::enumerate(exit->getOperands()))
      if (auto name = func.getResultAttrOfType<StringAttr>(i, "dlc.state"))
        places[findStorage(value)] = states.place(
            func.getContext(), name, countBytes(value.getType(), batch));
  }

  void collectLifetimes() {
    Block &body = func.getBody().front();
    int64_t clock = 0;
    DenseMap<Operation *, int64_t> times;
    for (Operation &op : body)
      times[&op] = ++clock;
    for (BlockArgument argument : func.getArguments())
      addLifetime(argument, /*first=*/0, times);
    for (Operation &op : body) {
      if (isa<kernel::ViewOp>(op))
        continue;
      for (Value result : op.getResults())
        addLifetime(result, times[&op], times);
      if (int64_t bytes = scratchOf(op)) {
        scratch[&op] = lifetimes.size();
        lifetimes.push_back({times[&op], times[&op], bytes});
      }
    }
  }

  void addLifetime(Value value, int64_t first,
                   DenseMap<Operation *, int64_t> &times) {
    if (places.contains(value))
      return;
    Lifetime lifetime{first, first, countBytes(value.getType(), batch)};
    for (Operation *reader : findReaders(value))
      lifetime.last = std::max(lifetime.last, times[reader]);
    buffers[value] = lifetimes.size();
    lifetimes.push_back(lifetime);
  }

  /// As the host's schedule or schedule-cuda says.
  static int64_t scratchOf(Operation &op) {
    if (auto bytes = op.getAttrOfType<IntegerAttr>("kernel.scratch"))
      return bytes.getInt();
    auto fused = dyn_cast<kernel::FusedOp>(op);
    return fused && fused.getSchedule() ? fused.getSchedule()->getScratch() : 0;
  }

  int64_t packArena() {
    if (reuse)
      return pack(lifetimes);
    int64_t arena = 0;
    for (Lifetime &lifetime : lifetimes) {
      lifetime.offset = arena;
      arena += llvm::alignTo(lifetime.bytes, alignment);
    }
    return arena;
  }

  kernel::PlaceAttr arenaPlace(unsigned index) {
    const Lifetime &lifetime = lifetimes[index];
    return kernel::PlaceAttr::get(func.getContext(), "arena", lifetime.offset,
                                  lifetime.bytes);
  }

  kernel::PlaceAttr placeOf(Value value) {
    Value storage = findStorage(value);
    if (kernel::PlaceAttr place = places.lookup(storage))
      return place;
    return arenaPlace(buffers.at(storage));
  }

  void assignPlaces() {
    for (BlockArgument argument : func.getArguments())
      func.setArgAttr(argument.getArgNumber(), "dlc.place", placeOf(argument));
    for (Operation &op : func.getBody().front().without_terminator()) {
      SmallVector<Attribute> results;
      for (Value result : op.getResults())
        results.push_back(placeOf(result));
      op.setAttr("kernel.places", ArrayAttr::get(op.getContext(), results));
      if (auto index = scratch.find(&op); index != scratch.end())
        op.setAttr("kernel.scratch_place", arenaPlace(index->second));
    }
  }

  func::FuncOp func;
  StateRegion &states;
  int64_t batch;
  bool reuse;
  std::vector<Lifetime> lifetimes;
  llvm::DenseMap<Value, kernel::PlaceAttr> places;
  llvm::DenseMap<Value, unsigned> buffers;
  llvm::DenseMap<Operation *, unsigned> scratch;
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
