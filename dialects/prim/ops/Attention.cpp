// attention and its gradient.
//
// score[n, h, t, s] = scale sum_c query[n, t, h, c] key[n, s, h, c]
// logsumexp[n, t, h] = ln sum_s e^score[n, h, t, s]
// share[n, h, t, s] = e^(score[n, h, t, s] - logsumexp[n, t, h])
// y[n, t, h, v] = sum_s share[n, h, t, s] value[n, s, h, v]
//
// over the keys s that a query may attend to.
#include "dialects/prim/Gradient.h"
#include "dialects/prim/Infer.h"

using namespace mlir;
using namespace dlc::prim;

namespace {

/// The tensors of both ops.
struct Heads {
  RankedTensorType query, key, value, mask;

  template <typename Adaptor>
  explicit Heads(Adaptor op)
      : query(cast<RankedTensorType>(op.getQuery().getType())),
        key(cast<RankedTensorType>(op.getKey().getType())),
        value(cast<RankedTensorType>(op.getValue().getType())) {
    if (op.getMask())
      mask = cast<RankedTensorType>(op.getMask().getType());
  }

  /// [n, h, t, s]
  SmallVector<int64_t, 4> getScoresShape() const {
    return {query.getDimSize(0), query.getDimSize(2), query.getDimSize(1),
            key.getDimSize(1)};
  }
  /// [n, t, h, v]
  RankedTensorType getResultType() const {
    SmallVector<int64_t> shape(query.getShape());
    shape.back() = value.getShape().back();
    return query.clone(shape);
  }
  /// [n, t, h], in f32
  RankedTensorType getRowsType() const {
    return RankedTensorType::get(query.getShape().drop_back(),
                                 Float32Type::get(query.getContext()));
  }

  /// Products of a query by a key, `scores` times each score, and of a share by
  /// a value, `shares` times.
  double countFlops(int64_t n, int scores, int shares) const {
    return 2 * countElements(getScoresShape(), n) *
           double(scores * query.getShape().back() +
                  shares * value.getShape().back());
  }

  bool fit() const {
    for (RankedTensorType type : {query, key, value})
      if (type.getRank() != 4 ||
          type.getElementType() != query.getElementType() ||
          llvm::any_of(type.getShape().drop_front(), ShapedType::isDynamic))
        return false;
    int64_t heads = query.getDimSize(2), keys = key.getDimSize(2);
    return key.getShape().drop_back() == value.getShape().drop_back() &&
           query.getDimSize(0) == key.getDimSize(0) &&
           query.getShape().back() == key.getShape().back() && keys > 0 &&
           heads % keys == 0;
  }
  bool doesMaskFit() const {
    return !mask || (mask.getRank() == 4 &&
                     llvm::all_of(llvm::zip(mask.getShape(), getScoresShape()),
                                  [](auto sizes) {
                                    auto [size, whole] = sizes;
                                    return size == 1 || size == whole;
                                  }));
  }
};

} // namespace

template <typename Adaptor>
static LogicalResult verifyHeads(std::optional<Location> loc, StringRef name,
                                 Adaptor op, const Heads &heads) {
  if (!heads.fit())
    return emitOptionalError(
        loc, name, ": the query is ", heads.query, ", the key ", heads.key,
        " and the value ", heads.value,
        " but these are [n, t, h, c], [n, s, k, c] and [n, s, k, v] of one "
        "type, h a multiple of k; reshape or convert them");
  if (!heads.doesMaskFit())
    return emitOptionalError(loc, name, ": the mask is ", heads.mask,
                             " but scores are [", heads.getScoresShape(),
                             "]; give it these sizes or 1");
  // Where text is parsed, types are inferred before defaults are filled in.
  IntegerAttr window = op.getWindowAttr();
  if (window && window.getInt() < 0)
    return emitOptionalError(loc, name, ": window is ", window.getInt(),
                             " but counts places; write 0 for none");
  return success();
}

//===-- attention ---------------------------------------------------------===//

LogicalResult AttentionOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor op,
                                            SmallVectorImpl<Type> &types) {
  Heads heads(op);
  if (failed(verifyHeads(loc, getOperationName(), op, heads)))
    return failure();
  types.append({heads.getResultType(), heads.getRowsType()});
  return success();
}

double AttentionOp::getFlops(int64_t n) {
  return Heads(*this).countFlops(n, /*scores=*/1, /*shares=*/1);
}

static Value convertToF32(ImplicitLocOpBuilder &b, Value x) {
  auto type = cast<RankedTensorType>(x.getType()).clone(b.getF32Type());
  return b.createOrFold<ConvertOp>(type, x);
}

// With dshare = dy value^T, dscore = share (dshare - sum_s share dshare), and
//   sum_s share dshare = sum_v dy sum_s share value = sum_v dy y
// does not need the shares. The gradient of logsumexp is share itself.
SmallVector<Value> AttentionOp::buildVjp(ImplicitLocOpBuilder &b,
                                         ValueRange grads) {
  Value dy = grads[0] ? grads[0] : fill(b, getResult(), 0);
  Value dot = ReduceSumOp::create(
      b, MulOp::create(b, convertToF32(b, getResult()), convertToF32(b, dy)),
      SmallVector<int64_t>{3});
  if (grads[1])
    dot = SubOp::create(b, dot, grads[1]);
  auto made = AttentionGradOp::create(
      b, getQuery(), getKey(), getValue(), getLogsumexp(), dot, dy, getMask(),
      getScaleAttr(), getCausalAttr(), getWindowAttr(), getZeroEmptyAttr());
  SmallVector<Value> gradients = llvm::to_vector_of<Value>(made.getResults());
  if (getMask())
    gradients.push_back(Value());
  return gradients;
}

//===-- attention_grad ----------------------------------------------------===//

LogicalResult AttentionGradOp::inferReturnTypes(MLIRContext *,
                                                std::optional<Location> loc,
                                                Adaptor op,
                                                SmallVectorImpl<Type> &types) {
  Heads heads(op);
  if (failed(verifyHeads(loc, getOperationName(), op, heads)))
    return failure();
  for (auto [name, value, type] :
       {std::tuple("logsumexp", op.getLogsumexp(), heads.getRowsType()),
        std::tuple("dot", op.getDot(), heads.getRowsType()),
        std::tuple("dy", op.getDy(), heads.getResultType())})
    if (value.getType() != type)
      return emitOptionalError(loc, getOperationName(), ": ", name, " is ",
                               value.getType(), " but that of the query ",
                               heads.query, " and the value ", heads.value,
                               " is ", type, "; reshape or convert it");
  types.append({heads.query, heads.key, heads.value});
  return success();
}

// Scores and their gradient for all three; each of these from one of the two.
double AttentionGradOp::getFlops(int64_t n) {
  return Heads(*this).countFlops(n, /*scores=*/3, /*shares=*/2);
}
