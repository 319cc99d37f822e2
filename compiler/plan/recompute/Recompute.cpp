// A kernel is pure, so running it again on the same operands gives the same
// bits; what has to be seen to is that the operands are still there.
#include "compiler/plan/recompute/Recompute.h"
#include "dialects/kernel/Views.h"
#include "dialects/kernel/Work.h"
#include "mlir/IR/IRMapping.h"

#include <map>

using namespace mlir;
using namespace dlc;
using namespace dlc::plan;
using kernel::findReaders;
using kernel::findStorage;

/// Kernels that run again for one.
static constexpr size_t longestChain = 6;

/// An operand that is this much smaller than what is saved is kept instead.
static constexpr int64_t smallPart = 8;

/// Float32 operations outside tensor cores that take the time of moving a byte,
/// on CPUs and GPUs alike within a factor of two.
static constexpr double flopsPerByte = 16;

//===-- Timeline ----------------------------------------------------------===//

Timeline::Timeline(func::FuncOp func, int64_t batch)
    : batch(batch), buffers(func, batch), states(findStates(func)) {
  for (auto [value, name] : states)
    if (Operation *op = value.getDefiningOp())
      writers[name] = op;
  std::map<int64_t, int64_t> change;
  for (const Lifetime &lifetime : buffers.lifetimes) {
    change[lifetime.first] += align(lifetime.bytes);
    change[lifetime.last + 1] -= align(lifetime.bytes);
  }
  int64_t live = 0;
  for (auto [time, bytes] : change)
    if ((live += bytes) > peak) {
      peak = live;
      peakTime = time;
    }
}

bool Timeline::isLiveAtPeak(Value storage) const {
  Operation *op = storage.getDefiningOp();
  int64_t first = op ? timeOf(op) : 0;
  return first <= peakTime && buffers.findLastUse(storage, first) >= peakTime;
}

//===-- Planning ----------------------------------------------------------===//

static double countCost(Operation *kernel, int64_t batch) {
  double bytes = 0;
  for (Type type : kernel->getOperandTypes())
    bytes += double(countBytes(type, batch));
  for (Type type : kernel->getResultTypes())
    bytes += double(countBytes(type, batch));
  return 1 + std::max(bytes,
                      kernel::countScalarFlops(kernel, batch) / flopsPerByte);
}

namespace {

/// Gathers what has to run again for a kernel to run at time `at`.
class ChainPlanner {
public:
  ChainPlanner(const Timeline &timeline, int64_t at, int64_t saved)
      : timeline(timeline), at(at), saved(saved) {}

  bool add(Operation *kernel) {
    if (llvm::is_contained(again, kernel))
      return true;
    if (again.size() == longestChain || !mayRepeat(kernel))
      return false;
    for (Value operand : kernel->getOperands())
      provide(findStorage(operand));
    again.push_back(kernel);
    cost += countCost(kernel, timeline.batch);
    return true;
  }

  SmallVector<Operation *> again;
  int64_t held = 0; // at the peak, for its sake
  double cost = 0;

private:
  /// It writes no state, and the states that it reads are as they were. Groups,
  /// which are small, and chains have members with names of their own.
  bool mayRepeat(Operation *kernel) const {
    if (isa<kernel::GroupOp, kernel::ChainOp>(kernel))
      return false;
    for (Value result : kernel->getResults())
      if (timeline.states.contains(result))
        return false;
    for (Value operand : kernel->getOperands()) {
      Value storage = findStorage(operand);
      StringAttr name = timeline.states.lookup(storage);
      if (!name || !isa<BlockArgument>(storage))
        continue;
      Operation *writer = timeline.writers.lookup(name);
      if (writer && timeline.timeOf(writer) < at)
        return false;
    }
    return true;
  }

  /// What is dead by then is computed again if it is large, else kept.
  void provide(Value storage) {
    if (timeline.states.contains(storage) || kept.contains(storage))
      return;
    Operation *producer = storage.getDefiningOp();
    int64_t first = producer ? timeline.timeOf(producer) : 0;
    if (timeline.buffers.findLastUse(storage, first) >= timeline.peakTime)
      return; // over the peak anyway
    int64_t bytes = align(countBytes(storage.getType(), timeline.batch));
    if (producer && bytes * smallPart > saved) {
      ChainPlanner longer = *this;
      if (longer.add(producer)) {
        again = longer.again;
        held = longer.held;
        cost = longer.cost;
        kept = longer.kept;
        return;
      }
    }
    held += bytes;
    kept.insert(storage);
  }

