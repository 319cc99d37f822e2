// Decides for each state whether its kernel may write it in place.
#include "compiler/Passes.h"
#include "compiler/plan/InPlace.h"
#include "dialects/kernel/Views.h"

namespace dlc {
#define GEN_PASS_DEF_ASSIGNSTATES
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::plan;
using kernel::findReaders;
using kernel::findStorage;

static bool canWriteInPlace(Value value, BlockArgument state) {
  auto result = dyn_cast<OpResult>(findStorage(value));
  if (!result || !mayOverwrite(result, state))
    return false;
  Operation *launch = result.getOwner();
  return llvm::all_of(findReaders(state), [&](Operation *reader) {
    return reader == launch || reader->isBeforeInBlock(launch);
  });
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
