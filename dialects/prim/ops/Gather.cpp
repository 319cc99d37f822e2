// gather and scatter_add: rows of a table by their numbers; each is the other's
// adjoint.
#include "dialects/prim/Gradient.h"
#include "dialects/prim/Infer.h"

using namespace mlir;
using namespace dlc::prim;

// [rows, r...] at [i...] -> [i..., r...]
static FailureOr<RankedTensorType> inferGather(std::optional<Location> loc,
                                               StringRef op,
                                               RankedTensorType table,
                                               RankedTensorType indices) {
  if (table.getRank() < 1 || !table.hasStaticShape())
    return emitOptionalError(loc, op, ": the table is ", table,
                             " but its rows are counted; give one of known "
                             "sizes");
  SmallVector<int64_t> shape(indices.getShape());
  llvm::append_range(shape, table.getShape().drop_front());
  return RankedTensorType::get(shape, table.getElementType());
}

//===-- gather ------------------------------------------------------------===//

LogicalResult GatherOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor op,
                                         SmallVectorImpl<Type> &types) {
  FailureOr<RankedTensorType> type = inferGather(
      loc, getOperationName(), cast<RankedTensorType>(op.getTable().getType()),
      cast<RankedTensorType>(op.getIndices().getType()));
  if (failed(type))
    return failure();
  types.push_back(*type);
  return success();
}

// dtable = scatter_add(g, indices)
SmallVector<Value> GatherOp::buildVjp(ImplicitLocOpBuilder &b,
                                      ValueRange grads) {
  return {ScatterAddOp::create(b, getTable().getType(), grads[0], getIndices()),
          Value()};
}

//===-- scatter_add -------------------------------------------------------===//

LogicalResult ScatterAddOp::verify() {
  FailureOr<RankedTensorType> updates = inferGather(
      getLoc(), getOperationName(), getType(), getIndices().getType());
  if (failed(updates))
    return failure();
  if (*updates != getUpdates().getType())
    return emitOpError() << "has the updates " << getUpdates().getType()
                         << " but rows of " << getType() << " at "
                         << getIndices().getType() << " are " << *updates
                         << "; reshape them first";
  return success();
}

// dupdates = -rows <= indices < rows ? gather(g, indices) : 0, because updates
// outside of the table went nowhere
SmallVector<Value> ScatterAddOp::buildVjp(ImplicitLocOpBuilder &b,
                                          ValueRange grads) {
  Value indices = getIndices();
  auto rows = static_cast<double>(getType().getDimSize(0));
  Value low =
      CompareOp::create(b, Predicate::ge, indices, fill(b, indices, -rows));
  Value high =
      CompareOp::create(b, Predicate::lt, indices, fill(b, indices, rows));
  Value inside = AndOp::create(b, low, high);
  RankedTensorType type = getUpdates().getType();
  auto dims = llvm::to_vector(
      llvm::seq<int64_t>(getIndices().getType().getRank(), type.getRank()));
  if (!dims.empty())
    inside = BroadcastOp::create(b, type.clone(b.getI1Type()), inside, dims);
  Value rowsOfGrad = GatherOp::create(b, grads[0], indices);
  return {SelectOp::create(b, inside, rowsOfGrad, fill(b, rowsOfGrad, 0)),
          Value()};
}
