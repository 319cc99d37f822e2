// Cancels biases that the normalisation behind them takes away again; runs
// before gradients are taken.
#include "compiler/Passes.h"
#include "compiler/simplify/Channels.h"
#include "dialects/prim/Gradient.h"

namespace dlc {
#define GEN_PASS_DEF_CANCELBIASES
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::simplify;

namespace {

/// y = c scale + (beta - mean scale) with c = x + bias, where mean is that of c
/// over all but the channels. Nothing else reads c.
struct Normalization {
  prim::AddOp biased;
  Biased parts;
  prim::ReduceSumOp sum;
  prim::DivOp mean;
  /// sum (c - mean)^2, of which the variance is made.
  prim::SquaredDeviationsOp squares;
  prim::MulOp scaled;
  /// mean * scale.
  prim::MulOp shift;
};

} // namespace

/// Whether `count` is the number of elements that a sum over `dims` of `type`
/// adds up, in every element.
static bool counts(Value count, RankedTensorType type, ArrayRef<int64_t> dims) {
  bool timesBatch = false;
  if (auto broadcast = count.getDefiningOp<prim::BroadcastOp>())
    count = broadcast.getX();
  if (auto product = count.getDefiningOp<prim::MulOp>()) {
    if (!product.getRhs().getDefiningOp<prim::BatchSizeOp>())
      return false;
    timesBatch = true;
    count = product.getLhs();
  }
  bool hasBatch = false;
  double fixed = 1;
  for (int64_t dim : dims)
    if (type.isDynamicDim(dim))
      hasBatch = true;
    else
      fixed *= type.getDimSize(dim);
  return timesBatch == hasBatch && prim::getSplat(count) == fixed;
}

template <typename Op> static Op findUser(Value value) {
  for (Operation *user : value.getUsers())
    if (auto op = dyn_cast<Op>(user))
      return op;
  return Op();
}

/// The factor beside `x`.
static Value findOther(prim::MulOp mul, Value x) {
  return mul.getLhs() == x ? mul.getRhs() : mul.getLhs();
}

/// The product of mean and scale in y = c scale + (beta - mean scale).
static prim::MulOp findShift(Normalization &n, Value scale) {
  if (!n.scaled->hasOneUse())
    return {};
  auto y = dyn_cast<prim::AddOp>(*n.scaled->user_begin());
  std::optional<Biased> shifted = y ? findBiased(y) : std::nullopt;
  if (!shifted || shifted->x != n.scaled.getResult() ||
      shifted->bias.dim != n.parts.bias.dim)
    return {};
  Value shift = shifted->bias.vector;
  auto find = [&](Value value) -> prim::MulOp {
    auto minus = value.getDefiningOp<prim::NegOp>();
    auto product =
        minus ? minus.getX().getDefiningOp<prim::MulOp>() : prim::MulOp();
    bool isShift =
        product && product->hasOneUse() &&
        llvm::is_contained(product->getOperands(), n.mean.getResult()) &&
        findOther(product, n.mean) == scale;
    return isShift ? product : prim::MulOp();
  };
  if (auto add = shift.getDefiningOp<prim::AddOp>()) {
    if (auto product = find(add.getLhs()))
      return product;
    return find(add.getRhs());
  }
  return find(shift);
}

static std::optional<Normalization> findNormalization(prim::AddOp add) {
  std::optional<Biased> parts = findBiased(add);
  if (!parts || llvm::range_size(add->getUses()) != 3)
    return std::nullopt;
  Normalization n;
  n.biased = add;
  n.parts = *parts;
  n.sum = findUser<prim::ReduceSumOp>(add);
  n.squares = findUser<prim::SquaredDeviationsOp>(add);
  n.scaled = findUser<prim::MulOp>(add);
  int64_t dim = parts->bias.dim, rank = add.getType().getRank();
  if (!n.sum || !n.squares || !n.scaled || !n.sum->hasOneUse() ||
      n.sum.getDims() != ArrayRef<int64_t>(listOthers(rank, dim)))
    return std::nullopt;

  n.mean = dyn_cast<prim::DivOp>(*n.sum->user_begin());
  if (!n.mean || n.mean.getLhs() != n.sum.getResult() ||
      !counts(n.mean.getRhs(), add.getType(), n.sum.getDims()))
    return std::nullopt;

  if (n.squares.getX() != add.getResult() ||
      n.squares.getMean() != n.mean.getResult() ||
      n.squares.getDims() != n.sum.getDims())
    return std::nullopt;

  std::optional<Channels> scale = findChannels(findOther(n.scaled, add));
  if (!scale || scale->dim != dim)
    return std::nullopt;
  n.shift = findShift(n, scale->vector);
  return n.shift ? std::optional(n) : std::nullopt;
}

/// mean(x + bias) = mean(x) + bias, so that c - mean and y are the same of x.
/// Only what else reads the mean, which is the moving one, gets the bias.
static void cancelBias(prim::AddOp add) {
  std::optional<Normalization> found = findNormalization(add);
  if (!found)
    return;
  Normalization &n = *found;
  add.getResult().replaceAllUsesWith(n.parts.x);
  ImplicitLocOpBuilder b(n.mean.getLoc(), n.mean->getBlock(),
                         std::next(n.mean->getIterator()));
  auto whole = prim::AddOp::create(b, n.mean, n.parts.bias.vector);
  n.mean.getResult().replaceUsesWithIf(whole, [&](OpOperand &use) {
    Operation *user = use.getOwner();
    return user != n.squares && user != n.shift && user != whole;
  });
  add.erase();
}

namespace {

struct CancelBiasesPass : dlc::impl::CancelBiasesBase<CancelBiasesPass> {
  void runOnOperation() override { getOperation().walk(cancelBias); }
};

} // namespace
