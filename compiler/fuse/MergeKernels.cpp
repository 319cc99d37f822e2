// Joins kernels that walk the same loops over the same tensors, so that each
// tensor is read once.
#include "compiler/Passes.h"
#include "compiler/fuse/Cost.h"
#include "compiler/fuse/Kernels.h"
#include "compiler/fuse/explain/Reasons.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

#include <map>
#include <set>
#include <utility>

namespace dlc {
#define GEN_PASS_DEF_MERGEKERNELS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

/// More accumulators than this spill out of registers.
static constexpr size_t maxReductions = 8;
static constexpr size_t maxInputs = 16;

/// Of small kernels that share no tensor as many are tried with each other, so
/// that time grows with a program's length and not with its square.
static constexpr size_t mostSmallPartners = 128;

/// A batch to reckon with: choices may not depend on the actual one.
static constexpr int64_t nominalBatch = 32;

//===-- Whether two kernels may become one --------------------------------===//

namespace {

/// A tensor and where it is read.
using Access = std::pair<Value, AffineMap>;

/// Two kernels, `first` in front of `second`.
struct Pair {
  kernel::FusedOp first, second;
};

/// What one run of the pass merges.
struct Rules {
  /// What moves no more than this need share no tensor.
  int64_t smallBytes;
  /// Whether updates of states go with the sums that they wait for.
  bool updates;
};

} // namespace

/// The same space and the same folds, or folds in one of them only. States
/// stay out of a kernel that folds, which could not write them in place.
static bool haveSameLoops(Pair pair) {
  if (pair.first.getSpace() != pair.second.getSpace())
    return false;
  if (pair.first.getReduced() == pair.second.getReduced())
    return true;
  for (kernel::FusedOp op : {pair.first, pair.second})
    if (op.getReduced().empty())
      return llvm::none_of(op.getOutputs(), fuse::becomesState);
  return false;
}

/// The one that has the folds of the merged kernel.
static kernel::FusedOp getFolding(Pair pair) {
  return pair.first.getReduced().empty() ? pair.second : pair.first;
}

/// Whether a reading meets another element at every point of the space.
static bool readsAll(kernel::FusedOp op, AffineMap map) {
  return llvm::all_of(llvm::seq<unsigned>(0, op.getSpace().size()),
                      [&](unsigned dim) { return map.isFunctionOfDim(dim); });
}

/// All readings of the merged kernel: those of the first, then those of the
/// second that are neither there nor made by the first.
static SmallVector<Access> collectAccesses(Pair pair) {
  SmallVector<Access> accesses;
  for (kernel::FusedOp op : {pair.first, pair.second})
    for (auto [i, input] : llvm::enumerate(op.getInputs())) {
      Access access{input, op.getInputMap(i)};
      if (input.getDefiningOp() != pair.first.getOperation() &&
          !llvm::is_contained(accesses, access))
        accesses.push_back(access);
    }
  return accesses;
}

/// Whether both read a whole tensor in the same way, or the second one what the
/// first one makes.
static bool shareWholeTensor(Pair pair) {
  SmallVector<Access> known;
  for (auto [i, input] : llvm::enumerate(pair.first.getInputs()))
    known.push_back({input, pair.first.getInputMap(i)});
  for (auto [i, output] : llvm::enumerate(pair.first.getOutputs()))
    known.push_back({output, pair.first.getOutputMap(i)});
  for (auto [i, input] : llvm::enumerate(pair.second.getInputs())) {
    AffineMap map = pair.second.getInputMap(i);
    if (readsAll(pair.second, map) &&
        llvm::is_contained(known, Access(input, map)))
      return true;
  }
  return false;
}

/// Whether this value of a region follows from a reduction.
static bool followsReduction(Value value) {
  Operation *op = value.getDefiningOp();
  return op && (isa<kernel::ReduceOp>(op) ||
                llvm::any_of(op->getOperands(), followsReduction));
}

/// Whether a fold, or what is written per element where `kept` walks the rows,
/// is made of this input.
static bool meetsElements(kernel::FusedOp op, unsigned input, AffineMap kept) {
  DenseSet<Value> made{op.getBody().getArgument(input)};
  for (Operation &inner : op.getBody().front().without_terminator()) {
    if (llvm::none_of(inner.getOperands(),
                      [&](Value value) { return made.contains(value); }))
      continue;
    if (isa<kernel::ReduceOp>(inner))
      return true;
    made.insert_range(inner.getResults());
  }
  Operation *yield = op.getBody().front().getTerminator();
  for (auto [i, value] : llvm::enumerate(yield->getOperands()))
    if (op.getOutputMap(i) != kept && made.contains(value))
      return true;
  return false;
}

/// Whether all that it writes is a number a row.
static bool writesRowsOnly(kernel::FusedOp op) {
  return llvm::all_of(
      llvm::seq<unsigned>(0, op.getOutputs().size()),
      [&](unsigned i) { return op.getOutputMap(i) == op.getKeptMap(); });
}

/// Whether the second one updates a state and folds nothing, so that the first
/// one could no longer go where its elements are made, or could not write the
/// state in place beside what it writes per element.
static bool mustUpdateApart(Pair pair, Rules rules) {
  kernel::FusedOp op = pair.second;
  return op.getBody().getOps<kernel::ReduceOp>().empty() &&
         llvm::any_of(op.getOutputs(), fuse::becomesState) &&
         !(rules.updates && writesRowsOnly(pair.first));
}

/// Whether the second one can go on with the scalars of the first: it reads its
/// outputs where they are written, and where rows are complete only at the very
/// end its elements need neither a sum of the first nor what it computes once a
/// row, which would be computed again in each iteration.
static bool canForward(Pair pair, Rules rules) {
  Operation *yield = pair.first.getBody().front().getTerminator();
  kernel::FusedOp folding = getFolding(pair);
  bool late = folding.getPattern() == kernel::Pattern::ColumnReduction ||
              folding.getReduced().size() == folding.getSpace().size();
  for (auto [i, input] : llvm::enumerate(pair.second.getInputs())) {
    if (input.getDefiningOp() != pair.first.getOperation())
      continue;
    unsigned output = cast<OpResult>(input).getResultNumber();
    if (pair.second.getInputMap(i) != pair.first.getOutputMap(output))
      return false;
    if (late &&
        (pair.second.getInputMap(i) == folding.getKeptMap() ||
         followsReduction(yield->getOperand(output))) &&
        (mustUpdateApart(pair, rules) ||
         meetsElements(pair.second, i, folding.getKeptMap())))
      return false;
  }
  return true;
}

/// An op between the two that needs the first and that the second needs, or
/// null. Looks at what the second needs and what needs the first by turns, so
/// that it is done when the fewer of them are: either may be half of a program.
static Operation *findOpBetween(Pair pair) {
  SmallVector<Operation *> needed, behind;
  DenseSet<Operation *> isNeeded, isBehind;
  auto isBetween = [&](Operation *op) {
    return op && pair.first->isBeforeInBlock(op) &&
           op->isBeforeInBlock(pair.second);
  };
  auto addMakers = [&](Operation *op) {
    for (Value value : op->getOperands())
      if (Operation *maker = value.getDefiningOp();
          isBetween(maker) && isNeeded.insert(maker).second)
        needed.push_back(maker);
  };
  auto addUsers = [&](Operation *op) {
    for (Operation *user : op->getUsers())
      if (isBetween(user) && isBehind.insert(user).second)
        behind.push_back(user);
  };
  addMakers(pair.second);
  addUsers(pair.first);
  for (size_t i = 0; i < needed.size() && i < behind.size(); ++i) {
    if (isBehind.contains(needed[i]))
      return needed[i];
    if (isNeeded.contains(behind[i]))
      return behind[i];
    addMakers(needed[i]);
    addUsers(behind[i]);
  }
  return nullptr;
}

static size_t countReductions(Pair pair) {
  size_t count = 0;
  for (kernel::FusedOp op : {pair.first, pair.second})
    count += llvm::range_size(op.getBody().getOps<kernel::ReduceOp>());
  return count;
}

/// What it reads and writes.
static double countBytes(kernel::FusedOp op) {
  double bytes = 0;
  for (TypeRange types :
       {TypeRange(op.getInputs()), TypeRange(op.getOutputs())})
    for (Type type : types)
      bytes += fuse::countBytes(type, nominalBatch);
  return bytes;
}

/// Whether the two read and write so little that a launch costs more. They need
/// no other reason to be one.
static bool areSmall(Pair pair, Rules rules) {
  return countBytes(pair.first) + countBytes(pair.second) <=
         double(rules.smallBytes);
}

/// Whether the second one makes numbers a row of the first one's folds: all
/// that it would do by itself is to wait for them.
static bool endsRows(Pair pair) {
  kernel::FusedOp op = pair.second;
  AffineMap kept = pair.first.getKeptMap();
  if (pair.first.getReduced().empty() ||
      !op.getBody().getOps<kernel::ReduceOp>().empty() ||
      !llvm::is_contained(pair.first->getUsers(), op))
    return false;
  return llvm::all_of(llvm::seq<unsigned>(0, op.getOutputs().size()),
                      [&](unsigned i) { return op.getOutputMap(i) == kept; });
}

static bool canMerge(Pair pair, Rules rules) {
  return haveSameLoops(pair) &&
         (shareWholeTensor(pair) || endsRows(pair) || areSmall(pair, rules)) &&
         countReductions(pair) <= maxReductions &&
         collectAccesses(pair).size() <= maxInputs && canForward(pair, rules) &&
         !findOpBetween(pair);
}

//===-- Rows --------------------------------------------------------------===//

/// A pointwise kernel over the rows of `folding`, written with the loops of
/// that: what it computes is then computed once a row. Null if it walks
/// anything else.
static kernel::FusedOp lift(kernel::FusedOp op, kernel::FusedOp folding) {
  if (!op.getReduced().empty() || folding.getReduced().empty())
    return {};
  AffineMap kept = folding.getKeptMap();
  SmallVector<int64_t> rows;
  for (AffineExpr expr : kept.getResults())
    rows.push_back(folding.getSpace()[cast<AffineDimExpr>(expr).getPosition()]);
  if (op.getSpace() != ArrayRef(rows))
    return {};
  OpBuilder b(op);
  SmallVector<AffineMap> maps;
  for (AffineMap map : op.getMaps().getAsValueRange<AffineMapAttr>())
    maps.push_back(map.compose(kept));
  auto lifted = kernel::FusedOp::create(
      b, op.getLoc(), op->getResultTypes(), op.getNameAttr(),
      folding.getPatternAttr(), folding.getSpaceAttr(),
      folding.getReducedAttr(), b.getAffineMapArrayAttr(maps), op.getInputs(),
      /*schedule=*/nullptr);
  lifted->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  IRMapping mapping;
  op.getBody().cloneInto(&lifted.getBody(), mapping);
  lifted.walk([&](kernel::IndexOp index) {
    index.setDim(
        cast<AffineDimExpr>(kept.getResult(index.getDim())).getPosition());
  });
  return lifted;
}

//===-- Where the merged kernel may stand ---------------------------------===//

/// Whether only the second one, and what is behind it, needs the first.
static bool canSink(Pair pair) {
  return llvm::all_of(pair.first->getUsers(), [&](Operation *user) {
    return user == pair.second || pair.second->isBeforeInBlock(user);
  });
}

/// Whether the inputs of the second one can be there in time, and it is no loss
/// to have its outputs early: large ones would fill memory.
static bool canHoist(Pair pair, llvm::SetVector<Operation *> &movers) {
  if (llvm::any_of(pair.second.getOutputs(), fuse::becomesState))
    return false;
  bool small = !pair.second.getReduced().empty() && writesRowsOnly(pair.second);
  for (Operation *op = pair.first->getNextNode(); op != pair.second && !small;
       op = op->getNextNode())
    if (isa<kernel::LibraryOp>(op))
      return false;
  return llvm::all_of(pair.second.getInputs(), [&](Value input) {
    return input.getDefiningOp() == pair.first ||
           fuse::collectMovers(input, pair.first, pair.first.getSpace().size(),
                               movers);
  });
}

//===-- Notes for people --------------------------------------------------===//

/// The first of the rules of canMerge that keeps two kernels apart.
static std::string explainApart(Pair pair, Rules rules) {
  if (!haveSameLoops(pair))
    return "their loops differ";
  if (countReductions(pair) > maxReductions)
    return "one kernel has at most 8 reductions, or registers spill";
  if (collectAccesses(pair).size() > maxInputs)
    return "one kernel has at most 16 inputs, or registers spill";
  if (!canForward(pair, rules))
    return "it reads the result at other places, or before it is complete";
  if (Operation *between = findOpBetween(pair))
    return "one kernel of both would make a cycle through " +
           fuse::describe("another kernel", between);
  if (!shareWholeTensor(pair) && !endsRows(pair) && !areSmall(pair, rules))
    return "neither goes over all of the other's elements";
  return "what lies between them needs the one before the other can run";
}

/// Adds to what kept a kernel from taking in the makers of its inputs what kept
/// the two kernels from being merged.
static void noteApart(kernel::FusedOp second, Rules rules) {
  SmallVector<std::string> refusals =
      fuse::getStrings(second, fuse::refusalsKey);
  refusals.resize(second.getInputs().size());
  for (auto [i, input] : llvm::enumerate(second.getInputs()))
    if (auto first = input.getDefiningOp<kernel::FusedOp>()) {
      std::string apart = explainApart({first, second}, rules);
      // A target may merge once more.
      if (!StringRef(refusals[i]).contains(apart))
        refusals[i] += (refusals[i].empty() ? "" : "; ") + apart;
    }
  fuse::setStrings(second, fuse::refusalsKey, refusals);
}

/// What the two said of the readings that are left, and of their forming.
static void joinNotes(Pair pair, kernel::FusedOp merged, bool shares) {
  SmallVector<std::string> refusals(merged.getInputs().size()), formed;
  for (kernel::FusedOp op : {pair.first, pair.second}) {
    SmallVector<std::string> own = fuse::getStrings(op, fuse::refusalsKey);
    for (size_t i = 0; i < own.size(); ++i)
      for (auto [k, input] : llvm::enumerate(merged.getInputs()))
        if (input == op.getInputs()[i] &&
            merged.getInputMap(k) == op.getInputMap(i))
          refusals[k] = own[i];
    llvm::append_range(formed, fuse::getStrings(op, fuse::formedKey));
  }
  formed.push_back(shares ? "joined, because both go over one tensor alike"
                          : "joined, because both move less than a launch "
                            "costs");
  fuse::setStrings(merged, fuse::refusalsKey, refusals);
  fuse::setStrings(merged, fuse::formedKey, formed);
}

//===-- Merging -----------------------------------------------------------===//

/// Copies a region into another; returns what it yields.
static SmallVector<Value> inlineBody(OpBuilder &b, kernel::FusedOp op,
                                     ValueRange arguments) {
  IRMapping mapping;
  mapping.map(op.getBody().getArguments(), arguments);
  Block &block = op.getBody().front();
  for (Operation &inner : block.without_terminator())
    b.clone(inner, mapping);
  SmallVector<Value> yields;
  for (Value value : block.getTerminator()->getOperands())
    yields.push_back(mapping.lookup(value));
  return yields;
}

static kernel::FusedOp merge(Pair pair, Operation *place, bool explain) {
  bool shares = explain && shareWholeTensor(pair);
  ImplicitLocOpBuilder b(
      fuse::joinLocations({pair.first.getLoc(), pair.second.getLoc()},
                          pair.second.getLoc()),
      place);
  SmallVector<Access> accesses = collectAccesses(pair);
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  Region region;
  Block &block = region.emplaceBlock();
  for (auto [value, map] : accesses) {
    inputs.push_back(value);
    maps.push_back(map);
    block.addArgument(getElementTypeOrSelf(value.getType()), value.getLoc());
  }

  OpBuilder inner(b.getContext());
  inner.setInsertionPointToEnd(&block);
  SmallVector<Value> made, yields;
  SmallVector<Value> results;
  SmallVector<Type> types;
  for (kernel::FusedOp op : {pair.first, pair.second}) {
    SmallVector<Value> arguments;
    for (auto [i, input] : llvm::enumerate(op.getInputs()))
      if (input.getDefiningOp() == pair.first)
        arguments.push_back(made[cast<OpResult>(input).getResultNumber()]);
      else
        arguments.push_back(block.getArgument(
            llvm::find(accesses, Access(input, op.getInputMap(i))) -
            accesses.begin()));
    SmallVector<Value> scalars = inlineBody(inner, op, arguments);
    for (auto [i, output] : llvm::enumerate(op.getOutputs())) {
      // What only the second one read stays inside, or that which it was lifted
      // from and nobody uses any more.
      if (llvm::all_of(output.getUsers(), [&](Operation *user) {
            return user == pair.second ||
                   (isa<kernel::FusedOp>(user) && user->use_empty());
          }))
        continue;
      results.push_back(output);
      types.push_back(output.getType());
      yields.push_back(scalars[i]);
      maps.push_back(op.getOutputMap(i));
    }
    made = scalars;
  }
  kernel::YieldOp::create(inner, b.getLoc(), yields);

  auto merged = kernel::FusedOp::create(
      b, types, pair.first.getNameAttr(), getFolding(pair).getPatternAttr(),
      pair.first.getSpaceAttr(), getFolding(pair).getReducedAttr(),
      b.getAffineMapArrayAttr(maps), inputs, /*schedule=*/nullptr);
  merged.getBody().takeBody(region);
  if (explain)
    joinNotes(pair, merged, shares);
  for (auto [result, output] : llvm::zip_equal(results, merged.getOutputs()))
    result.replaceAllUsesWith(output);
  pair.second.erase();
  // What the second one was lifted from is about to go.
  for (Operation *dead : llvm::to_vector(pair.first->getUsers()))
    dead->dropAllReferences();
  pair.first.erase();
  return merged;
}

namespace {

/// The kernels in their order, and which of them may be worth merging: those
/// that read or make what another reads, and the nearest small ones that walk
/// the same loops or rows. Of most pairs neither is true, and a deep model has
/// very many pairs.
class Candidates {
public:
  Candidates(func::FuncOp function, Rules rules) : rules(rules) {
    for (auto op : function.getOps<kernel::FusedOp>()) {
      kernels.emplace_back();
      put(kernels.size() - 1, op);
    }
  }

