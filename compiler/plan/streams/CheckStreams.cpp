// Compares all pairs of launches that are not ordered. Like the pass check-plan
// it shares no code with what made the plan.
#include "compiler/plan/streams/CheckStreams.h"
#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace dlc;

namespace {

struct Launch {
  Operation *op;
  SmallVector<kernel::PlaceAttr> reads, writes;
  llvm::BitVector over; // launches that have ended when it begins
};

bool meet(kernel::PlaceAttr a, kernel::PlaceAttr b) {
  return a.getRegion() == b.getRegion() &&
         a.getOffset() < b.getOffset() + b.getBytes() &&
         b.getOffset() < a.getOffset() + a.getBytes();
}

class Checker {
public:
  explicit Checker(func::FuncOp func) : func(func) {}

  LogicalResult run() {
    for (Operation &op : func.getBody().front().without_terminator())
      if (!isa<kernel::ViewOp>(op) && failed(add(&op)))
        return failure();
    for (size_t later = 0; later < launches.size(); ++later)
      for (size_t earlier = 0; earlier < later; ++earlier)
        if (!launches[later].over.test(earlier) &&
            failed(compare(launches[earlier], launches[later])))
          return failure();
    return success();
  }

private:
  kernel::PlaceAttr find(Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return func.getArgAttrOfType<kernel::PlaceAttr>(argument.getArgNumber(),
                                                      "dlc.place");
    auto result = cast<OpResult>(value);
    auto places = result.getOwner()->getAttrOfType<ArrayAttr>("kernel.places");
    return cast<kernel::PlaceAttr>(places[result.getResultNumber()]);
  }

  LogicalResult add(Operation *op) {
    Launch launch{op, {}, {}, llvm::BitVector(launches.size())};
    for (Value operand : op->getOperands())
      launch.reads.push_back(find(operand));
    for (Value result : op->getResults())
      launch.writes.push_back(find(result));
    if (auto place =
            op->getAttrOfType<kernel::PlaceAttr>("kernel.scratch_place"))
      launch.writes.push_back(place);
    auto stream = op->getAttrOfType<IntegerAttr>("kernel.stream");
    auto [last, isFirst] =
        lastOf.try_emplace(stream ? stream.getInt() : 0, launches.size());
    if (!isFirst)
      follow(launch, last->second);
    last->second = launches.size();
    if (auto waits = op->getAttrOfType<DenseI64ArrayAttr>("kernel.waits"))
      for (int64_t other : waits.asArrayRef()) {
        if (other < 0 || other >= int64_t(launches.size()))
          return fail(op) << "waits for launch " << other
                          << " but only earlier ones can be waited for";
        follow(launch, other);
      }
    launches.push_back(std::move(launch));
    return success();
  }

  void follow(Launch &launch, size_t other) {
    launch.over |= launches[other].over;
    launch.over.set(other);
  }

  InFlightDiagnostic fail(Operation *op) {
    return std::move(op->emitError()
                     << "plan of @" << func.getName() << ": kernel \""
                     << op->getAttrOfType<StringAttr>("name").getValue()
                     << "\" ");
  }

  LogicalResult compare(const Launch &a, const Launch &b) {
    if (auto code = a.op->getAttr("kernel.shared_code");
        code && code == b.op->getAttr("kernel.shared_code"))
      return failPair(a, b) << "but both count blocks in one counter; this is "
                               "a mistake of the planner, report it";
    if (failed(compare(a, a.writes, b, b.writes)) ||
        failed(compare(a, a.writes, b, b.reads)) ||
        failed(compare(a, a.reads, b, b.writes)))
      return failure();
    return success();
  }

  LogicalResult compare(const Launch &a, ArrayRef<kernel::PlaceAttr> ofA,
                        const Launch &b, ArrayRef<kernel::PlaceAttr> ofB) {
    for (kernel::PlaceAttr one : ofA)
      for (kernel::PlaceAttr other : ofB)
        if (meet(one, other))
          return failPair(a, b)
                 << "but both use byte "
                 << std::max(one.getOffset(), other.getOffset()) << " of the "
                 << one.getRegion()
                 << " and one writes it; this is a mistake of the planner, "
                    "report it";
    return success();
  }

  InFlightDiagnostic failPair(const Launch &a, const Launch &b) {
    return fail(b.op) << "may run beside \""
                      << a.op->getAttrOfType<StringAttr>("name").getValue()
                      << "\" ";
  }

  func::FuncOp func;
  std::vector<Launch> launches;
  llvm::DenseMap<int64_t, size_t> lastOf; // stream to its last launch
};

} // namespace

LogicalResult dlc::plan::checkStreams(func::FuncOp func) {
  bool hasStreams = llvm::any_of(func.getBody().front(), [](Operation &op) {
    return op.hasAttr("kernel.stream");
  });
  return hasStreams ? Checker(func).run() : success();
}
