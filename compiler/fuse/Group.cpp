// Grows the group of a kernel from its root backwards. All is decided here,
// before any IR is written; the builder only follows.
#include "compiler/fuse/Group.h"
#include "compiler/fuse/Recompute.h"
#include "llvm/ADT/SetVector.h"

#include <queue>

using namespace mlir;
using namespace dlc;
using namespace dlc::fuse;

/// More accumulators than this spill out of registers.
static constexpr unsigned maxReductions = 8;

std::optional<arith::AtomicRMWKind>
dlc::fuse::findCombiner(prim::LoopOpInterface prim) {
  if (prim.getReducedDims().empty())
    return std::nullopt;
  return prim.getCombiner();
}

bool Group::computes(prim::LoopOpInterface prim) const {
  return members.contains(prim) || copies.contains(prim) ||
         (absorbsFree && isComputedAnywhere(prim));
}

//===-- Loops -------------------------------------------------------------===//

Loops::Loops(prim::LoopOpInterface prim) : space(prim.getSpace()) {
  if (findCombiner(prim))
    reduced = prim.getReducedDims();
  identity =
      AffineMap::getMultiDimIdentityMap(space.size(), prim->getContext());
  kept = kernel::dropDims(identity, reduced);
}

bool Loops::completesLate() const {
  return kernel::choosePattern(space.size(), reduced) ==
             kernel::Pattern::ColumnReduction ||
         (!reduced.empty() && kept.getNumResults() == 0);
}

bool Loops::covers(AffineMap map, Type type) const {
  SmallVector<int64_t> sizes;
  for (AffineExpr expr : map.getResults())
    sizes.push_back(space[cast<AffineDimExpr>(expr).getPosition()]);
  return cast<RankedTensorType>(type).getShape() == ArrayRef(sizes);
}

/// Whether every expression of the map follows one dim at most, and all of them
/// together just the dims that are kept: no two points then share an element.
static bool followsEach(AffineMap map,
                        llvm::function_ref<bool(unsigned)> keeps) {
  for (AffineExpr expr : map.getResults()) {
    unsigned dims = 0;
    for (unsigned dim = 0; dim < map.getNumDims(); ++dim)
      dims += expr.isFunctionOfDim(dim);
    if (dims > 1)
      return false;
  }
  for (unsigned dim = 0; dim < map.getNumDims(); ++dim)
    if (map.isFunctionOfDim(dim) != keeps(dim))
      return false;
  return true;
}

bool Loops::walksElementsOnce(AffineMap map) const {
  return followsEach(map, [](unsigned) { return true; });
}

bool Loops::walksRowsOnce(AffineMap map) const {
  return followsEach(map, [&](unsigned dim) {
    return !llvm::is_contained(reduced, int64_t(dim));
  });
}

//===-- What the kernel reads and computes --------------------------------===//

namespace {

/// Follows every read from the root backwards, given the members.
class Walk {
public:
  Walk(const Group &group) : group(group), loops(group.loops) {
    // What meets the elements is per element; what only meets rows is not.
    const Place &root = group.outputs.front();
    compute(group.getRoot(), root.map, root.map != loops.kept);
  }

  /// Where each member is computed.
  DenseMap<Operation *, llvm::SmallSetVector<AffineMap, 1>> places;
  /// Members that are read where they may not be computed.
  DenseSet<Operation *> unfit;
  /// What is read and not computed.
  SmallVector<Place> inputs;

private:
  void read(Value value, AffineMap at, bool perElement) {
    auto op = value.getDefiningOp<prim::LoopOpInterface>();
    if (!visited[perElement].insert({value, at}).second)
      return;
    if (!op || !group.computes(op)) {
      inputs.push_back({value, at});
      return;
    }
    if (fits(op, at, perElement))
      compute(op, at, perElement);
    else
      unfit.insert(op);
  }

  void compute(prim::LoopOpInterface op, AffineMap at, bool perElement) {
    places[op].insert(at);
    bool folds = findCombiner(op).has_value();
    AffineMap point = folds ? loops.identity : at;
    for (auto [i, operand] : llvm::enumerate(op->getOperands()))
      read(operand, op.getOperandMap(i).compose(point), folds || perElement);
  }

  /// Some prims fit anywhere. Others only where each element is computed once:
  /// once a point or once a row. Where rows are complete only at the very end,
  /// nothing per row can be had while their elements go by.
  bool fits(prim::LoopOpInterface op, AffineMap at, bool perElement) const {
    if (isComputedAnywhere(op))
      return true;
    bool early = !(perElement && loops.completesLate());
    if (findCombiner(op))
      return early && at == loops.kept && op.getSpace() == loops.space &&
             op.getReducedDims() == loops.reduced;
    return (early && (loops.walksRowsOnce(at) || isCheapInRow(op))) ||
           loops.walksElementsOnce(at);
  }

