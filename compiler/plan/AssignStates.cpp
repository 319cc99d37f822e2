// Decides for each state whether its kernel may write it in place.
#include "compiler/Passes.h"
#include "dialects/kernel/Views.h"

namespace dlc {
#define GEN_PASS_DEF_ASSIGNSTATES
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using kernel::findReaders;
using kernel::findStorage;

/// Whether a kernel that reads `state` may write `output` over it: all reads of
/// a point's element happen before its write. That holds if both are at the
/// same map, and a reduction has written nothing per element meanwhile.
static bool readsBeforeWrite(kernel::FusedOp kernel, Value state,
                             unsigned output) {
  AffineMap written = kernel.getOutputMap(output);
  for (auto [i, input] : llvm::enumerate(kernel.getInputs()))
    if (findStorage(input) == state && kernel.getInputMap(i) != written)
      return false;
  if (kernel.getPattern() == kernel::Pattern::Pointwise)
    return written.isIdentity();
  for (unsigned i = 0; i < kernel.getOutputs().size(); ++i)
    if (kernel.getOutputMap(i) != kernel.getKeptMap())
      return false;
  return true;
}

/// The same for what a chain makes of its sums: a column is complete, and its
/// state's element written, when nobody reads that any more.
static bool readsBeforeWrite(kernel::ChainOp chain, Value state,
                             unsigned output) {
  kernel::FusedOp epilogue = chain.getEpilogue();
  AffineMap written = epilogue.getOutputMap(output);
  if (written == epilogue.getIdentityMap())
    return false;
  for (auto [i, input] : llvm::enumerate(chain.getInputs())) {
    if (findStorage(input) != state)
      continue;
    auto inputs = epilogue.getInputs();
    auto reading = llvm::find(inputs, chain.getBody().getArgument(i));
    if (reading == inputs.end() ||
        epilogue.getInputMap(reading - inputs.begin()) != written)
      return false;
  }
  return true;
}

static bool canWriteInPlace(Value value, BlockArgument state) {
  auto result = dyn_cast<OpResult>(findStorage(value));
  if (!result)
    return false;
  Operation *launch = result.getOwner();
  if (auto group = dyn_cast<kernel::GroupOp>(launch)) {
    result = group.getInside(result);
    // Members run side by side: only the one that writes may read.
    for (kernel::FusedOp member : group.getMembers())
      if (member != result.getOwner() &&
          llvm::is_contained(llvm::map_range(member.getInputs(), findStorage),
                             state))
        return false;
  }
  auto kernel = dyn_cast<kernel::FusedOp>(result.getOwner());
  auto chain = dyn_cast<kernel::ChainOp>(launch);
  if (!kernel && !chain)
    return false;
  for (Operation *reader : findReaders(state)) {
    if (reader == launch) {
      unsigned output = result.getResultNumber();
      if (!(chain ? readsBeforeWrite(chain, state, output)
                  : readsBeforeWrite(kernel, state, output)))
        return false;
    } else if (!reader->isBeforeInBlock(launch)) {
      return false;
    }
  }
  return true;
}

/// y[i...] = x[i...] as a kernel in front of the return.
static Value copyValue(ImplicitLocOpBuilder &b, Value x, const Twine &name) {
  auto type = cast<RankedTensorType>(x.getType());
  AffineMap map = b.getMultiDimIdentityMap(type.getRank());
  auto copy = kernel::FusedOp::create(
      b, TypeRange(type), b.getStringAttr(name), kernel::Pattern::Pointwise,
      type.getShape(), ArrayRef<int64_t>(), b.getAffineMapArrayAttr({map, map}),
      ValueRange(x), /*schedule=*/nullptr);
  Block &body = copy.getBody().emplaceBlock();
  body.addArgument(type.getElementType(), b.getLoc());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&body);
  kernel::YieldOp::create(b, body.getArguments());
  return copy.getResult(0);
}

namespace {

struct AssignStatesPass : dlc::impl::AssignStatesBase<AssignStatesPass> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    numCopies = 0;
    Operation *exit = func.getBody().front().getTerminator();
    ImplicitLocOpBuilder b(func.getLoc(), exit);

    llvm::StringMap<BlockArgument> states;
    for (BlockArgument argument : func.getArguments())
      if (auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                        "dlc.state"))
        states[name] = argument;

    // First what must be read before any state is overwritten at the end.
    DenseSet<Value> taken;
    SmallVector<std::pair<unsigned, Value>> copies;
    for (auto [i, value] : llvm::enumerate(exit->getOperands())) {
      auto name = func.getResultAttrOfType<StringAttr>(i, "dlc.state");
      if (!name || value == states.lookup(name))
        continue;
      if (!taken.contains(findStorage(value)) &&
          canWriteInPlace(value, states.lookup(name))) {
        taken.insert(findStorage(value));
        continue;
      }
      if (isa<BlockArgument>(findStorage(value)))
        value = copyValue(b, value, nameCopy(func));
      copies.push_back({i, value});
    }
    for (auto [i, value] : copies)
      exit->setOperand(i, copyValue(b, value, nameCopy(func)));
  }

  std::string nameCopy(func::FuncOp func) {
    return (func.getName() + "_copy" + Twine(numCopies++)).str();
  }

  unsigned numCopies = 0;
};

} // namespace
