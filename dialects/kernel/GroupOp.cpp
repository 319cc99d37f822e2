// kernel.group: the rules that make its members independent.
#include "dialects/kernel/Kernel.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::kernel;

Value GroupOp::getOutside(Value inside) {
  if (auto argument = dyn_cast<BlockArgument>(inside))
    return getInputs()[argument.getArgNumber()];
  Operation::operand_range yielded =
      getBody().front().getTerminator()->getOperands();
  return getOutputs()[llvm::find(yielded, inside) - yielded.begin()];
}

OpResult GroupOp::getInside(OpResult output) {
  Operation *yield = getBody().front().getTerminator();
  return cast<OpResult>(yield->getOperand(output.getResultNumber()));
}

/// kernel.group "k0": what it has, the limit, the remedy.
static InFlightDiagnostic emitGroupError(GroupOp op) {
  return std::move(op.emitError()
                   << "kernel.group \"" << op.getName() << "\": ");
}

LogicalResult GroupOp::verifyRegions() {
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield)
    return emitGroupError(*this) << "region ends with no kernel.yield but must "
                                    "yield its outputs; add one";
  SmallVector<Value> read, made;
  for (Operation &op : getBody().front().without_terminator()) {
    // [G1] Members are loop nests.
    auto member = dyn_cast<FusedOp>(op);
    if (!member)
      return emitGroupError(*this)
             << "holds a " << op.getName().getStringRef()
             << " but its members are kernel.fused; leave it outside";
    llvm::append_range(read, member.getInputs());
    llvm::append_range(made, member.getResults());
  }

  // [G2] Members read the region's arguments, one after the other, and nothing
  // else: none waits for another one.
  if (!llvm::equal(read, getBody().getArguments()) ||
      getBody().getArgumentTypes() != getInputs().getTypes())
    return emitGroupError(*this)
           << "has " << getInputs().size() << " inputs and "
           << getBody().getNumArguments() << " arguments for the "
           << read.size()
           << " inputs of its members, which must read them one after the "
              "other; pass one for each";

  // [G3] It gives what its members make, one after the other.
  if (!llvm::equal(made, yield.getValues()) ||
      yield.getOperandTypes() != getResultTypes())
    return emitGroupError(*this)
           << "has " << getNumResults() << " results and yields "
           << yield.getValues().size() << " values for the " << made.size()
           << " results of its members, which must be yielded one after the "
              "other; give one for each";
  return success();
}
