// Runs a planned function over an empty memory and looks whether every read
// finds what it should. Shares no code with what made the plan.
#include "compiler/Passes.h"
#include "compiler/plan/streams/CheckStreams.h"
#include "dialects/kernel/LoopNest.h"

#include <map>

namespace dlc {
#define GEN_PASS_DEF_CHECKPLAN
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

/// What the runtime's regions and accesses rest on.
static constexpr int64_t bytesAligned = 64;

namespace {

/// Bytes [begin, end) of a region.
struct Range {
  StringRef region;
  int64_t begin = 0, end = 0;

  bool meets(const Range &other) const {
    return region == other.region && begin < other.end && other.begin < end;
  }
  bool operator==(const Range &other) const = default;
};

/// Who wrote which bytes last.
class Memory {
public:
  void write(const Range &range, Value owner) {
    auto &spans = regions[range.region];
    auto at = spans.lower_bound(range.begin);
    if (at != spans.begin() && std::prev(at)->second.end > range.begin)
      --at;
    while (at != spans.end() && at->first < range.end) {
      auto [begin, span] = *at;
      at = spans.erase(at);
      if (begin < range.begin)
        spans[begin] = {range.begin, span.owner};
      if (span.end > range.end)
        spans[range.end] = {span.end, span.owner};
    }
    if (range.begin < range.end)
      spans[range.begin] = {range.end, owner};
  }

  bool holds(const Range &range, Value owner) const {
    auto spans = regions.find(range.region);
    if (range.begin == range.end)
      return true;
    if (spans == regions.end())
      return false;
    auto at = spans->second.upper_bound(range.begin);
    if (at == spans->second.begin())
      return false;
    --at;
    return at->second.owner == owner && at->second.end >= range.end;
  }

private:
  struct Span {
    int64_t end;
    Value owner;
  };
  std::map<StringRef, std::map<int64_t, Span>> regions; // by where spans begin
};

class FunctionCheck {
public:
  FunctionCheck(func::FuncOp func, int64_t batch, int64_t stateBytes)
      : func(func), batch(batch), stateBytes(stateBytes) {
    if (auto bytes = func->getAttrOfType<IntegerAttr>("dlc.arena_bytes"))
      arenaBytes = bytes.getInt();
  }

  LogicalResult run() {
    if (failed(takeArguments()))
      return failure();
    for (Operation &op : func.getBody().front().without_terminator())
      if (failed(isa<kernel::ViewOp>(op) ? takeView(cast<kernel::ViewOp>(op))
                                         : runKernel(&op)))
        return failure();
    return checkResults();
  }

private:
  int64_t count(Type type) const {
    auto tensor = cast<RankedTensorType>(type);
    int64_t width = tensor.getElementType().getIntOrFloatBitWidth();
    int64_t bytes = llvm::divideCeil(width, 8);
    for (int64_t size : tensor.getShape())
      bytes *= ShapedType::isDynamic(size) ? batch : size;
    return bytes;
  }

  InFlightDiagnostic fail(Operation *op) {
    auto name = op->getAttrOfType<StringAttr>("name");
    return std::move(op->emitError()
                     << "plan of @" << func.getName() << ": kernel \""
                     << (name ? name.getValue() : "return") << "\" ");
  }

  /// The range at a place, inside its region.
  FailureOr<Range> find(Operation *op, Attribute attribute, int64_t bytes) {
    auto place = dyn_cast_or_null<kernel::PlaceAttr>(attribute);
    if (!place)
      return fail(op) << "has a tensor without a place but each has one; run "
                         "plan-memory first";
    int64_t limit = place.getRegion() == "state" ? stateBytes : arenaBytes;
    int64_t offset = place.getOffset();
    if (offset < 0 || offset % bytesAligned != 0 || place.getBytes() < bytes ||
        offset + bytes > limit)
      return fail(op) << "has " << bytes << " bytes at " << place
                      << " but a place is a multiple of " << bytesAligned
                      << " and inside its region of " << limit
                      << "; this is a mistake of the planner, report it";
    return Range{place.getRegion(), offset, offset + bytes};
  }

  LogicalResult takeArguments() {
    for (BlockArgument argument : func.getArguments()) {
      auto range =
          find(func, func.getArgAttr(argument.getArgNumber(), "dlc.place"),
               count(argument.getType()));
      if (failed(range))
        return failure();
      ranges[argument] = *range;
      owners[argument] = argument;
      memory.write(*range, argument);
    }
    return checkReads(func, func.getArguments());
  }

