// Kernels that do not wait for each other share a launch: horizontal fusion.
#include "compiler/Passes.h"
#include "compiler/fuse/Cost.h"
#include "compiler/fuse/Kernels.h"
#include "dialects/kernel/Views.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace dlc {
#define GEN_PASS_DEF_GROUPKERNELS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

/// What a member may keep waiting of what other kernels made. It would be read
/// from the cache right after them, later from memory; from here on that costs
/// more than the launch that a group saves: 2.5 us at 2.4 TB/s.
static constexpr int64_t mostWaiting = 6 << 20;

/// What all members of a group may keep waiting: the peak grows by no more.
static constexpr int64_t mostHeld = 64 << 20;

/// Points of a member that folds: a block folds them about as fast as a launch
/// comes. More are for many blocks, which need scratch.
static constexpr int64_t mostFolded = 4096;

/// Folds of all members of a group: the shared memory of each adds up.
static constexpr int64_t mostFolds = 8;

/// A batch to reckon with: how a sum is folded may not depend on the actual
/// one.
static constexpr int64_t nominalBatch = 32;

namespace {

/// A kernel that may run anywhere from its own place to right before `limit`.
struct Candidate {
  kernel::FusedOp op;
  int64_t place, limit;
  int64_t waiting; // bytes of its inputs and outputs that are no states
  bool isFree;     // it may run before its place too
  int64_t folds;   // kernel.reduce in its region
};

class KernelGrouper {
public:
  KernelGrouper(func::FuncOp func, int64_t maxBatch)
      : func(func), maxBatch(maxBatch) {}

  void run() {
    groupUpdates();
    // What only updates read may wait for them.
    groupOthers();
  }

private:
  void groupUpdates() {
    std::vector<Candidate> updates, large;
    for (const Candidate &candidate : findCandidates())
      if (candidate.limit == end)
        (candidate.waiting <= mostWaiting ? updates : large)
            .push_back(candidate);
    for (const Candidate &candidate : llvm::reverse(large))
      if (!updates.empty() && delay(candidate.op)) {
        updates.push_back(candidate);
        break;
      }
    groupInOrder(updates, end);
  }

  void groupOthers() {
    std::vector<Candidate> others = findCandidates();
    llvm::erase_if(others, [&](const Candidate &candidate) {
      return candidate.limit == end || candidate.waiting > mostWaiting;
    });
    groupByLimit(others);
  }

  /// All that could be members, by the places that ops have now.
  std::vector<Candidate> findCandidates() {
    findStates();
    places.clear();
    end = 0;
    for (Operation &op : func.getBody().front())
      places[&op] = end++;
    --end; // the terminator's
    std::vector<Candidate> candidates;
    for (auto op : func.getOps<kernel::FusedOp>())
      if (op.getReduced().empty() || foldsLittle(op))
        candidates.push_back({op, places[op], findLimit(op), countWaiting(op),
                              isFree(op), countFolds(op)});
    return candidates;
  }

  static bool foldsLittle(kernel::FusedOp op) {
    int64_t points = 1;
    for (int64_t trips : op.getSpace())
      points *= ShapedType::isDynamic(trips) ? nominalBatch : trips;
    return points <= mostFolded;
  }

  static int64_t countFolds(kernel::FusedOp op) {
    return llvm::range_size(op.getBody().getOps<kernel::ReduceOp>());
  }

  /// What is or becomes a state, and who makes the new value of each.
  void findStates() {
    states.clear();
    makers.clear();
    llvm::StringMap<Value> byName;
    for (BlockArgument argument : func.getArguments())
      if (auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                        "dlc.state")) {
        byName[name] = argument;
        states.insert(argument);
      }
    Operation *exit = func.getBody().front().getTerminator();
    for (auto [i, value] : llvm::enumerate(exit->getOperands()))
      if (auto name = func.getResultAttrOfType<StringAttr>(i, "dlc.state")) {
        Value storage = kernel::findStorage(value);
        states.insert(storage);
        makers[byName.lookup(name)] = storage.getDefiningOp();
      }
  }

  /// The first op that needs a result, or that may write a state over what the
  /// kernel reads.
  int64_t findLimit(kernel::FusedOp op) {
    int64_t limit = end;
    for (Value output : op.getOutputs())
      for (Operation *reader : kernel::findReaders(output))
        limit = std::min(limit, places[reader]);
    for (Value input : op.getInputs())
      if (Operation *maker = makers.lookup(kernel::findStorage(input));
          maker && maker != op && places[maker] > places[op])
        limit = std::min(limit, places[maker]);
    return limit;
  }

  /// Whether it needs no other kernel and writes no state that another reads.
  bool isFree(kernel::FusedOp op) {
    auto isArgument = [](Value input) { return isa<BlockArgument>(input); };
    return llvm::all_of(op.getInputs(), isArgument) &&
           llvm::none_of(makers, [&](auto entry) {
             auto [state, maker] = entry;
             return maker == op && llvm::any_of(kernel::findReaders(state),
                                                [&](Operation *reader) {
                                                  return reader != op;
                                                });
           });
  }

