// Lifetimes from uses; results in place where their kernel allows it.
#include "compiler/plan/Buffers.h"
#include "compiler/plan/InPlace.h"
#include "compiler/plan/streams/StreamAttributes.h"
#include "dialects/kernel/Views.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::plan;
using kernel::findReaders;
using kernel::findStorage;

int64_t dlc::plan::countBytes(Type type, int64_t batch) {
  auto tensor = cast<RankedTensorType>(type);
  int64_t bytes = kernel::countElementBytes(tensor.getElementType());
  for (int64_t size : tensor.getShape())
    bytes *= ShapedType::isDynamic(size) ? batch : size;
  return bytes;
}

int64_t dlc::plan::countScratch(Operation *kernel) {
  if (auto bytes = kernel->getAttrOfType<IntegerAttr>("kernel.scratch"))
    return bytes.getInt();
  auto fused = dyn_cast<kernel::FusedOp>(kernel);
  return fused && fused.getSchedule() ? fused.getSchedule()->getScratch() : 0;
}

DenseMap<Value, StringAttr> dlc::plan::findStates(func::FuncOp func) {
  DenseMap<Value, StringAttr> states;
  Operation *exit = func.getBody().front().getTerminator();
  for (BlockArgument argument : func.getArguments())
    if (auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                      "dlc.state"))
      states[argument] = name;
  for (auto [i, value] : llvm::enumerate(exit->getOperands()))
    if (auto name = func.getResultAttrOfType<StringAttr>(i, "dlc.state"))
      states[findStorage(value)] = name;
  return states;
}

/// The kernels that write and read these bytes.
static SmallVector<Operation *> findUsers(Value storage) {
  SmallVector<Operation *> users = findReaders(storage);
  if (Operation *writer = storage.getDefiningOp())
    users.push_back(writer);
  return users;
}

Buffers::Buffers(func::FuncOp func, int64_t batch, bool reuse)
    : batch(batch), states(findStates(func)) {
  int64_t clock = 0;
  for (Operation &op : func.getBody().front())
    times[&op] = ++clock;
  readOrdering(func);
  for (BlockArgument argument : func.getArguments())
    add(argument, /*first=*/0);
  for (Operation &op : func.getBody().front()) {
    if (isa<kernel::ViewOp>(op))
      continue;
    DenseSet<unsigned> taken;
    for (OpResult result : op.getResults()) {
      std::optional<unsigned> buffer;
      if (reuse && !states.contains(result))
        buffer = findOverwritten(result, taken);
      if (buffer) {
        taken.insert(*buffer);
        ofValue[result] = *buffer;
        lifetimes[*buffer].last =
            extend(findUsers(result), findLastUse(result, times[&op]));
      } else {
        add(result, times[&op]);
      }
    }
    if (int64_t bytes = countScratch(&op)) {
      ofScratch[&op] = lifetimes.size();
      lifetimes.push_back({times[&op], extend({&op}, times[&op]), bytes});
    }
  }
}

//===-- Launches side by side
//----------------------------------------------===//

void Buffers::readOrdering(func::FuncOp func) {
  if (!hasStreams(func))
    return;
  for (Operation &op : func.getBody().front().without_terminator()) {
    if (isa<kernel::ViewOp>(op))
      continue;
    launches[&op] = ordering.size();
    launchTimes.push_back(times.lookup(&op));
    ordering.add(placeOf(&op));
  }
}

/// All launches are over at the function's end.
bool Buffers::isBefore(Operation *a, Operation *b) const {
  auto launch = launches.find(b);
  return launch == launches.end() ||
         ordering.isBefore(launches.lookup(a), launch->second);
}

int64_t Buffers::extend(ArrayRef<Operation *> users, int64_t last) const {
  for (unsigned i = ordering.size(); i > 0 && launchTimes[i - 1] > last; --i)
    if (!llvm::all_of(users, [&](Operation *user) {
          return ordering.isBefore(launches.lookup(user), i - 1);
        }))
      return launchTimes[i - 1];
  return last;
}

//===-- Lifetimes
//----------------------------------------------------------===//

void Buffers::add(Value value, int64_t first) {
  if (states.contains(value))
    return;
  ofValue[value] = lifetimes.size();
  lifetimes.push_back({first,
                       extend(findUsers(value), findLastUse(value, first)),
                       countBytes(value.getType(), batch)});
}

int64_t Buffers::findLastUse(Value value, int64_t first) const {
  int64_t last = first;
  for (Operation *reader : findReaders(value))
    last = std::max(last, times.lookup(reader));
  return last;
}

/// The buffer of an input that nothing reads after this kernel.
std::optional<unsigned>
Buffers::findOverwritten(OpResult result,
                         const DenseSet<unsigned> &taken) const {
  for (Value storage : findOverwritable(result)) {
    auto buffer = ofValue.find(storage);
    if (buffer != ofValue.end() && !taken.contains(buffer->second) &&
        findLastUse(storage, 0) == times.lookup(result.getOwner()) &&
        llvm::all_of(findUsers(storage), [&](Operation *user) {
          return user == result.getOwner() || isBefore(user, result.getOwner());
        }))
      return buffer->second;
  }
  return std::nullopt;
}
