// The best partition of a small function into kernels, by trying all of them.
// What one kernel can compute is written here a second time, by the rules of
// docs/compiler/Fuse.md and without their order of decisions.
#include "test/compiler/fuse/Partition.h"
#include "compiler/fuse/Group.h"
#include "dialects/prim/Prim.h"
#include "llvm/ADT/SetVector.h"

#include <limits>
#include <set>

using namespace mlir;
using namespace dlc;

namespace dlc::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A set of nodes, a bit each.
using Set = uint32_t;

/// Whether kernels read the op's operand in its place: it costs nothing, and
/// nobody needs its result in memory.
bool isInlined(Operation *op) {
  auto loop = dyn_cast<prim::LoopOpInterface>(op);
  return loop && loop.isFree() &&
         llvm::all_of(op->getUsers(), llvm::IsaPred<prim::LoopOpInterface>);
}

bool isNode(Operation &op) {
  return !op.hasTrait<OpTrait::IsTerminator>() && !isInlined(&op);
}

/// Tries one set of nodes as a kernel with given loops.
class Attempt {
public:
  Attempt(const fuse::Loops &loops, ArrayRef<Operation *> members)
      : loops(loops), members(members.begin(), members.end()) {}

  /// Follows all reads from an output. False if the loops do not allow it.
  bool write(Operation *op) {
    auto loop = cast<prim::LoopOpInterface>(op);
    Type type = op->getResult(0).getType();
    if (fuse::findCombiner(loop))
      return folds(loop) && place(loop, loops.kept, false);
    if (loops.covers(loops.identity, type))
      return place(loop, loops.identity, true);
    return loops.covers(loops.kept, type) && place(loop, loops.kept, false);
  }

  /// Whether every member was met, each at one place.
  bool isWhole() const {
    return llvm::all_of(
        members, [&](Operation *op) { return places.lookup(op).size() == 1; });
  }

  llvm::SmallSetVector<Value, 8> inputs;

private:
  bool folds(prim::LoopOpInterface op) const {
    return op.getSpace() == loops.space && op.getReducedDims() == loops.reduced;
  }

  bool place(prim::LoopOpInterface op, AffineMap at, bool perElement) {
    if (!visited.insert({op, at.getAsOpaquePointer(), perElement}).second)
      return true;
    bool fold = fuse::findCombiner(op).has_value();
    if (members.contains(op))
      places[op].insert(at);
    AffineMap point = fold ? loops.identity : at;
    for (auto [i, operand] : llvm::enumerate(op->getOperands()))
      if (!read(operand, op.getOperandMap(i).compose(point),
                fold || perElement))
        return false;
    return true;
  }

  bool read(Value value, AffineMap at, bool perElement) {
    Operation *maker = value.getDefiningOp();
    if (maker && isInlined(maker))
      return place(cast<prim::LoopOpInterface>(maker), at, perElement);
    if (!maker || !members.contains(maker)) {
      // A free prim that is written for others is computed here all the same.
      auto loop = dyn_cast_or_null<prim::LoopOpInterface>(maker);
      if (loop && loop.isFree())
        return place(loop, at, perElement);
      inputs.insert(value);
      return true;
    }
    auto op = cast<prim::LoopOpInterface>(maker);
    bool early = !(perElement && loops.completesLate());
    if (fuse::findCombiner(op)) {
      if (!early || at != loops.kept || !folds(op))
        return false;
    } else if (!op.isFree() && !(early && loops.walksRowsOnce(at)) &&
               !loops.walksElementsOnce(at)) {
      return false;
    }
    return place(op, at, perElement);
  }

  const fuse::Loops &loops;
  llvm::DenseSet<Operation *> members;
  DenseMap<Operation *, llvm::SmallSetVector<AffineMap, 1>> places;
  std::set<std::tuple<Operation *, const void *, bool>> visited;
};

class Search {
public:
  Search(func::FuncOp function, const fuse::Machine &machine)
      : machine(machine) {
    for (Operation &op : function.getOps())
      if (isNode(op)) {
        number[&op] = nodes.size();
        nodes.push_back(&op);
      }
    needs.resize(nodes.size());
    for (auto [i, op] : llvm::enumerate(nodes))
      addNeeds(op, needs[i]);
    times.assign(size_t(1) << nodes.size(), infinity);
    for (Set set = 1; set < times.size(); ++set)
      times[set] = timeOf(set);
  }

  /// From nothing computed to all: each step adds one kernel whose inputs are
  /// there. What orders do not exist is never asked for.
  double run() const {
    std::vector<double> least(times.size(), infinity);
    least[0] = 0;
    Set all = times.size() - 1;
    for (Set done = 0; done < all; ++done) {
      if (least[done] == infinity)
        continue;
      Set rest = all & ~done;
      for (Set kernel = rest; kernel; kernel = (kernel - 1) & rest)
        if (times[kernel] < infinity &&
            (needsOf(kernel) & ~kernel & ~done) == 0)
          least[done | kernel] =
              std::min(least[done | kernel], least[done] + times[kernel]);
    }
    return least[all];
  }

private:
  void addNeeds(Operation *op, Set &set) const {
    for (Value operand : op->getOperands()) {
      Operation *maker = operand.getDefiningOp();
      if (!maker)
        continue;
      auto found = number.find(maker);
      if (found != number.end())
        set |= Set(1) << found->second;
      else
        addNeeds(maker, set);
    }
  }

  Set needsOf(Set set) const {
    Set all = 0;
    for (size_t i = 0; i < nodes.size(); ++i)
      if (set >> i & 1)
        all |= needs[i];
    return all;
  }

  /// Whether anything outside the set reads the op's result, maybe through free
  /// prims.
  bool isReadOutside(Operation *op, Set set) const {
    return llvm::any_of(op->getUsers(), [&](Operation *user) {
      auto found = number.find(user);
      if (found != number.end())
        return !(set >> found->second & 1);
      return !isInlined(user) || isReadOutside(user, set);
    });
  }

  double timeOf(Set set) const {
    SmallVector<Operation *> members;
    for (size_t i = 0; i < nodes.size(); ++i)
      if (set >> i & 1)
        members.push_back(nodes[i]);
    if (!llvm::all_of(members, llvm::IsaPred<prim::LoopOpInterface>)) {
      if (members.size() > 1)
        return infinity;
      if (isa<prim::ReshapeOp>(members[0]))
        return 0;
      return fuse::predictTime(SmallVector<Value>(members[0]->getOperands()),
                               SmallVector<Value>(members[0]->getResults()),
                               machine);
    }
    // Folds must agree on the loops; without any, those of any member may do.
    double least = infinity;
    for (Operation *anchor : members) {
      fuse::Loops loops{cast<prim::LoopOpInterface>(anchor)};
      Attempt attempt(loops, members);
      SmallVector<Value> outputs;
      bool fits = true;
      for (Operation *op : members)
        if (isReadOutside(op, set)) {
          outputs.push_back(op->getResult(0));
          fits = fits && attempt.write(op);
        }
      if (fits && attempt.isWhole())
        least = std::min(least, fuse::predictTime(attempt.inputs.getArrayRef(),
                                                  outputs, machine));
    }
    return least;
  }

  const fuse::Machine &machine;
  SmallVector<Operation *> nodes;
  DenseMap<Operation *, unsigned> number;
  std::vector<Set> needs;
  std::vector<double> times;
};

} // namespace

size_t countNodes(func::FuncOp function) {
  return llvm::count_if(function.getOps(), isNode);
}

double findLeastTime(func::FuncOp function, const fuse::Machine &machine) {
  return Search(function, machine).run();
}

} // namespace dlc::test
