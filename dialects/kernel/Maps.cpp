// Affine maps of kernels: which loops they follow and how far they reach.
#include "dialects/kernel/Kernel.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::kernel;

AffineMap dlc::kernel::dropDims(AffineMap identity, ArrayRef<int64_t> dims) {
  return AffineMap::getFilteredIdentityMap(
      identity.getContext(), identity.getNumDims(), [&](AffineDimExpr dim) {
        return !llvm::is_contained(dims, dim.getPosition());
      });
}

dlc::kernel::Pattern dlc::kernel::choosePattern(int64_t rank,
                                                ArrayRef<int64_t> reduced) {
  if (reduced.empty())
    return kernel::Pattern::Pointwise;
  int64_t firstOfLast = rank - reduced.size();
  return reduced.front() == firstOfLast ? kernel::Pattern::RowReduction
                                        : kernel::Pattern::ColumnReduction;
}

std::optional<Range> dlc::kernel::findRange(AffineExpr expr,
                                            ArrayRef<int64_t> space) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return Range{constant.getValue(), constant.getValue()};
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    int64_t trips = space[dim.getPosition()];
    if (ShapedType::isDynamic(trips))
      return std::nullopt;
    return Range{0, trips - 1};
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  std::optional<Range> lhs = findRange(binary.getLHS(), space);
  std::optional<Range> rhs = findRange(binary.getRHS(), space);
  if (!lhs || !rhs)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add)
    return Range{lhs->low + rhs->low, lhs->high + rhs->high};
  auto stride = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (expr.getKind() != AffineExprKind::Mul || !stride ||
      stride.getValue() == 0)
    return std::nullopt;
  int64_t first = lhs->low * stride.getValue();
  int64_t last = lhs->high * stride.getValue();
  return Range{std::min(first, last), std::max(first, last)};
}