  const Group &group;
  const Loops &loops;
  /// Once for readers per row and once for readers per element.
  DenseSet<std::pair<Value, AffineMap>> visited[2];
};

} // namespace

//===-- Growing -----------------------------------------------------------===//

static bool isBehind(Operation *op, Operation *root) {
  return root->isBeforeInBlock(op);
}

/// Whether some user that is no member comes behind the root; nothing if one
/// comes before it, which could not read the kernel's outputs.
static std::optional<bool> isUsedBehind(Operation *op, const Group &group) {
  bool behind = false;
  for (Operation *user : op->getUsers())
    if (!group.members.contains(user)) {
      if (!isBehind(user, group.getRoot()))
        return std::nullopt;
      behind = true;
    }
  return behind;
}

/// The map at which a member can be written, if there is one.
static AffineMap findStore(Operation *op, const Group &group,
                           ArrayRef<AffineMap> places) {
  const Loops &loops = group.loops;
  for (AffineMap map : places)
    if ((map == loops.identity || map == loops.kept) &&
        loops.covers(map, op->getResult(0).getType()))
      return map;
  return AffineMap();
}

/// Drops members and copies until every one that is left is read only where it
/// fits, and adds the outputs.
static Group settle(Group group) {
  while (true) {
    Walk walk(group);
    unsigned copies = group.copies.size();
    for (Operation *op : llvm::to_vector(group.copies))
      if (walk.unfit.contains(op) || !walk.places.contains(op)) {
        group.copies.erase(op);
        group.refusals[op] = Refusal::ComputedTwice;
      }
    if (group.copies.size() != copies)
      continue;
    SmallVector<Place> outputs;
    SmallVector<Operation *> dropped;
    for (Operation *op : group.members) {
      auto found = walk.places.find(op);
      if (op == group.getRoot())
        continue;
      std::optional<bool> behind = isUsedBehind(op, group);
      bool isTwice = found != walk.places.end() && found->second.size() > 1 &&
                     !isComputedAnywhere(cast<prim::LoopOpInterface>(op));
      if (found == walk.places.end() || walk.unfit.contains(op) || !behind ||
          isTwice) {
        dropped.push_back(op);
        group.refusals[op] = walk.unfit.contains(op) ? Refusal::ComputedTwice
                             : !behind               ? Refusal::NeededBefore
                                                     : Refusal::TwoPlaces;
        continue;
      }
      if (!*behind)
        continue;
      AffineMap map = findStore(op, group, found->second.getArrayRef());
      if (map) {
        outputs.push_back({op->getResult(0), map});
        continue;
      }
      dropped.push_back(op);
      group.refusals[op] = Refusal::NotWritable;
    }
    if (dropped.empty()) {
      // Members have no order of their own.
      llvm::sort(outputs, [](const Place &a, const Place &b) {
        return a.value.getDefiningOp()->isBeforeInBlock(
            b.value.getDefiningOp());
      });
      group.outputs.append(outputs);
      return group;
    }
    for (Operation *op : dropped) {
      group.members.erase(op);
      auto prim = cast<prim::LoopOpInterface>(op);
      if (!isUsedBehind(op, group) && !walk.unfit.contains(op) &&
          walk.places.contains(op) && isBetterRecomputed(prim))
        group.copies.insert(op);
    }
  }
}

/// Whether a reduction would lose the producer of its elements by moving to the
/// root: the producer fits the kernel where the reduction stands, but others
/// need it before the root.
static bool leavesProducer(const Group &group, prim::LoopOpInterface anchor) {
  Walk walk(group);
  return llvm::any_of(walk.inputs, [&](const Place &input) {
    auto maker = input.value.getDefiningOp<prim::LoopOpInterface>();
    return maker && !maker.isFree() && !findCombiner(maker) &&
           group.loops.walksElementsOnce(input.map) &&
           llvm::all_of(maker->getUsers(), [&](Operation *user) {
             return group.members.contains(user) || isBehind(user, anchor);
           });
  });
}

/// A group around the loops of `anchor`, if the root can run in them: as the
/// epilogue, once for each row, or in step, once for each element.
static std::optional<Group> tryAnchor(prim::LoopOpInterface anchor,
                                      const Group &all) {
  prim::LoopOpInterface root = all.getRoot();
  Loops loops(anchor);
  Value result = root->getResult(0);
  bool inStep =
      !findCombiner(root) && loops.covers(loops.identity, result.getType());
  if (!inStep && !loops.covers(loops.kept, result.getType()))
    return std::nullopt;
  AffineMap at = inStep ? loops.identity : loops.kept;
  Group group = settle(
      {loops, all.members, all.copies, {{result, at}}, true, all.refusals});
  if (!group.members.contains(anchor))
    return std::nullopt;
  // To write one element a row and read it again costs less than to read all
  // elements again.
  if (!inStep && anchor != root && leavesProducer(group, anchor))
    return std::nullopt;
  return group;
}

