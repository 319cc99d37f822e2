// What passes over kernels share: names, locations, which may move.
#include "compiler/fuse/Kernels.h"
#include "dialects/kernel/Kernel.h"

using namespace mlir;
using namespace dlc;

static void collectNames(Location location,
                         llvm::SmallSetVector<Location, 4> &names) {
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      collectNames(part, names);
  else if (isa<NameLoc>(location))
    names.insert(location);
}

Location dlc::fuse::joinLocations(ArrayRef<Location> locations,
                                  Location otherwise) {
  llvm::SmallSetVector<Location, 4> names;
  for (Location location : locations)
    collectNames(location, names);
  if (names.empty())
    return otherwise;
  return FusedLoc::get(otherwise.getContext(), names.getArrayRef());
}

bool dlc::fuse::becomesState(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isa<kernel::ViewOp>(user))
      return becomesState(user->getResult(0));
    auto function = dyn_cast<func::FuncOp>(user->getParentOp());
    return user->hasTrait<OpTrait::IsTerminator>() && function &&
           function.getResultAttr(use.getOperandNumber(), "dlc.state");
  });
}

bool dlc::fuse::collectMovers(Value value, Operation *front, int64_t rank,
                              llvm::SetVector<Operation *> &movers) {
  Operation *maker = value.getDefiningOp();
  if (!maker || maker->isBeforeInBlock(front) || movers.contains(maker))
    return true;
  bool small = llvm::all_of(maker->getResultTypes(), [&](Type type) {
    return cast<RankedTensorType>(type).getRank() < rank;
  });
  if (maker == front || !isa<kernel::FusedOp, kernel::ViewOp>(maker) ||
      !small || llvm::any_of(maker->getResults(), becomesState))
    return false;
  for (Value input : maker->getOperands())
    if (!collectMovers(input, front, rank, movers))
      return false;
  movers.insert(maker);
  return true;
}

void dlc::fuse::nameKernels(func::FuncOp func) {
  Builder b(func.getContext());
  unsigned i = 0;
  for (Operation &op : func.getOps()) {
    if (!isa<kernel::FusedOp, kernel::LibraryOp, kernel::GroupOp,
             kernel::ChainOp>(op))
      continue;
    std::string name = (func.getName() + "_k" + Twine(i++)).str();
    op.setAttr("name", b.getStringAttr(name));
    unsigned j = 0;
    if (auto group = dyn_cast<kernel::GroupOp>(op))
      for (kernel::FusedOp member : group.getMembers())
        member.setName((name + "_" + Twine(j++)).str());
    // Errors about a part of a chain name the chain.
    if (auto chain = dyn_cast<kernel::ChainOp>(op)) {
      chain.getCall().setName(name);
      chain.getEpilogue().setName(name);
    }
  }
}
