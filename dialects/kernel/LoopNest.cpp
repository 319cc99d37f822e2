// Merging the loops of a kernel, and what of its region waits for what.
#include "dialects/kernel/LoopNest.h"

using namespace mlir;
using namespace dlc::kernel;

/// Adds `scale` times an expression of dims and constants to an access.
static void addExpression(AffineExpr expr, int64_t scale, Access &access) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    access.offset += scale * constant.getValue();
  } else if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    access.strides[dim.getPosition()] += scale;
  } else {
    auto binary = cast<AffineBinaryOpExpr>(expr);
    if (expr.getKind() == AffineExprKind::Add) {
      addExpression(binary.getLHS(), scale, access);
      addExpression(binary.getRHS(), scale, access);
      return;
    }
    // [C3] of kernel.fused: a dim times a constant.
    auto stride = cast<AffineConstantExpr>(binary.getRHS());
    addExpression(binary.getLHS(), scale * stride.getValue(), access);
  }
}

/// Strides along every dim of the space; the tensor lies in row-major order.
/// The batch is its first dim, so no stride depends on it.
static Access buildAccess(AffineMap map, ArrayRef<int64_t> shape) {
  Access access;
  access.strides.assign(map.getNumDims(), 0);
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    addExpression(map.getResult(i), stride, access);
    stride *= ShapedType::isDynamic(shape[i]) ? 1 : shape[i];
  }
  return access;
}

std::optional<unsigned> LoopNest::findLoop(unsigned dim) const {
  for (auto [i, loop] : llvm::enumerate(loops))
    if (loop.first <= dim && dim <= loop.last)
      return i;
  return std::nullopt;
}

unsigned LoopNest::countLeadingKept() const {
  auto reduced = llvm::find_if(loops, [](Loop loop) { return loop.reduced; });
  return std::distance(loops.begin(), reduced);
}

namespace {

/// Takes one dim after the other into the last loop, or opens a new one.
class LoopMerger {
public:
  LoopMerger(FusedOp kernel, unsigned parallel)
      : kernel(kernel), parallel(parallel) {
    for (IndexOp index : kernel.getBody().getOps<IndexOp>())
      named.insert(index.getDim());
    SmallVector<Type> tensors = llvm::to_vector(kernel.getOperandTypes());
    llvm::append_range(tensors, kernel.getResultTypes());
    for (auto [i, type] : llvm::enumerate(tensors)) {
      auto shape = cast<RankedTensorType>(type).getShape();
      byDim.push_back(buildAccess(kernel.getInputMap(i), shape));
      nest.accesses.push_back({byDim.back().offset, {}});
    }
  }

  LoopNest run() {
    for (unsigned dim = 0; dim < kernel.getSpace().size(); ++dim)
      if (kernel.getSpace()[dim] != 1)
        addDim(dim);
    return nest;
  }

private:
  void addDim(unsigned dim) {
    int64_t size = kernel.getSpace()[dim];
    bool timesBatch = ShapedType::isDynamic(size);
    Loop loop{timesBatch ? 1 : size, timesBatch,
              llvm::is_contained(kernel.getReduced(), int64_t(dim)), dim, dim};
    if (!nest.loops.empty() && mayMerge(nest.loops.back(), loop)) {
      nest.loops.back().trips *= loop.trips;
      nest.loops.back().last = dim;
      for (auto [access, source] : llvm::zip_equal(nest.accesses, byDim))
        access.strides.back() = source.strides[dim];
      return;
    }
    nest.loops.push_back(loop);
    for (auto [access, source] : llvm::zip_equal(nest.accesses, byDim))
      access.strides.push_back(source.strides[dim]);
  }

  bool mayMerge(const Loop &outer, const Loop &inner) {
    if (inner.timesBatch || outer.reduced != inner.reduced ||
        named.contains(outer.last) || named.contains(inner.first) ||
        (outer.last < parallel && inner.first >= parallel))
      return false;
    return llvm::all_of(llvm::zip_equal(nest.accesses, byDim), [&](auto pair) {
      auto [access, source] = pair;
      return access.strides.back() == source.strides[inner.first] * inner.trips;
    });
  }

  FusedOp kernel;
  unsigned parallel;
  llvm::DenseSet<uint64_t> named;
  SmallVector<Access> byDim;
  LoopNest nest;
};

} // namespace

LoopNest dlc::kernel::buildLoopNest(FusedOp kernel, unsigned parallel) {
  return LoopMerger(kernel, parallel).run();
}

DenseMap<Value, unsigned> dlc::kernel::findLevels(FusedOp kernel) {
  DenseMap<Value, unsigned> levels;
  Block &block = kernel.getBody().front();
  for (Value argument : block.getArguments())
    levels[argument] = 0;
  for (Operation &op : block.without_terminator()) {
    unsigned level = 0;
    for (Value operand : op.getOperands())
      level = std::max(level, levels[operand]);
    for (Value result : op.getResults())
      levels[result] = isa<ReduceOp>(op) ? level + 1 : level;
  }
  return levels;
}

bool dlc::kernel::needsOneWalk(FusedOp kernel) {
  DenseMap<Value, unsigned> levels = findLevels(kernel);
  for (ReduceOp reduce : kernel.getBody().getOps<ReduceOp>())
    if (levels[reduce.getX()] != 0)
      return false;
  auto yield = cast<YieldOp>(kernel.getBody().front().getTerminator());
  for (auto [i, value] : llvm::enumerate(yield.getValues()))
    if (kernel.getOutputMap(i) == kernel.getIdentityMap() && levels[value] != 0)
      return false;
  return true;
}

bool dlc::kernel::isColumnNest(FusedOp kernel, const LoopNest &nest) {
  auto isReduced = [](const Loop &loop) { return loop.reduced; };
  auto first = llvm::find_if(nest.loops, isReduced);
  auto last = std::find_if_not(first, nest.loops.end(), isReduced);
  bool reducedAgain = std::any_of(last, nest.loops.end(), isReduced);
  return first != nest.loops.end() && last != nest.loops.end() &&
         !reducedAgain && needsOneWalk(kernel);
}
