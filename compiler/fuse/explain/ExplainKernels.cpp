// Says on each launch why it was formed and what kept it from growing. Names of
// launches are final where this runs.
#include "compiler/Passes.h"
#include "compiler/fuse/explain/Reasons.h"
#include "dialects/kernel/Libraries.h"
#include "dialects/kernel/Views.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

namespace dlc {
#define GEN_PASS_DEF_EXPLAINKERNELS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::fuse;

/// Sentences of one launch; a kernel whose result many read would say the same
/// many times over.
static constexpr size_t mostSentences = 12;

static bool isLaunch(Operation *op) {
  return isa<kernel::FusedOp, kernel::LibraryOp, kernel::GroupOp,
             kernel::ChainOp>(op);
}

static StringRef nameOf(Operation *launch) {
  return launch->getAttrOfType<StringAttr>("name").getValue();
}

static std::string describeLaunch(Operation *launch) {
  return fuse::describe(nameOf(launch), launch);
}

/// The routine of a launch that runs one, or "".
static StringRef routineOf(Operation *launch) {
  if (auto chain = dyn_cast<kernel::ChainOp>(launch))
    return chain.getCall().getRoutine();
  auto call = dyn_cast<kernel::LibraryOp>(launch);
  return call ? call.getRoutine() : StringRef();
}

namespace {

/// Each once, in the order in which they were said.
struct Sentences {
  SmallVector<std::string> list;

  void add(std::string sentence) {
    if (!llvm::is_contained(list, sentence))
      list.push_back(std::move(sentence));
  }
  void add(ArrayRef<std::string> sentences) {
    for (const std::string &sentence : sentences)
      add(sentence);
  }
};

} // namespace

//===-- What a launch was made of -----------------------------------------===//

/// A routine, and what of its epilogue it takes along.
static std::string explainCall(kernel::LibraryOp call, bool isChained) {
  std::string text = llvm::formatv("calls the routine {0}", call.getRoutine());
  if (auto library = call->getAttrOfType<StringAttr>(kernel::libraryKey))
    text += llvm::formatv(
        ", which {0} computes: it is predicted to take less time than a kernel "
        "of ours with all that goes along there",
        library == "cudnn" ? "cuDNN" : "cuBLASLt");
  bool bias = bool(call.getConfig().get("bias"));
  bool activation = bool(call.getConfig().get("activation"));
  if (bias || activation)
    text += llvm::formatv(", which takes along {0}{1}{2}", bias ? "a bias" : "",
                          bias && activation ? " and " : "",
                          activation ? "a relu" : "");
  if (activation || isChained)
    return text;
  size_t readers = kernel::findReaders(call.getOutput()).size();
  if (readers > 1)
    text += llvm::formatv(
        "; no more goes along because {0} others read its result", readers);
  else
    text += "; it takes along no more than a bias and a relu";
  return text;
}

static void explainForming(Operation *launch, Sentences &sentences) {
  if (auto fused = dyn_cast<kernel::FusedOp>(launch))
    sentences.add(getStrings(fused, formedKey));
  if (auto call = dyn_cast<kernel::LibraryOp>(launch))
    sentences.add(explainCall(call, /*isChained=*/false));
  if (auto chain = dyn_cast<kernel::ChainOp>(launch)) {
    sentences.add(explainCall(chain.getCall(), /*isChained=*/true));
    sentences.add("goes on with the routine's elements while they are in "
                  "registers");
    sentences.add(getStrings(chain.getEpilogue(), formedKey));
  }
  if (auto group = dyn_cast<kernel::GroupOp>(launch)) {
    auto members = group.getMembers();
    sentences.add(std::to_string(llvm::range_size(members)) +
                  " small kernels that do not wait for each other share a "
                  "launch");
    for (kernel::FusedOp member : members)
      sentences.add(getStrings(member, formedKey));
  }
}

//===-- What it does not take in ------------------------------------------===//

namespace {

/// What a launch reads, and why it does not compute it.
struct Reading {
  Value value; // outside of groups and chains
  std::string refusal;
};

} // namespace

static void collectReadings(kernel::FusedOp fused, Block *inside,
                            SmallVectorImpl<Reading> &readings) {
  SmallVector<std::string> refusals = getStrings(fused, refusalsKey);
  refusals.resize(fused.getInputs().size());
  for (auto [i, input] : llvm::enumerate(fused.getInputs())) {
    Value outside = input;
    if (auto argument = dyn_cast<BlockArgument>(input);
        argument && argument.getOwner() == inside)
      outside = inside->getParentOp()->getOperand(argument.getArgNumber());
    else if (inside)
      continue; // what the chain's routine hands on
    readings.push_back({outside, refusals[i]});
  }
}

static SmallVector<Reading> listReadings(Operation *launch) {
  SmallVector<Reading> readings;
  if (auto fused = dyn_cast<kernel::FusedOp>(launch))
    collectReadings(fused, nullptr, readings);
  else if (auto chain = dyn_cast<kernel::ChainOp>(launch))
    collectReadings(chain.getEpilogue(), &chain.getBody().front(), readings);
  else if (auto group = dyn_cast<kernel::GroupOp>(launch))
    for (kernel::FusedOp member : group.getMembers())
      collectReadings(member, &group.getBody().front(), readings);
  return readings;
}

namespace {

struct ExplainKernelsPass : dlc::impl::ExplainKernelsBase<ExplainKernelsPass> {
  using ExplainKernelsBase::ExplainKernelsBase;