  size_t size() const { return kernels.size(); }
  kernel::FusedOp operator[](size_t place) const { return kernels[place]; }

  /// Places in front of `second`, the nearest first; none if no kernel is there
  /// any more.
  SmallVector<size_t> findPartners(size_t second) const {
    kernel::FusedOp op = kernels[second];
    SmallVector<size_t> partners;
    if (!op)
      return partners;
    auto add = [&](Operation *other) {
      auto found = places.find(other);
      if (found != places.end() && found->second < second)
        partners.push_back(found->second);
    };
    for (Value input : op.getInputs()) {
      add(input.getDefiningOp());
      llvm::for_each(input.getUsers(), add);
    }
    if (isSmall(op))
      for (const Space &walk : listWalks(op))
        if (auto found = small.find(walk); found != small.end())
          addNearest(found->second, second, partners);
    llvm::sort(partners, std::greater());
    partners.erase(llvm::unique(partners), partners.end());
    return partners;
  }

  /// Puts the kernel of two in the place of one of them. Both are gone.
  void replace(size_t first, size_t second, kernel::FusedOp merged,
               bool inFirstPlace) {
    for (size_t place : {first, second}) {
      places.erase(kernels[place].getOperation());
      kernels[place] = {};
    }
    put(inFirstPlace ? first : second, merged);
  }

private:
  using Space = std::vector<int64_t>;