  const Timeline &timeline;
  int64_t at, saved;
  DenseSet<Value> kept;
};

} // namespace

std::optional<Recomputation>
dlc::plan::planRecomputation(Operation *kernel, const Timeline &timeline) {
  if (isa<kernel::ViewOp>(kernel))
    return std::nullopt;
  Recomputation result;
  result.kernel = kernel;
  int64_t from = timeline.timeOf(kernel), saved = 0;
  for (Value value : kernel->getResults()) {
    int64_t last = 0; // before the peak
    bool isKept = true;
    Operation *reader = nullptr; // the first behind it
    for (Operation *user : findReaders(value)) {
      int64_t time = timeline.timeOf(user);
      if (time == timeline.peakTime || user->hasTrait<OpTrait::IsTerminator>())
        isKept = false;
      else if (time < timeline.peakTime)
        last = std::max(last, time);
      else if (!reader || user->isBeforeInBlock(reader))
        reader = user;
    }
    if (!isKept || !reader || timeline.states.contains(value))
      continue;
    result.values.push_back(value);
    saved += align(countBytes(value.getType(), timeline.batch));
    from = std::max(from, last);
    if (!result.firstReader || reader->isBeforeInBlock(result.firstReader))
      result.firstReader = reader;
  }
  if (result.values.empty())
    return std::nullopt;
  int64_t at = timeline.timeOf(result.firstReader);
  ChainPlanner chain(timeline, at, saved);
  if (!chain.add(kernel) || chain.held >= saved)
    return std::nullopt;
  result.again = chain.again;
  result.bytes = saved - chain.held;
  result.launches = at - from;
  result.cost = chain.cost;
  return result;
}

//===-- Changing the function ---------------------------------------------===//

/// The value with other bytes below its views, made anew at `b`.
static Value rebuild(OpBuilder &b, Value value, const IRMapping &storages) {
  auto view = value.getDefiningOp<kernel::ViewOp>();
  if (!view)
    return storages.lookupOrDefault(value);
  if (!storages.contains(findStorage(value)))
    return value;
  Value x = rebuild(b, view.getX(), storages);
  return kernel::ViewOp::create(b, view.getLoc(), value.getType(), x);
}

static void replaceOperands(Operation *op, const IRMapping &storages) {
  OpBuilder b(op);
  for (OpOperand &operand : op->getOpOperands())
    operand.set(rebuild(b, operand.get(), storages));
}

static void eraseUnusedViews(Value value) {
  for (Operation *user : llvm::make_early_inc_range(value.getUsers()))
    if (isa<kernel::ViewOp>(user)) {
      eraseUnusedViews(user->getResult(0));
      if (user->use_empty())
        user->erase();
    }
}

void dlc::plan::applyRecomputation(const Recomputation &recomputation,
                                   const Timeline &timeline, unsigned &count) {
  OpBuilder b(recomputation.firstReader);
  IRMapping storages;
  for (Operation *op : recomputation.again) {
    Operation *clone = b.clone(*op);
    auto original = op->getAttrOfType<StringAttr>("kernel.recomputes");
    if (!original)
      original = op->getAttrOfType<StringAttr>("name");
    clone->setAttr("kernel.recomputes", original);
    clone->setAttr("name", b.getStringAttr(original.getValue() + "_again" +
                                           Twine(count++)));
    replaceOperands(clone, storages);
    storages.map(op->getResults(), clone->getResults());
  }
  IRMapping late;
  for (Value value : recomputation.values)
    late.map(value, storages.lookup(value));
  for (Value value : recomputation.values)
    for (Operation *reader : findReaders(value))
      if (timeline.timeOf(reader) > timeline.peakTime)
        replaceOperands(reader, late);
  for (Value result : recomputation.kernel->getResults())
    eraseUnusedViews(result);
  if (recomputation.kernel->use_empty())
    recomputation.kernel->erase();
}