  LogicalResult takeView(kernel::ViewOp view) {
    // A copy, because the new entry may move the old one.
    Value owner = owners[view.getX()];
    owners[view.getResult()] = owner;
    auto places = view->getAttrOfType<ArrayAttr>("kernel.places");
    auto range = find(view, places ? places[0] : Attribute(),
                      count(view.getResult().getType()));
    if (failed(range))
      return failure();
    ranges[view.getResult()] = *range;
    if (!(*range == ranges[view.getX()]))
      return fail(view) << "is a view in another place than its operand; this "
                           "is a mistake of the planner, report it";
    return success();
  }

  LogicalResult checkReads(Operation *op, ValueRange values) {
    for (auto [i, value] : llvm::enumerate(values))
      if (!memory.holds(ranges[value], owners[value]))
        return fail(op) << "reads operand " << i << " at bytes "
                        << ranges[value].begin << " to " << ranges[value].end
                        << " of the " << ranges[value].region
                        << " but something else was written there since; this "
                           "is a mistake of the planner, report it";
    return success();
  }

  LogicalResult runKernel(Operation *op) {
    if (failed(checkReads(op, op->getOperands())))
      return failure();
    SmallVector<Range> written;
    auto places = op->getAttrOfType<ArrayAttr>("kernel.places");
    for (OpResult result : op->getResults()) {
      unsigned i = result.getResultNumber();
      auto range = find(op, places && i < places.size() ? places[i] : nullptr,
                        count(result.getType()));
      if (failed(range) || failed(checkWrite(op, *range, written, i)))
        return failure();
      ranges[result] = *range;
      owners[result] = result;
      written.push_back(*range);
    }
    if (auto place =
            op->getAttrOfType<kernel::PlaceAttr>("kernel.scratch_place")) {
      auto range = find(op, place, place.getBytes());
      if (failed(range) || failed(checkWrite(op, *range, written, {})))
        return failure();
      memory.write(*range, Value());
    }
    for (OpResult result : op->getResults())
      memory.write(ranges[result], result);
    return success();
  }

  /// A write meets no other of its kernel, and a read only in place.
  LogicalResult checkWrite(Operation *op, const Range &range,
                           ArrayRef<Range> written,
                           std::optional<unsigned> result) {
    for (const Range &other : written)
      if (range.meets(other))
        return fail(op) << "writes two things at byte "
                        << std::max(range.begin, other.begin) << " of the "
                        << range.region
                        << "; this is a mistake of the planner, report it";
    for (auto [i, operand] : llvm::enumerate(op->getOperands()))
      if (range.meets(ranges[operand]) &&
          !(result && range == ranges[operand] &&
            readsWhatItWrites(op, i, *result)))
        return fail(op) << "writes over its operand " << i << " at byte "
                        << range.begin << " of the " << range.region
                        << " but may yet read it; this is a mistake of the "
                           "planner, report it";
    return success();
  }

  /// Whether every visit of the loops reads just the element that it writes,
  /// and nothing is written before all visits that read it are over.
  static bool readsWhatItWrites(Operation *op, unsigned operand,
                                unsigned result) {
    if (auto group = dyn_cast<kernel::GroupOp>(op)) {
      // Members take operands and give results one after the other.
      for (kernel::FusedOp member : group.getMembers()) {
        unsigned inputs = member->getNumOperands();
        unsigned outputs = member->getNumResults();
        if (operand < inputs && result < outputs)
          return readsWhatItWrites(member, operand, result);
        if (operand < inputs || result < outputs)
          return false;
        operand -= inputs;
        result -= outputs;
      }
      return false;
    }
    if (auto chain = dyn_cast<kernel::ChainOp>(op))
      return readsColumnThatItWrites(chain, operand, result);
    auto kernel = dyn_cast<kernel::FusedOp>(op);
    if (!kernel || !meetSameElements(kernel, operand, result))
      return false;
    if (!isPerRow(kernel, result))
      return true;
    for (unsigned other = 0; other < op->getNumResults(); ++other)
      if (!isPerRow(kernel, other))
        return false;
    return true;
  }

  /// A chain reads many elements for one, but those of a column only before it
  /// writes what it makes of the column's sums, which waits for all blocks.
  static bool readsColumnThatItWrites(kernel::ChainOp chain, unsigned operand,
                                      unsigned result) {
    kernel::FusedOp epilogue = chain.getEpilogue();
    return !epilogue.getReduced().empty() && isPerRow(epilogue, result) &&
           llvm::all_of(chain.getBody().getArgument(operand).getUses(),
                        [&](OpOperand &use) {
                          return use.getOwner() == epilogue &&
                                 meetSameElements(
                                     epilogue, use.getOperandNumber(), result);
                        });
  }

