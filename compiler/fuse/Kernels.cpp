// Names and locations of kernels.
#include "compiler/fuse/Kernels.h"
#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/SetVector.h"

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

void dlc::fuse::nameKernels(func::FuncOp func) {
  Builder b(func.getContext());
  unsigned i = 0;
  for (Operation &op : func.getOps()) {
    if (!isa<kernel::FusedOp, kernel::LibraryOp, kernel::GroupOp>(op))
      continue;
    std::string name = (func.getName() + "_k" + Twine(i++)).str();
    op.setAttr("name", b.getStringAttr(name));
    unsigned j = 0;
    if (auto group = dyn_cast<kernel::GroupOp>(op))
      for (kernel::FusedOp member : group.getMembers())
        member.setName((name + "_" + Twine(j++)).str());
  }
}
