// kernel.chain: the rules under which an element that a routine has made can go
// on without its neighbours.
#include "dialects/kernel/LoopNest.h"
#include "dialects/kernel/Views.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::kernel;

LibraryOp ChainOp::getCall() {
  return cast<LibraryOp>(getBody().front().front());
}

FusedOp ChainOp::getEpilogue() {
  return cast<FusedOp>(*std::prev(getBody().front().end(), 2));
}

unsigned ChainOp::getCarried() {
  auto inputs = getEpilogue().getInputs();
  return llvm::find_if(inputs,
                       [](Value input) { return !isa<BlockArgument>(input); }) -
         inputs.begin();
}

//===-- Verification ------------------------------------------------------===//

static InFlightDiagnostic emitChainError(ChainOp op) {
  return std::move(op.emitError()
                   << "kernel.chain \"" << op.getName() << "\": ");
}

/// [C7] A call, views of its result, an epilogue and the yield of its outputs.
/// The chain takes the call's operands, then what else the epilogue reads.
static LogicalResult verifyBody(ChainOp op) {
  Block &block = op.getBody().front();
  auto fail = [&] {
    return emitChainError(op)
           << "body has " << block.getOperations().size()
           << " ops but is one kernel.library, views of its result, one "
              "kernel.fused that reads it and kernel.yield; keep others "
              "outside";
  };
  auto call = dyn_cast<LibraryOp>(block.front());
  if (!call || block.getOperations().size() < 3)
    return fail();
  auto epilogue = dyn_cast<FusedOp>(*std::prev(block.end(), 2));
  auto yield = dyn_cast<YieldOp>(block.back());
  if (!epilogue || !yield)
    return fail();
  for (Operation &inner :
       llvm::make_range(std::next(block.begin()), epilogue->getIterator()))
    if (!isa<ViewOp>(inner) ||
        findStorage(inner.getResult(0)) != call.getOutput())
      return fail();

  SmallVector<Value> taken(call.getInputs());
  unsigned carried = 0;
  for (Value input : epilogue.getInputs()) {
    if (isa<BlockArgument>(input))
      taken.push_back(input);
    else
      ++carried;
  }
  if (carried != 1)
    return emitChainError(op)
           << "kernel.fused reads the call's result " << carried
           << " times but it goes on with one element; read it once";
  if (!llvm::equal(taken, block.getArguments()) ||
      block.getArgumentTypes() != op.getInputs().getTypes())
    return emitChainError(op)
           << "region takes " << block.getNumArguments()
           << " tensors but must take the call's operands, then what else the "
              "kernel.fused reads, each in its order; pass these";
  if (!llvm::equal(yield.getValues(), epilogue.getOutputs()) ||
      yield.getOperandTypes() != op.getOutputs().getTypes())
    return emitChainError(op)
           << "region yields " << yield.getNumOperands()
           << " tensors but must yield the outputs of its kernel.fused; yield "
              "these";
  return success();
}

LogicalResult ChainOp::verifyRegions() {
  if (failed(verifyBody(*this)))
    return failure();
  FusedOp epilogue = getEpilogue();
  auto space = epilogue.getSpace();
  int64_t rank = space.size();
  int64_t folded = epilogue.getReduced().size();
  ArrayRef<int64_t> shape = getCall().getOutput().getType().getShape();

  // [C8] Each element is met once, where it is, none is left out, and what is
  // folded are columns of the call's result.
  if (AffineMap map = epilogue.getInputMap(getCarried());
      map != epilogue.getIdentityMap())
    return emitChainError(*this)
           << "kernel.fused reads the call's result at "
           << AffineMapAttr::get(map) << " but goes on with the element of "
           << AffineMapAttr::get(epilogue.getIdentityMap())
           << "; keep it outside";
  auto carried =
      cast<RankedTensorType>(epilogue.getInputs()[getCarried()].getType());
  if (carried.getShape() != space)
    return emitChainError(*this)
           << "kernel.fused walks " << carried.clone(space)
           << " but the call makes every element of " << carried
           << "; keep it outside";
  if (folded != 0 &&
      (folded != rank - 1 || epilogue.getReduced().back() != rank - 2 ||
       shape.empty() || shape.back() != space.back()))
    return emitChainError(*this)
           << "kernel.fused folds " << folded << " of its " << rank
           << " dims but folds none or all but the last, which is then the "
              "last of "
           << getCall().getOutput().getType() << "; keep it outside";

  if (auto sums = epilogue.getBody().getOps<ReduceOp>();
      (folded == 0) != sums.empty())
    return emitChainError(*this)
           << "kernel.fused folds " << folded << " dims with "
           << llvm::range_size(sums)
           << " kernel.reduce but columns are there to be added up; drop the "
              "dims";

  // [C9] The sum of a column is there when all its elements are, no sooner.
  for (ReduceOp reduce : epilogue.getBody().getOps<ReduceOp>())
    if (reduce.getCombiner() != arith::AtomicRMWKind::addf)
      return emitChainError(*this)
             << "kernel.reduce has combiner "
             << arith::stringifyAtomicRMWKind(reduce.getCombiner())
             << " but columns are added up as floats; keep it outside";
  if (!needsOneWalk(epilogue))
    return emitChainError(*this)
           << "kernel.fused has elements that wait for a sum but the sum needs "
              "all of them first; keep those outside";
  return success();
}