Group dlc::fuse::isolateRoot(prim::LoopOpInterface root) {
  Loops loops(root);
  return {loops, {root}, {}, {{root->getResult(0), loops.kept}}, false};
}

namespace {

/// Prims that make what members read, in the order opposite to the program's:
/// all users of one that are to be members are so when its turn comes.
class Makers {
public:
  void addFor(Operation *user) {
    for (Value operand : user->getOperands()) {
      auto maker = operand.getDefiningOp<prim::LoopOpInterface>();
      if (maker && known.insert(maker).second)
        waiting.push(maker);
    }
  }

  /// Null when there are no more.
  prim::LoopOpInterface takeLast() {
    if (waiting.empty())
      return nullptr;
    Operation *last = waiting.top();
    waiting.pop();
    return cast<prim::LoopOpInterface>(last);
  }

private:
  struct IsBefore {
    bool operator()(Operation *a, Operation *b) const {
      return a->isBeforeInBlock(b);
    }
  };
  std::priority_queue<Operation *, std::vector<Operation *>, IsBefore> waiting;
  DenseSet<Operation *> known;
};

} // namespace

/// Whether a value follows from a reduction over whole rows of these loops, as
/// the sum of a softmax, by ops on rows alone.
static bool followsRows(Value value, const Loops &loops) {
  auto op = value.getDefiningOp<prim::LoopOpInterface>();
  if (!op)
    return false;
  if (findCombiner(op))
    return op.getSpace() == loops.space &&
           llvm::none_of(op.getReducedDims(), [&](int64_t dim) {
             return llvm::is_contained(loops.reduced, dim);
           });
  bool isRow = cast<RankedTensorType>(value.getType()).getRank() <
               int64_t(loops.space.size());
  return (isRow || op.isFree()) &&
         llvm::any_of(op->getOperands(), [&](Value operand) {
           return followsRows(operand, loops);
         });
}

/// Whether the elements that the root adds up to columns are written anyway and
/// need whole rows, as the gradient of a softmax. The kernel of these rows then
/// writes them: here they would be computed from more tensors than they are.
static bool leavesElementsToRows(const Group &all) {
  prim::LoopOpInterface root = all.getRoot();
  if (!findCombiner(root) || !all.loops.completesLate())
    return false;
  auto elements = root->getOperand(0).getDefiningOp<prim::LoopOpInterface>();
  return elements && all.members.contains(elements) && !elements.isFree() &&
         isUsedBehind(elements, all).value_or(false) &&
         llvm::any_of(all.members, [&](Operation *member) {
           return member != root &&
                  llvm::any_of(member->getOperands(), [&](Value operand) {
                    return followsRows(operand, all.loops);
                  });
         });
}

Group dlc::fuse::growGroup(prim::LoopOpInterface root) {
  Group all{Loops(root), {root}, {}, {{root->getResult(0), AffineMap()}}};
  SmallVector<prim::LoopOpInterface> anchors;
  if (findCombiner(root))
    anchors.push_back(root);
  Makers makers;
  makers.addFor(root);
  while (prim::LoopOpInterface prim = makers.takeLast()) {
    Operation *op = prim;
    if (!isUsedBehind(op, all)) {
      if (isBetterRecomputed(prim)) {
        all.copies.insert(op);
        makers.addFor(op);
      }
      all.refusals[op] = Refusal::NeededBefore;
      continue;
    }
    if (findCombiner(prim)) {
      if (anchors.size() == maxReductions) {
        all.refusals[op] = Refusal::ManyReductions;
        continue;
      }
      anchors.push_back(prim);
    }
    all.members.insert(op);
    makers.addFor(op);
  }

  if (leavesElementsToRows(all)) {
    for (Operation *op : all.members)
      all.refusals[op] = Refusal::RowsFirst;
    all.members = {root};
    all.copies.clear();
  }
  // The reduction nearest to the root that its kernel can be built around.
  if (findCombiner(root))
    anchors.resize(1);
  else
    anchors.push_back(root);
  for (prim::LoopOpInterface anchor : anchors)
    if (std::optional<Group> group = tryAnchor(anchor, all))
      return *group;
  Group alone = isolateRoot(root);
  alone.refusals = std::move(all.refusals);
  return alone;
}