  bool isSmall(kernel::FusedOp op) const {
    return rules.smallBytes > 0 && countBytes(op) <= double(rules.smallBytes);
  }

  /// What it walks: its space, and its rows where it folds.
  static SmallVector<Space, 2> listWalks(kernel::FusedOp op) {
    SmallVector<Space, 2> walks{op.getSpace().vec()};
    if (op.getReduced().empty())
      return walks;
    Space rows;
    for (AffineExpr expr : op.getKeptMap().getResults())
      rows.push_back(op.getSpace()[cast<AffineDimExpr>(expr).getPosition()]);
    walks.push_back(rows);
    return walks;
  }

  void addNearest(const std::set<size_t> &from, size_t second,
                  SmallVectorImpl<size_t> &partners) const {
    size_t most = partners.size() + mostSmallPartners;
    for (auto it = from.lower_bound(second);
         it != from.begin() && partners.size() < most;)
      if (kernel::FusedOp op = kernels[*--it]; op && isSmall(op))
        partners.push_back(*it);
  }

  void put(size_t place, kernel::FusedOp op) {
    kernels[place] = op;
    places[op] = place;
    if (isSmall(op))
      for (const Space &walk : listWalks(op))
        small[walk].insert(place);
  }

  Rules rules;
  std::vector<kernel::FusedOp> kernels;
  DenseMap<Operation *, size_t> places;
  /// By what they walk; some that are gone are among them.
  std::map<Space, std::set<size_t>> small;
};

struct MergeKernelsPass : dlc::impl::MergeKernelsBase<MergeKernelsPass> {
  using MergeKernelsBase::MergeKernelsBase;

