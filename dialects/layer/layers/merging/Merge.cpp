// Add, Subtract, Multiply, Average, Maximum, Minimum and Concatenate: one
// tensor from several.
#include "dialects/layer/layers/merging/Merge.h"
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

//===-- Shapes ------------------------------------------------------------===//

/// A tensor of lower rank gets dimensions of size 1 behind the batch
/// (keras/src/layers/merging/base_merge.py): [n, c] -> [n, 1, 1, c]
static SmallVector<int64_t> raiseRank(ArrayRef<int64_t> shape, int64_t rank) {
  SmallVector<int64_t> raised(shape);
  raised.insert(raised.begin() + !shape.empty(), rank - shape.size(), 1);
  return raised;
}

static int64_t highestRank(ValueRange xs) {
  int64_t rank = 0;
  for (Value x : xs)
    rank = std::max(rank, typeOf(x).getRank());
  return rank;
}

/// As Keras, all but Subtract take a list of one tensor, too.
template <typename Layer>
static FailureOr<Type> inferMerge(std::optional<Location> loc,
                                  typename Layer::Adaptor layer,
                                  bool ofTwo = false) {
  ValueRange xs = layer.getXs();
  if (xs.empty() || (ofTwo && xs.size() != 2))
    return emitLayerError<Layer>(
        loc, layer, "has ", xs.size(), " inputs but it merges ",
        ofTwo ? "two" : "one or more", "; give it these");
  int64_t rank = highestRank(xs);
  SmallVector<int64_t> shape = raiseRank(typeOf(xs.front()).getShape(), rank);
  Type element = typeOf(xs.front()).getElementType();
  for (Value x : xs.drop_front()) {
    auto merged = broadcastShapes(shape, raiseRank(typeOf(x).getShape(), rank));
    if (failed(merged))
      return emitLayerError<Layer>(
          loc, layer, "has inputs of the types ", typeOf(xs.front()), " and ",
          typeOf(x), " but sizes have to agree or be 1; reshape one of them");
    shape = *merged;
    element = promoteElements(element, typeOf(x).getElementType());
  }
  if (element.isInteger(1))
    return emitLayerError<Layer>(loc, layer,
                                 "has boolean inputs but merges numbers; cast "
                                 "them to float32");
  return Type(RankedTensorType::get(shape, element));
}

/// x broadcast to the result's type.
static Value fitOperand(ImplicitLocOpBuilder &b, Value x,
                        RankedTensorType type) {
  x = convertTo(b, x, type.getElementType());
  RankedTensorType own = typeOf(x);
  RankedTensorType raised =
      own.clone(raiseRank(own.getShape(), type.getRank()));
  // Broadcasting drops the new dimensions again.
  SmallVector<int64_t> dims, kept;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (raised.getDimSize(i) == type.getDimSize(i))
      kept.push_back(raised.getDimSize(i));
    else
      dims.push_back(i);
  if (ArrayRef(kept) != own.getShape())
    x = prim::ReshapeOp::create(b, own.clone(kept), x);
  return dims.empty() ? x
                      : prim::BroadcastOp::create(b, type, x, dims).getResult();
}

/// Where operand `index`, which is x, counts: i1 in the result's shape. Null
/// where nothing masks it, or its rank is raised, by which it loses its mask.
static Value fitMask(ImplicitLocOpBuilder &b, ExpandContext &ctx,
                     unsigned index, Value x, RankedTensorType type) {
  Value mask = ctx.mask(index);
  if (!mask || typeOf(x).getRank() != type.getRank())
    return {};
  return spreadMask(b, mask, type.getShape());
}

//===-- Sums and differences ----------------------------------------------===//

/// x1 o x2 o x3 ..., each broadcast to the result's type.
template <typename Prim>
static Value expandMerge(ImplicitLocOpBuilder &b, ValueRange xs,
                         RankedTensorType type) {
  Value y = fitOperand(b, xs.front(), type);
  for (Value x : xs.drop_front())
    y = Prim::create(b, y, fitOperand(b, x, type));
  return y;
}

FailureOr<Type> AddOp::inferResult(std::optional<Location> loc, Adaptor layer) {
  return inferMerge<AddOp>(loc, layer);
}

Value AddOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return expandMerge<prim::AddOp>(b, getXs(), getType());
}

FailureOr<Type> SubtractOp::inferResult(std::optional<Location> loc,
                                        Adaptor layer) {
  return inferMerge<SubtractOp>(loc, layer, /*ofTwo=*/true);
}

