// Which producers cost less to compute again than to store.
#include "compiler/fuse/Recompute.h"
#include "compiler/fuse/Group.h"
#include "dialects/prim/Element.h"

using namespace mlir;
using namespace dlc;

/// More than these per element are no longer hidden behind the read.
static constexpr unsigned maxScalarOps = 4;

namespace {

/// The scalar body of a prim, to look at.
class ScalarBody : prim::LoopScope {
public:
  explicit ScalarBody(prim::LoopOpInterface prim)
      : b(prim.getLoc(), prim->getContext()) {
    b.setInsertionPointToEnd(&block);
    SmallVector<Value> elements;
    for (Type type : prim->getOperandTypes())
      elements.push_back(
          block.addArgument(getElementTypeOrSelf(type), prim.getLoc()));
    prim::buildElement(prim, b, elements, *this);
  }

  /// Whether it calls no function, as tanh.
  bool isArithmetic() {
    return llvm::all_of(block, [](Operation &op) {
      return isa<arith::ArithDialect>(op.getDialect());
    });
  }

  bool isCheap() {
    unsigned ops = 0;
    for (Operation &op : block) {
      if (isa<arith::DivFOp, arith::RemFOp, arith::DivSIOp, arith::RemSIOp>(op))
        return false;
      // Widening is a part of the read.
      ops += !isa<arith::ConstantOp, arith::ExtFOp>(op);
    }
    return isArithmetic() && ops <= maxScalarOps;
  }

private:
  Value index(unsigned) override {
    return block.addArgument(b.getI32Type(), b.getLoc());
  }
  Value batchSize() override {
    return block.addArgument(b.getF32Type(), b.getLoc());
  }

  Block block;
  ImplicitLocOpBuilder b;
};

} // namespace

/// The tensors of full size that a prim reads, each once.
static llvm::SmallDenseSet<Value> findFullOperands(prim::LoopOpInterface prim) {
  llvm::SmallDenseSet<Value> full;
  for (Value operand : prim->getOperands()) {
    auto maker = operand.getDefiningOp<prim::LoopOpInterface>();
    if (!maker || !maker.isFree())
      full.insert(operand);
  }
  return full;
}

bool dlc::fuse::isBetterRecomputed(prim::LoopOpInterface prim) {
  auto type = cast<RankedTensorType>(prim->getResult(0).getType());
  if (type.getRank() < 2 || prim.isFree() || findCombiner(prim) ||
      !llvm::all_of(prim->getUsers(), llvm::IsaPred<prim::LoopOpInterface>))
    return false;
  llvm::SmallDenseSet<Value> full = findFullOperands(prim);
  if (full.size() != 1)
    return false;
  auto operand = cast<RankedTensorType>((*full.begin()).getType());
  return operand.getRank() == type.getRank() &&
         operand.getElementTypeBitWidth() <= type.getElementTypeBitWidth() &&
         ScalarBody(prim).isCheap();
}

bool dlc::fuse::isComputedAnywhere(prim::LoopOpInterface prim) {
  auto isFree = [](Value operand) {
    auto maker = operand.getDefiningOp<prim::LoopOpInterface>();
    return maker && maker.isFree();
  };
  return prim.isFree() ||
         (cast<RankedTensorType>(prim->getResult(0).getType()).getRank() == 0 &&
          !findCombiner(prim) && llvm::all_of(prim->getOperands(), isFree) &&
          ScalarBody(prim).isArithmetic());
}

bool dlc::fuse::isCheapInRow(prim::LoopOpInterface prim) {
  return cast<RankedTensorType>(prim->getResult(0).getType()).getRank() == 1 &&
         !findCombiner(prim) && findFullOperands(prim).size() == 1 &&
         ScalarBody(prim).isCheap();
}
