// The mean of columns and their variance from one reading, where the variance
// would wait for the mean and read everything again.
#include "compiler/Passes.h"
#include "compiler/fuse/explain/Reasons.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace dlc {
#define GEN_PASS_DEF_ONEPASSMOMENTS
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

namespace {

/// squares = sum (x - mean)^2 in one kernel, mean = sum x / count in another.
struct Moments {
  kernel::ReduceOp squares, sum;
  /// The element, in the kernel of the squares.
  BlockArgument x;
  /// In the kernel of the mean.
  Value count;
};

} // namespace

static kernel::FusedOp getKernel(Operation *op) {
  return op->getParentOfType<kernel::FusedOp>();
}

static bool addsUpColumns(kernel::ReduceOp reduce) {
  return reduce.getCombiner() == arith::AtomicRMWKind::addf &&
         reduce.getType().isF32() &&
         getKernel(reduce).getPattern() == kernel::Pattern::ColumnReduction;
}

/// The tensor that a kernel reads as this argument of its region, or null if it
/// does not read it at `map`.
static Value findTensor(Value scalar, AffineMap map) {
  auto argument = dyn_cast<BlockArgument>(scalar);
  if (!argument)
    return {};
  auto kernel = cast<kernel::FusedOp>(argument.getOwner()->getParentOp());
  unsigned input = argument.getArgNumber();
  return kernel.getInputMap(input) == map ? kernel.getInputs()[input] : Value();
}

/// Whether `scalar` of `kernel` is the element of a tensor at each point.
static bool isElementOf(Value scalar, Value tensor, kernel::FusedOp kernel) {
  AffineMap identity = kernel.getIdentityMap();
  if (tensor.getDefiningOp() != kernel.getOperation())
    return findTensor(scalar, identity) == tensor;
  unsigned output = cast<OpResult>(tensor).getResultNumber();
  return kernel.getOutputMap(output) == identity &&
         kernel.getBody().front().getTerminator()->getOperand(output) == scalar;
}

static std::optional<Moments> findMoments(kernel::ReduceOp squares) {
  if (!addsUpColumns(squares))
    return std::nullopt;
  kernel::FusedOp kernel = getKernel(squares);
  auto square = squares.getX().getDefiningOp<arith::MulFOp>();
  auto deviation = square && square.getLhs() == square.getRhs()
                       ? square.getLhs().getDefiningOp<arith::SubFOp>()
                       : arith::SubFOp();
  if (!deviation)
    return std::nullopt;
  Value x = findTensor(deviation.getLhs(), kernel.getIdentityMap());
  Value mean = findTensor(deviation.getRhs(), kernel.getKeptMap());
  auto maker = mean ? mean.getDefiningOp<kernel::FusedOp>() : kernel::FusedOp();
  if (!x || !maker || maker.getSpace() != kernel.getSpace() ||
      maker.getReduced() != kernel.getReduced())
    return std::nullopt;
  Operation *yield = maker.getBody().front().getTerminator();
  auto quotient = yield->getOperand(cast<OpResult>(mean).getResultNumber())
                      .getDefiningOp<arith::DivFOp>();
  auto sum = quotient ? quotient.getLhs().getDefiningOp<kernel::ReduceOp>()
                      : kernel::ReduceOp();
  if (!sum || !addsUpColumns(sum) || !isElementOf(sum.getX(), x, maker))
    return std::nullopt;
  return Moments{squares, sum, cast<BlockArgument>(deviation.getLhs()),
                 quotient.getRhs()};
}

/// Copies a scalar of another region that follows from constants and the size
/// of the batch alone; null if it does not.
static Value copyCount(OpBuilder &b, Value count, IRMapping &known) {
  if (Value copy = known.lookupOrNull(count))
    return copy;
  Operation *op = count.getDefiningOp();
  if (!op || isa<kernel::ReduceOp, kernel::IndexOp>(op))
    return {};
  for (Value operand : op->getOperands())
    if (!copyCount(b, operand, known))
      return {};
  return b.clone(*op, known)->getResult(0);
}

static Value addUp(ImplicitLocOpBuilder &b, Value x) {
  return kernel::ReduceOp::create(b, x.getType(), arith::AtomicRMWKind::addf,
                                  x);
}

/// sum (x - mean)^2 = sum x^2 - (sum x)^2 / count, which cancels: as doubles,
/// in which the square of a float is exact, with 29 bits more than the floats
/// have.
static bool rewrite(Moments moments) {
  ImplicitLocOpBuilder b(moments.squares.getLoc(), moments.squares);
  Type wide = b.getF64Type();
  IRMapping known;
  Value count = copyCount(b, moments.count, known);
  if (!count)
    return false;
  Value x = arith::ExtFOp::create(b, wide, moments.x);
  Value sum = addUp(b, x);
  Value squares = addUp(b, arith::MulFOp::create(b, x, x));
  Value mean =
      arith::DivFOp::create(b, sum, arith::ExtFOp::create(b, wide, count));
  Value rest =
      arith::SubFOp::create(b, squares, arith::MulFOp::create(b, sum, mean));
  // Of equal elements rounding may leave less than nothing. NaN stays.
  Value zero = arith::ConstantOp::create(b, b.getF64FloatAttr(0));
  Value below = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, rest, zero);
  rest = arith::SelectOp::create(b, below, zero, rest);
  moments.squares.getResult().replaceAllUsesWith(
      arith::TruncFOp::create(b, b.getF32Type(), rest));
  moments.squares.erase();

  // The mean is of the same sum.
  b.setInsertionPoint(moments.sum);
  Value whole = addUp(b, arith::ExtFOp::create(b, wide, moments.sum.getX()));
  moments.sum.getResult().replaceAllUsesWith(
      arith::TruncFOp::create(b, b.getF32Type(), whole));
  moments.sum.erase();
  return true;
}

/// Drops scalars that nobody uses, and inputs that no scalar is made of, with
/// what was noted of them.
static void dropUnused(kernel::FusedOp kernel) {
  Block &block = kernel.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
  SmallVector<Attribute> maps(kernel.getMaps().getValue());
  SmallVector<std::string> refusals =
      fuse::getStrings(kernel, fuse::refusalsKey);
  for (unsigned i = block.getNumArguments(); i-- > 0;)
    if (block.getArgument(i).use_empty()) {
      block.eraseArgument(i);
      kernel->eraseOperand(i);
      maps.erase(maps.begin() + i);
      if (i < refusals.size())
        refusals.erase(refusals.begin() + i);
    }
  if (kernel->hasAttr(fuse::refusalsKey))
    fuse::setStrings(kernel, fuse::refusalsKey, refusals);
  kernel.setMapsAttr(ArrayAttr::get(kernel.getContext(), maps));
}

namespace {

struct OnePassMomentsPass : dlc::impl::OnePassMomentsBase<OnePassMomentsPass> {
  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<kernel::FusedOp>()) {
      bool changed = false;
      for (auto reduce : llvm::make_early_inc_range(
               kernel.getBody().getOps<kernel::ReduceOp>()))
        if (std::optional<Moments> moments = findMoments(reduce))
          changed |= rewrite(*moments);
      if (changed)
        dropUnused(kernel);
    }
  }
};

} // namespace
