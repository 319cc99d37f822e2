// Why a group of prims is what it is, in words.
#include "compiler/fuse/explain/ExplainGroup.h"
#include "compiler/fuse/explain/Reasons.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::fuse;

static SmallVector<Operation *> inOrder(const DenseSet<Operation *> &ops) {
  SmallVector<Operation *> sorted(ops.begin(), ops.end());
  llvm::sort(sorted,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return sorted;
}

/// "reduce_sum (BatchNormalization bn)".
static std::string describePrim(Operation *op) {
  return fuse::describe(op->getName().stripDialect(), op);
}

SmallVector<std::string> dlc::fuse::explainForming(const Group &group) {
  SmallVector<std::string> sentences;
  Operation *anchor = group.getRoot();
  for (Operation *op : inOrder(group.members))
    if (findCombiner(cast<prim::LoopOpInterface>(op)))
      anchor = op;
  std::string formed = "forms around " + describePrim(anchor);
  if (group.members.size() > 1)
    formed +=
        llvm::formatv(": {0} operations share its loops", group.members.size());
  sentences.push_back(formed);
  for (Operation *op : inOrder(group.copies))
    sentences.push_back(
        llvm::formatv("computes {0} again, which costs less than to read it",
                      describePrim(op)));
  return sentences;
}

/// The first op before the root that needs the result.
static std::string findEarlyReader(const Group &group, Operation *op) {
  for (Operation *user : inOrder(
           DenseSet<Operation *>(op->getUsers().begin(), op->getUsers().end())))
    if (!group.members.contains(user) && user->isBeforeInBlock(group.getRoot()))
      return describePrim(user);
  return "another reader";
}

std::string dlc::fuse::explainRefusal(const Group &group, Value input) {
  auto maker = input.getDefiningOp<prim::LoopOpInterface>();
  if (!maker)
    return "";
  auto refusal = group.refusals.find(maker);
  if (refusal == group.refusals.end())
    return "its loops are others";
  switch (refusal->second) {
  case Refusal::NeededBefore:
    return findEarlyReader(group, maker) + " needs the value earlier";
  case Refusal::ComputedTwice:
    return "its elements would be computed more than once, or before a sum "
           "that they need is complete";
  case Refusal::TwoPlaces:
    return "it is read at two places and would be computed twice";
  case Refusal::NotWritable:
    return "others need the value too, and these loops do not pass each of "
           "its elements once to write it";
  case Refusal::ManyReductions:
    return "a kernel has at most 8 reductions, or registers spill";
  case Refusal::RowsFirst:
    return "its elements need whole rows, whose kernel writes them";
  case Refusal::OtherLoops:
    return "its loops are others";
  }
  return "";
}
