// Folds scales of channels into the kernel of the contraction before them; runs
// before gradients are taken.
//
// A BatchNormalization by moving statistics is a scale and a shift of each
// channel. In the kernel the scale costs what the weights are large, not what
// the images are, and the shift is left as a bias, which contractions take
// along.
#include "compiler/Passes.h"
#include "compiler/simplify/Channels.h"
#include "dialects/prim/Infer.h"

namespace dlc {
#define GEN_PASS_DEF_FOLDSCALES
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;
using namespace dlc::simplify;

namespace {

/// A contraction, and what stands between it and a value of its channels.
struct Chain {
  Operation *contraction = nullptr;
  /// The operand and its dim that the channels come from.
  unsigned operand = 0;
  int64_t operandDim = 0;
  /// From the value to the contraction: pads by zero, transposes, biases.
  SmallVector<Operation *> between;

  TypedValue<RankedTensorType> kernel() const {
    return cast<TypedValue<RankedTensorType>>(contraction->getOperand(operand));
  }
};

} // namespace

//===-- Finding -----------------------------------------------------------===//

/// The dim of `type` that is number `position` among those in neither list.
static int64_t findFree(RankedTensorType type, ArrayRef<int64_t> batch,
                        ArrayRef<int64_t> contract, int64_t position) {
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (!llvm::is_contained(batch, dim) && !llvm::is_contained(contract, dim) &&
        position-- == 0)
      return dim;
  return -1;
}

/// Which operand of a contraction makes dim `dim` of its result.
static LogicalResult findKernel(Operation *op, int64_t dim, Chain &chain) {
  chain.contraction = op;
  if (isa<prim::Conv2DOp>(op)) {
    chain.operand = 1;
    chain.operandDim = 3;
    return success(dim == 3);
  }
  auto dot = dyn_cast<prim::DotOp>(op);
  if (!dot)
    return failure();
  int64_t left = dot.getLhs().getType().getRank() - dot.getLhsContract().size();
  int64_t batch = dot.getLhsBatch().size();
  if (dim < batch)
    return failure();
  chain.operand = dim < left ? 0 : 1;
  chain.operandDim = dim < left
                         ? findFree(dot.getLhs().getType(), dot.getLhsBatch(),
                                    dot.getLhsContract(), dim - batch)
                         : findFree(dot.getRhs().getType(), dot.getRhsBatch(),
                                    dot.getRhsContract(), dim - left);
  return success();
}

/// The chain that ends in `value`, whose channels lie in `dim`. Nothing else
/// may read what is in it: it would have to be computed twice.
static std::optional<Chain> findChain(Value value, int64_t dim) {
  Chain chain;
  while (value.hasOneUse()) {
    Operation *op = value.getDefiningOp();
    if (auto pad = dyn_cast_or_null<prim::PadOp>(op)) {
      bool apart = pad.getLow()[dim] || pad.getHigh()[dim] ||
                   pad.getInterior()[dim] || !pad.getValue().isZero();
      if (apart)
        return std::nullopt;
      value = pad.getX();
    } else if (auto transpose = dyn_cast_or_null<prim::TransposeOp>(op)) {
      dim = transpose.getPermutation()[dim];
      value = transpose.getX();
    } else if (auto add = dyn_cast_or_null<prim::AddOp>(op)) {
      std::optional<Biased> biased = findBiased(add);
      if (!biased || biased->bias.dim != dim)
        return std::nullopt;
      value = biased->x;
    } else if (op && succeeded(findKernel(op, dim, chain))) {
      return chain;
    } else {
      return std::nullopt;
    }
    chain.between.push_back(op);
  }
  return std::nullopt;
}

//===-- What it saves -----------------------------------------------------===//

/// Whether the value is written to memory for a routine or for the caller, and
/// not taken into a loop nest that would read the contraction's result anyway.
static bool isStored(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    if (auto reshape = dyn_cast<prim::ReshapeOp>(user))
      return isStored(reshape.getResult());
    return isa<prim::LibraryOpInterface, func::ReturnOp>(user);
  });
}

