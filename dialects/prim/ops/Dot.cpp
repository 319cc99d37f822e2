// dot: y[b, l, r] = sum_k lhs[b, l, k] rhs[b, r, k], dims of each in any order.
#include "dialects/prim/Gradient.h"
#include "dialects/prim/Infer.h"

using namespace mlir;
using namespace dlc::prim;

// The dims of a tensor of this rank that are in neither list, in order.
static SmallVector<int64_t> getFree(int64_t rank, ArrayRef<int64_t> batch,
                                    ArrayRef<int64_t> contract) {
  SmallVector<int64_t> free;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(batch, dim) && !llvm::is_contained(contract, dim))
      free.push_back(dim);
  return free;
}

// Each dim of an operand is named at most once and is one it has.
static LogicalResult verifyOperand(std::optional<Location> loc, StringRef op,
                                   StringRef name, RankedTensorType type,
                                   ArrayRef<int64_t> batch,
                                   ArrayRef<int64_t> contract) {
  SmallVector<int64_t> all(batch);
  llvm::append_range(all, contract);
  llvm::sort(all);
  int64_t previous = -1;
  for (int64_t dim : all) {
    if (dim <= previous || dim >= type.getRank())
      return emitOptionalError(
          loc, op, ": ", name, " names dimension ", dim, " in batch [", batch,
          "] and contract [", contract, "] but is ", type, " of rank ",
          type.getRank(), "; name dims that it has, each once");
    previous = dim;
  }
  return success();
}

// Paired dims are of one size.
static LogicalResult verifyPairs(std::optional<Location> loc, StringRef op,
                                 StringRef kind, RankedTensorType lhs,
                                 ArrayRef<int64_t> lhsDims,
                                 RankedTensorType rhs,
                                 ArrayRef<int64_t> rhsDims) {
  if (lhsDims.size() != rhsDims.size())
    return emitOptionalError(loc, op, ": ", kind, " has ", lhsDims.size(),
                             " dims of lhs but ", rhsDims.size(),
                             " of rhs; name them in pairs");
  for (auto [l, r] : llvm::zip_equal(lhsDims, rhsDims))
    if (lhs.getDimSize(l) != rhs.getDimSize(r))
      return emitOptionalError(loc, op, ": ", kind, " pairs dimension ", l,
                               " of lhs (", lhs, ") with dimension ", r,
                               " of rhs (", rhs,
                               ") but their sizes differ; transpose or resize "
                               "one of them");
  return success();
}

LogicalResult DotOp::inferReturnTypes(MLIRContext *,
                                      std::optional<Location> loc, Adaptor op,
                                      SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  auto lhs = cast<RankedTensorType>(op.getLhs().getType());
  auto rhs = cast<RankedTensorType>(op.getRhs().getType());
  ArrayRef<int64_t> lhsBatch = op.getLhsBatch(), rhsBatch = op.getRhsBatch();
  ArrayRef<int64_t> lhsContract = op.getLhsContract();
  ArrayRef<int64_t> rhsContract = op.getRhsContract();
  if (lhs.getElementType() != rhs.getElementType())
    return emitOptionalError(loc, name, ": lhs is ", lhs, " but rhs is ", rhs,
                             "; convert one of them first");
  if (failed(verifyOperand(loc, name, "lhs", lhs, lhsBatch, lhsContract)) ||
      failed(verifyOperand(loc, name, "rhs", rhs, rhsBatch, rhsContract)) ||
      failed(verifyPairs(loc, name, "batch", lhs, lhsBatch, rhs, rhsBatch)) ||
      failed(verifyPairs(loc, name, "contract", lhs, lhsContract, rhs,
                         rhsContract)))
    return failure();

  SmallVector<int64_t> shape;
  for (int64_t dim : lhsBatch)
    shape.push_back(lhs.getDimSize(dim));
  for (int64_t dim : getFree(lhs.getRank(), lhsBatch, lhsContract))
    shape.push_back(lhs.getDimSize(dim));
  for (int64_t dim : getFree(rhs.getRank(), rhsBatch, rhsContract))
    shape.push_back(rhs.getDimSize(dim));
  types.push_back(RankedTensorType::get(shape, lhs.getElementType()));
  return success();
}

// A multiplication and an addition for each element of the result and of the
// contracted dims.
double DotOp::getFlops(int64_t n) {
  SmallVector<int64_t> contracted;
  for (int64_t dim : getLhsContract())
    contracted.push_back(getLhs().getType().getDimSize(dim));
  return 2 * countElements(getType().getShape(), n) *
         countElements(contracted, n);
}