Value SubtractOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return expandMerge<prim::SubOp>(b, getXs(), getType());
}

// Whole numbers have a fractional average, too.
FailureOr<Type> AverageOp::inferResult(std::optional<Location> loc,
                                       Adaptor layer) {
  FailureOr<Type> sum = inferMerge<AverageOp>(loc, layer);
  if (failed(sum))
    return failure();
  auto type = cast<RankedTensorType>(*sum);
  return Type(type.clone(Float32Type::get(type.getContext())));
}

// (x1 + x2 + ...) / count
Value AverageOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  Value sum = expandMerge<prim::AddOp>(b, getXs(), getType());
  return Formula(b).div(sum, double(getXs().size()));
}

//===-- Products ----------------------------------------------------------===//

FailureOr<Type> MultiplyOp::inferResult(std::optional<Location> loc,
                                        Adaptor layer) {
  return inferMerge<MultiplyOp>(loc, layer);
}

// y = x1 x2 ..., where x counts as 1 if it is masked, and 0 where all are
Value MultiplyOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  Formula f(b);
  Value y, counts;
  bool allMasked = true;
  for (auto [i, operand] : llvm::enumerate(getXs())) {
    Value x = fitOperand(b, operand, getType());
    Value mask = fitMask(b, ctx, i, operand, getType());
    if (mask)
      x = f.select(mask, x, f.splat(x, 1));
    allMasked &= bool(mask);
    if (allMasked)
      counts = counts ? prim::OrOp::create(b, counts, mask).getResult() : mask;
    y = y ? f.mul(y, x) : x;
  }
  return allMasked ? f.select(counts, y, f.splat(y, 0)) : y;
}

//===-- Extremes ----------------------------------------------------------===//

// Step by step the larger, or smaller, of y and x; where one of them is masked,
// the other (keras/src/layers/merging/base_merge.py:
// _apply_merge_op_and_or_mask)
template <typename Prim>
static Value expandExtreme(ImplicitLocOpBuilder &b, ExpandContext &ctx,
                           ValueRange xs, RankedTensorType type) {
  Formula f(b);
  Value y = fitOperand(b, xs.front(), type);
  Value counts = fitMask(b, ctx, 0, xs.front(), type);
  for (auto [i, operand] : llvm::enumerate(xs.drop_front())) {
    Value x = fitOperand(b, operand, type);
    Value mask = fitMask(b, ctx, i + 1, operand, type);
    if (mask)
      x = f.select(mask, x, y);
    if (counts)
      y = f.select(counts, y, x);
    counts = counts && mask ? prim::OrOp::create(b, counts, mask).getResult()
                            : Value();
    y = Prim::create(b, y, x);
  }
  return y;
}

FailureOr<Type> MaximumOp::inferResult(std::optional<Location> loc,
                                       Adaptor layer) {
  return inferMerge<MaximumOp>(loc, layer);
}

Value MaximumOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandExtreme<prim::MaxOp>(b, ctx, getXs(), getType());
}

FailureOr<Type> MinimumOp::inferResult(std::optional<Location> loc,
                                       Adaptor layer) {
  return inferMerge<MinimumOp>(loc, layer);
}

Value MinimumOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandExtreme<prim::MinOp>(b, ctx, getXs(), getType());
}

//===-- Concatenate -------------------------------------------------------===//

Value dlc::layer::expandConcat(ImplicitLocOpBuilder &b, ValueRange xs,
                               int64_t axis, RankedTensorType type) {
  SmallVector<Value> parts = llvm::map_to_vector(
      xs, [&](Value x) { return convertTo(b, x, type.getElementType()); });
  if (parts.size() == 1)
    return parts.front();
  int64_t dim = normalizeAxes(axis, type.getRank()).front();
  return prim::ConcatOp::create(b, parts, dim);
}

FailureOr<Type> ConcatenateOp::inferResult(std::optional<Location> loc,
                                           Adaptor layer) {
  return inferConcat<ConcatenateOp>(loc, layer);
}

Value ConcatenateOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return expandConcat(b, getXs(), getAxis(), getType());
}

FailureOr<Type> ConcatenateNodeOp::inferResult(std::optional<Location> loc,
                                               Adaptor layer) {
  return inferConcat<ConcatenateNodeOp>(loc, layer);
}

Value ConcatenateNodeOp::expand(ImplicitLocOpBuilder &b, ExpandContext &) {
  return expandConcat(b, getXs(), getAxis(), getType());
}