  int64_t countWaiting(kernel::FusedOp op) {
    int64_t bytes = 0;
    DenseSet<Value> known;
    for (Value value : llvm::concat<Value>(op.getOperands(), op.getResults()))
      if (Value storage = kernel::findStorage(value);
          !states.contains(storage) && known.insert(storage).second)
        bytes += int64_t(fuse::countBytes(storage.getType(), maxBatch));
    return bytes;
  }

  /// Moves the update of a large weight to the end, behind the call that makes
  /// its gradient: so it is read from the cache there. One such update takes
  /// along all small ones. Whether the call could go, because what it reads is
  /// small and no state.
  bool delay(kernel::FusedOp update) {
    SmallVector<Operation *> movers{update};
    for (Value input : update.getInputs()) {
      Value storage = kernel::findStorage(input);
      auto call = storage.getDefiningOp<kernel::LibraryOp>();
      if (!call || fuse::countBytes(storage.getType(), maxBatch) <= mostWaiting)
        continue;
      if (movers.size() > 1 || !canWait(call))
        return false;
      for (Value value = input; value != storage;
           value = value.getDefiningOp<kernel::ViewOp>().getX())
        if (movers.push_back(value.getDefiningOp()); !value.hasOneUse())
          return false;
      if (!storage.hasOneUse())
        return false;
      movers.push_back(call);
    }
    if (movers.size() == 1)
      return false;
    Operation *exit = func.getBody().front().getTerminator();
    for (Operation *op : llvm::reverse(movers))
      op->moveBefore(exit);
    for (Value result : update.getResults())
      moveViews(result, update);
    return true;
  }

  bool canWait(kernel::LibraryOp call) {
    double bytes = 0;
    for (Value input : call.getInputs()) {
      Value storage = kernel::findStorage(input);
      if (states.contains(storage))
        return false;
      bytes += fuse::countBytes(storage.getType(), maxBatch);
    }
    return bytes <= mostWaiting;
  }

  /// Kernels that may all run right before `limit`.
  void groupInOrder(ArrayRef<Candidate> candidates, int64_t limit) {
    SmallVector<Candidate> members;
    int64_t held = 0, folds = 0;
    for (const Candidate &candidate : candidates) {
      if (held + candidate.waiting > mostHeld ||
          folds + candidate.folds > mostFolds) {
        makeGroup(members, limit);
        members.clear();
        held = folds = 0;
      }
      members.push_back(candidate);
      held += candidate.waiting;
      folds += candidate.folds;
    }
    makeGroup(members, limit);
  }

  /// The one with the nearest limit takes along all that may run right before
  /// that: no other choice needs fewer launches.
  void groupByLimit(std::vector<Candidate> &candidates) {
    while (!candidates.empty()) {
      auto isNearer = [](const Candidate &a, const Candidate &b) {
        return a.limit < b.limit;
      };
      int64_t limit = llvm::min_element(candidates, isNearer)->limit;
      std::vector<Candidate> taken, rest;
      for (const Candidate &c : candidates)
        (c.place < limit || c.isFree ? taken : rest).push_back(c);
      groupInOrder(taken, limit);
      candidates = std::move(rest);
    }
  }

  /// Stands where the last member stood that was in front of the limit.
  void makeGroup(ArrayRef<Candidate> members, int64_t limit) {
    if (members.size() < 2)
      return;
    kernel::FusedOp place = members.front().op;
    SmallVector<Location> locations;
    SmallVector<Value> inputs, results;
    for (const Candidate &candidate : members) {
      kernel::FusedOp member = candidate.op;
      if (candidate.place < limit)
        place = member;
      locations.push_back(member.getLoc());
      llvm::append_range(inputs, member.getInputs());
      llvm::append_range(results, member.getResults());
    }
    ImplicitLocOpBuilder b(fuse::joinLocations(locations, func.getLoc()),
                           place);
    auto group = kernel::GroupOp::create(b, TypeRange(results),
                                         b.getStringAttr(""), inputs);
    for (auto [result, output] : llvm::zip_equal(results, group.getOutputs())) {
      moveViews(result, group);
      result.replaceAllUsesWith(output);
    }
    Block &block = group.getBody().emplaceBlock();
    for (const Candidate &candidate : members) {
      Operation *member = candidate.op;
      member->moveBefore(&block, block.end());
      for (OpOperand &operand : member->getOpOperands())
        operand.set(
            block.addArgument(operand.get().getType(), member->getLoc()));
    }
    b.setInsertionPointToEnd(&block);
    kernel::YieldOp::create(b, results);
  }

  /// Views of a member's result follow it.
  static void moveViews(Value value, Operation *group) {
    for (Operation *user : value.getUsers())
      if (isa<kernel::ViewOp>(user) && user->isBeforeInBlock(group)) {
        user->moveAfter(group);
        moveViews(user->getResult(0), user);
      }
  }

  func::FuncOp func;
  int64_t maxBatch;
  DenseMap<Operation *, int64_t> places;
  int64_t end = 0;
  DenseSet<Value> states;
  DenseMap<Value, Operation *> makers;
};

struct GroupKernelsPass : dlc::impl::GroupKernelsBase<GroupKernelsPass> {
  using GroupKernelsBase::GroupKernelsBase;

  void runOnOperation() override {
    KernelGrouper(getOperation(), maxBatch).run();
    fuse::nameKernels(getOperation());
  }
};

} // namespace
