// The rule rests on what emit/host and emit/cuda promise: loads of a point come
// before its stores, and a later walk visits the points that it visited before
// with the same thread.
#include "compiler/plan/InPlace.h"
#include "dialects/kernel/Views.h"

using namespace mlir;
using namespace dlc;
using kernel::findStorage;

static bool mayKernelOverwrite(kernel::FusedOp kernel, unsigned output,
                               Value storage) {
  AffineMap written = kernel.getOutputMap(output);
  Type type = kernel.getOutputs()[output].getType();
  for (auto [i, input] : llvm::enumerate(kernel.getInputs()))
    if (findStorage(input) == storage &&
        (kernel.getInputMap(i) != written || input.getType() != type))
      return false;
  if (written == kernel.getIdentityMap())
    return true;
  for (unsigned i = 0; i < kernel.getOutputs().size(); ++i)
    if (kernel.getOutputMap(i) != kernel.getKeptMap())
      return false;
  return true;
}

bool dlc::plan::mayOverwrite(OpResult result, Value storage) {
  if (auto group = dyn_cast<kernel::GroupOp>(result.getOwner())) {
    result = group.getInside(result);
    for (kernel::FusedOp member : group.getMembers())
      if (member != result.getOwner() &&
          llvm::is_contained(llvm::map_range(member.getInputs(), findStorage),
                             storage))
        return false;
  }
  auto kernel = dyn_cast<kernel::FusedOp>(result.getOwner());
  return kernel &&
         mayKernelOverwrite(kernel, result.getResultNumber(), storage);
}

SmallVector<Value> dlc::plan::findOverwritable(OpResult result) {
  SmallVector<Value> storages;
  for (Value operand : result.getOwner()->getOperands())
    if (Value storage = findStorage(operand);
        !llvm::is_contained(storages, storage) && mayOverwrite(result, storage))
      storages.push_back(storage);
  return storages;
}