/// Whether only what a contraction takes along stands behind the scale, so that
/// no loop nest is left. It would write and read the images; the scaled kernel
/// is what is written and read instead.
static bool pays(Value scaled, const Chain &chain, int64_t batch) {
  RankedTensorType kernel = chain.kernel().getType();
  auto images = cast<RankedTensorType>(scaled.getType());
  if (!kernel.hasStaticShape() ||
      prim::countElements(kernel.getShape(), batch) >=
          prim::countElements(images.getShape(), batch))
    return false;
  Value tail = scaled;
  if (tail.hasOneUse())
    if (auto add = dyn_cast<prim::AddOp>(*tail.user_begin());
        add && findBiased(add))
      tail = add.getResult();
  if (tail.hasOneUse())
    if (auto relu = dyn_cast<prim::ReluOp>(*tail.user_begin()))
      tail = relu.getResult();
  return isStored(tail);
}

//===-- Folding -----------------------------------------------------------===//

/// contraction, ..., * scale becomes contraction by kernel * scale, ..., each
/// bias scaled too.
static Value buildScaled(ImplicitLocOpBuilder &b, const Chain &chain,
                         Value scale) {
  auto kernel = chain.kernel();
  Value factor = repeat(b, scale, chain.operandDim, kernel.getType());
  Value scaled = prim::MulOp::create(b, kernel, factor);
  Operation *contraction = b.clone(*chain.contraction);
  contraction->setOperand(chain.operand, scaled);
  Value value = contraction->getResult(0);
  for (Operation *op : llvm::reverse(chain.between)) {
    if (auto add = dyn_cast<prim::AddOp>(op)) {
      Channels bias = findBiased(add)->bias;
      Value numbers = prim::MulOp::create(b, bias.vector, scale);
      value = prim::AddOp::create(b, add.getLoc(), value,
                                  repeat(b, numbers, bias.dim, add.getType()));
    } else {
      Operation *moved = b.clone(*op);
      moved->setOperand(0, value);
      value = moved->getResult(0);
    }
  }
  return value;
}

static void foldScale(prim::MulOp mul, int64_t batch) {
  for (auto [value, factor] : {std::pair(mul.getLhs(), mul.getRhs()),
                               std::pair(mul.getRhs(), mul.getLhs())}) {
    std::optional<Channels> scale = findChannels(factor);
    if (!scale)
      continue;
    std::optional<Chain> chain = findChain(value, scale->dim);
    if (!chain || !pays(mul, *chain, batch))
      continue;
    ImplicitLocOpBuilder b(mul.getLoc(), mul);
    mul.replaceAllUsesWith(buildScaled(b, *chain, scale->vector));
    mul.erase();
    for (Operation *op : chain->between)
      op->erase();
    chain->contraction->erase();
    return;
  }
}

/// contraction, ..., + bias + shift becomes contraction, ..., + (bias + shift).
static void addBiases(prim::AddOp add) {
  std::optional<Biased> outer = findBiased(add);
  if (!outer || !findChain(outer->x, outer->bias.dim))
    return;
  auto inner = outer->x.getDefiningOp<prim::AddOp>();
  if (!inner)
    return;
  Biased first = *findBiased(inner);
  ImplicitLocOpBuilder b(add.getLoc(), add);
  Value sum = prim::AddOp::create(b, first.bias.vector, outer->bias.vector);
  add.setOperand(0, first.x);
  add.setOperand(1, repeat(b, sum, outer->bias.dim, add.getType()));
  inner.erase();
}

namespace {

struct FoldScalesPass : dlc::impl::FoldScalesBase<FoldScalesPass> {
  using FoldScalesBase::FoldScalesBase;

  void runOnOperation() override {
    // What a walk meets in order, scales before the shifts behind them.
    getOperation().walk([&](prim::MulOp mul) { foldScale(mul, maxBatch); });
    getOperation().walk(addBiases);
  }
};

} // namespace