  void runOnOperation() override {
    for (Operation &op : getOperation().getOps())
      if (isLaunch(&op)) {
        explainForming(&op, sentences[&op]);
        explainReadings(&op);
      }
    for (auto &[launch, said] : sentences) {
      SmallVector<std::string> all = said.list;
      if (all.size() > mostSentences) {
        size_t others = all.size() - mostSentences;
        all.resize(mostSentences);
        all.push_back(
            llvm::formatv("and {0} reasons of the same kinds", others));
      }
      setStrings(launch, reasonsKey, all);
    }
    getOperation().walk([](Operation *op) {
      op->removeDiscardableAttr(formedKey);
      op->removeDiscardableAttr(refusalsKey);
    });
  }

  /// On both sides: on the launch that reads and on the one that makes.
  void explainReadings(Operation *launch) {
    if (isa<kernel::LibraryOp>(launch))
      for (Value operand : launch->getOperands())
        explainRoutine(launch, operand);
    for (const Reading &reading : listReadings(launch)) {
      Operation *maker = kernel::findStorage(reading.value).getDefiningOp();
      if (!maker || !isLaunch(maker) || maker == launch)
        continue;
      if (StringRef routine = routineOf(maker); !routine.empty()) {
        note(launch, "reads what " + describeLaunch(maker) +
                         " makes: the routine " + routine + " takes along " +
                         (onGpu ? "only what follows from each of its elements"
                                : "no more than a bias and a relu"));
        note(maker, "ends before " + describeLaunch(launch) +
                        (onGpu ? ": it needs more than one element at a time, "
                                 "or other tensors earlier"
                               : ": a library call takes along no more than a "
                                 "bias and a relu"));
        continue;
      }
      if (reading.refusal.empty())
        continue;
      note(launch, "does not take in " + describeLaunch(maker) + ": " +
                       reading.refusal);
      note(maker, "does not go on in " + describeLaunch(launch) + ": " +
                      reading.refusal);
    }
  }

  /// What a routine reads has to be in memory.
  void explainRoutine(Operation *call, Value operand) {
    Operation *maker = kernel::findStorage(operand).getDefiningOp();
    if (maker && isLaunch(maker))
      note(maker, "stops at " + describeLaunch(call) +
                      ": a call of the routine " + routineOf(call) +
                      " takes no prologue");
  }

  void note(Operation *launch, const Twine &sentence) {
    sentences[launch].add(sentence.str());
  }

  llvm::MapVector<Operation *, Sentences> sentences;
};

} // namespace