  void runOnOperation() override {
    // What shares a tensor gains more than a launch and comes first.
    mergeAll({/*smallBytes=*/0, updates});
    Rules rules{launchBytes, updates};
    mergeAll(rules);
    fuse::nameKernels(getOperation());
    if (explain)
      for (auto op : getOperation().getOps<kernel::FusedOp>())
        noteApart(op, rules);
  }

  void mergeAll(Rules rules) {
    Candidates kernels(getOperation(), rules);
    for (size_t second = 1; second < kernels.size(); ++second)
      // The nearest one in front; what sinks tries the ones before it again.
      for (bool sank = true; std::exchange(sank, false);)
        for (size_t first : kernels.findPartners(second)) {
          Merged merged = tryMerge({kernels[first], kernels[second]}, rules);
          if (!merged.kernel)
            continue;
          kernels.replace(first, second, merged.kernel, merged.inFirstPlace);
          sank = !merged.inFirstPlace;
          break;
        }
  }

  struct Merged {
    kernel::FusedOp kernel;
    bool inFirstPlace = false;
  };

  Merged tryMerge(Pair pair, Rules rules) {
    if (pair.first.getReduced().empty() != pair.second.getReduced().empty()) {
      if (kernel::FusedOp lifted = lift(pair.first, pair.second)) {
        Merged merged =
            tryLifted({lifted, pair.second}, pair.first, lifted, rules);
        if (merged.kernel)
          return merged;
      } else if (kernel::FusedOp lifted = lift(pair.second, pair.first)) {
        Merged merged =
            tryLifted({pair.first, lifted}, pair.second, lifted, rules);
        if (merged.kernel)
          return merged;
      }
    }
    return tryAligned(pair, rules);
  }

  /// Tries `lifted` in the place of `original`, and takes it back if in vain.
  Merged tryLifted(Pair pair, kernel::FusedOp original, kernel::FusedOp lifted,
                   Rules rules) {
    original.replaceAllUsesWith(lifted);
    Merged merged = tryAligned(pair, rules);
    if (merged.kernel) {
      original.erase();
    } else {
      lifted.replaceAllUsesWith(original);
      lifted.erase();
    }
    return merged;
  }

  Merged tryAligned(Pair pair, Rules rules) {
    if (!canMerge(pair, rules))
      return {};
    if (canSink(pair))
      return {merge(pair, pair.second, explain), false};
    llvm::SetVector<Operation *> movers;
    if (!canHoist(pair, movers))
      return {};
    for (Operation *op : movers)
      op->moveBefore(pair.first);
    return {merge(pair, pair.first, explain), true};
  }
};

} // namespace