//===-- Gradient ----------------------------------------------------------===//

namespace {

// One factor of a gradient's dot. `target` says for each of its dims which dim
// of the operand differentiated it stands for; a contracted one has none.
struct Factor {
  Value value;
  SmallVector<int64_t> batch, contract, target;

  SmallVector<int64_t> getFreeTargets() const {
    SmallVector<int64_t> targets;
    for (int64_t dim : getFree(target.size(), batch, contract))
      targets.push_back(target[dim]);
    return targets;
  }
};

} // namespace

// The dims that dot(first, second) would have, as dims of the target.
static SmallVector<int64_t> getOrder(const Factor &first,
                                     const Factor &second) {
  SmallVector<int64_t> order;
  for (int64_t dim : first.batch)
    order.push_back(first.target[dim]);
  llvm::append_range(order, first.getFreeTargets());
  llvm::append_range(order, second.getFreeTargets());
  return order;
}

// first . second with its dims in the target's order. One of the two ways to
// order the factors often needs no transpose: for a dense layer both gradients.
static Value contract(ImplicitLocOpBuilder &b, const Factor &first,
                      const Factor &second) {
  auto build = [&](const Factor &l, const Factor &r) -> Value {
    return DotOp::create(b, l.value, r.value, l.batch, r.batch, l.contract,
                         r.contract);
  };
  SmallVector<int64_t> order = getOrder(first, second);
  if (llvm::is_sorted(order))
    return build(first, second);
  if (llvm::is_sorted(getOrder(second, first)))
    return build(second, first);
  SmallVector<int64_t> permutation(order.size());
  for (auto [dim, target] : llvm::enumerate(order))
    permutation[target] = dim;
  return TransposeOp::create(b, build(first, second), permutation);
}

// The gradient of the operand `self`, whose free dims are those of the result
// from `selfStart` on; the other operand's are those from `otherStart` on.
//
// dself[b, s, k] = sum_o g[b, s, o] other[b, o, k]
static Value differentiate(ImplicitLocOpBuilder &b, Value grad, Value self,
                           ArrayRef<int64_t> selfBatch,
                           ArrayRef<int64_t> selfContract, int64_t selfStart,
                           Value other, ArrayRef<int64_t> otherBatch,
                           ArrayRef<int64_t> otherContract,
                           int64_t otherStart) {
  auto getRank = [](Value x) {
    return cast<RankedTensorType>(x.getType()).getRank();
  };
  SmallVector<int64_t> selfFree =
      getFree(getRank(self), selfBatch, selfContract);
  SmallVector<int64_t> otherFree =
      getFree(getRank(other), otherBatch, otherContract);

  Factor g{grad, {}, {}, SmallVector<int64_t>(getRank(grad), -1)};
  Factor o{other, SmallVector<int64_t>(otherBatch), otherFree,
           SmallVector<int64_t>(getRank(other), -1)};
  for (auto [i, dim] : llvm::enumerate(selfBatch)) {
    g.batch.push_back(i);
    g.target[i] = dim;
    o.target[otherBatch[i]] = dim;
  }
  for (auto [i, dim] : llvm::enumerate(selfFree))
    g.target[selfStart + i] = dim;
  for (size_t i = 0; i < otherFree.size(); ++i)
    g.contract.push_back(otherStart + i);
  for (auto [selfDim, otherDim] : llvm::zip_equal(selfContract, otherContract))
    o.target[otherDim] = selfDim;
  return contract(b, g, o);
}

// dlhs[b, l, k] = sum_r g[b, l, r] rhs[b, r, k]
// drhs[b, r, k] = sum_l g[b, l, r] lhs[b, l, k]
SmallVector<Value> DotOp::buildVjp(ImplicitLocOpBuilder &b, ValueRange grads) {
  int64_t left = getLhsBatch().size();
  int64_t right = getLhs().getType().getRank() - getLhsContract().size();
  return {differentiate(b, grads[0], getLhs(), getLhsBatch(), getLhsContract(),
                        left, getRhs(), getRhsBatch(), getRhsContract(), right),
          differentiate(b, grads[0], getRhs(), getRhsBatch(), getRhsContract(),
                        right, getLhs(), getLhsBatch(), getLhsContract(),
                        left)};
}