  /// Whether a kernel reads the very element, of the same type, that it writes.
  static bool meetSameElements(kernel::FusedOp kernel, unsigned operand,
                               unsigned result) {
    kernel::LoopNest nest = kernel::buildLoopNest(kernel);
    const kernel::Access &read = nest.accesses[operand];
    const kernel::Access &write =
        nest.accesses[kernel->getNumOperands() + result];
    return kernel->getOperand(operand).getType() ==
               kernel->getResult(result).getType() &&
           read.offset == write.offset && read.strides == write.strides;
  }

  /// Whether a result is written once a row.
  static bool isPerRow(kernel::FusedOp kernel, unsigned result) {
    kernel::LoopNest nest = kernel::buildLoopNest(kernel);
    const kernel::Access &write =
        nest.accesses[kernel->getNumOperands() + result];
    for (auto [loop, stride] : llvm::zip_equal(nest.loops, write.strides))
      if (loop.reduced && stride != 0)
        return false;
    return true;
  }

  /// Outputs are there at the end, states in their own places.
  LogicalResult checkResults() {
    llvm::StringMap<Range> states;
    for (BlockArgument argument : func.getArguments())
      if (auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                        "dlc.state"))
        states[name] = ranges[argument];
    Operation *exit = func.getBody().front().getTerminator();
    for (auto [i, value] : llvm::enumerate(exit->getOperands()))
      if (auto name = func.getResultAttrOfType<StringAttr>(i, "dlc.state");
          name && !(ranges[value] == states.lookup(name)))
        return fail(exit) << "leaves state \"" << name.getValue()
                          << "\" in another place than it began in; this is a "
                             "mistake of the planner, report it";
    return checkReads(exit, exit->getOperands());
  }

  func::FuncOp func;
  int64_t batch, stateBytes, arenaBytes = 0;
  Memory memory;
  llvm::DenseMap<Value, Range> ranges;
  /// The argument or kernel result whose bytes a value is.
  llvm::DenseMap<Value, Value> owners;
};

struct CheckPlanPass : dlc::impl::CheckPlanBase<CheckPlanPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto integer = [&](StringRef name) {
      auto attribute = module->getAttrOfType<IntegerAttr>(name);
      return attribute ? attribute.getInt() : 0;
    };
    int64_t batch = integer("dlc.max_batch");
    int64_t stateBytes = integer("dlc.state_bytes");
    for (auto func : module.getOps<func::FuncOp>())
      if (failed(FunctionCheck(func, batch, stateBytes).run()) ||
          failed(plan::checkStreams(func)))
        return signalPassFailure();
    if (failed(checkStates(module)))
      signalPassFailure();
  }

  /// A state has one place in all functions, and no other state meets it.
  static LogicalResult checkStates(ModuleOp module) {
    llvm::StringMap<kernel::PlaceAttr> placeOf;
    std::map<int64_t, std::pair<int64_t, StringRef>> spans; // end, name
    for (auto func : module.getOps<func::FuncOp>())
      for (BlockArgument argument : func.getArguments()) {
        unsigned i = argument.getArgNumber();
        auto name = func.getArgAttrOfType<StringAttr>(i, "dlc.state");
        if (!name)
          continue;
        auto place = func.getArgAttrOfType<kernel::PlaceAttr>(i, "dlc.place");
        auto [known, isNew] = placeOf.try_emplace(name, place);
        if (known->second != place)
          return func.emitError()
                 << "state \"" << name.getValue() << "\" lies at " << place
                 << " but in another function at " << known->second
                 << "; this is a mistake of the planner, report it";
        if (isNew && place.getBytes() > 0)
          spans[place.getOffset()] = {place.getOffset() + place.getBytes(),
                                      name};
      }
    int64_t end = 0;
    for (auto [begin, span] : spans) {
      if (begin < end)
        return module.emitError()
               << "state \"" << span.second << "\" begins at " << begin
               << " but the one before it ends at " << end
               << "; this is a mistake of the planner, report it";
      end = span.first;
    }
    // Of two that begin alike one is gone from the map.
    if (llvm::count_if(placeOf, [](auto &entry) {
          return entry.second.getBytes() > 0;
        }) != int64_t(spans.size()))
      return module.emitError() << "two states lie in one place; this is a "
                                   "mistake of the planner, report it";
    return success();
  }
};

} // namespace
