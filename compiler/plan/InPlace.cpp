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

/// The same for what a chain makes of its sums: a column is complete, and its
/// element written, when nobody reads that any more.
static bool mayChainOverwrite(kernel::ChainOp chain, unsigned output,
                              Value storage) {
  kernel::FusedOp epilogue = chain.getEpilogue();
  AffineMap written = epilogue.getOutputMap(output);
  if (written == epilogue.getIdentityMap())
    return false;
  Type type = epilogue.getOutputs()[output].getType();
  for (auto [i, input] : llvm::enumerate(chain.getInputs())) {
    if (findStorage(input) != storage)
      continue;
    auto inputs = epilogue.getInputs();
    auto reading = llvm::find(inputs, chain.getBody().getArgument(i));
    if (reading == inputs.end() || input.getType() != type ||
        epilogue.getInputMap(reading - inputs.begin()) != written)
      return false;
  }
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
  if (auto chain = dyn_cast<kernel::ChainOp>(result.getOwner()))
    return mayChainOverwrite(chain, result.getResultNumber(), storage);
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
