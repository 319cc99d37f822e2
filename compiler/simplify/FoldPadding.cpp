// Folds zeros around an image into the convolutions that read it; runs before
// gradients are taken.
#include "compiler/Passes.h"
#include "dialects/prim/Prim.h"

namespace dlc {
#define GEN_PASS_DEF_FOLDPADDING
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

/// [top, bottom, left, right] of a pad that puts zeros around the images of
/// [n, h, w, c] and does nothing else.
static std::optional<std::array<int64_t, 4>> findBorders(prim::PadOp pad) {
  ArrayRef<int64_t> low = pad.getLow(), high = pad.getHigh();
  bool spreads = llvm::any_of(pad.getInterior(), [](int64_t n) { return n; });
  if (low.size() != 4 || spreads || !pad.getValue().isZero() || low[0] ||
      high[0] || low[3] || high[3])
    return std::nullopt;
  return std::array{low[1], high[1], low[2], high[2]};
}

/// The padding of the convolution with the borders added; none if `pad` is not
/// its image, or if windows would then lie in the padding alone, which a
/// library computes slowly.
static std::optional<std::array<int64_t, 4>>
addBorders(prim::Conv2DOp conv, prim::PadOp pad,
           const std::array<int64_t, 4> &borders) {
  if (conv.getX() != pad.getResult() || conv.getKernel() == pad.getResult())
    return std::nullopt;
  std::array<int64_t, 4> padding;
  for (size_t side = 0; side < 4; ++side) {
    size_t d = side / 2;
    int64_t reach =
        (conv.getKernel().getType().getDimSize(d) - 1) * conv.getDilation()[d] +
        1;
    padding[side] = conv.getPadding()[side] + borders[side];
    if (padding[side] >= reach)
      return std::nullopt;
  }
  return padding;
}

/// One step for all readers of a pad, so that it disappears.
static void foldPadding(prim::PadOp pad) {
  auto borders = findBorders(pad);
  if (!borders)
    return;
  auto isFoldable = [&](Operation *user) {
    auto conv = dyn_cast<prim::Conv2DOp>(user);
    return conv && addBorders(conv, pad, *borders);
  };
  if (!llvm::all_of(pad->getUsers(), isFoldable))
    return;
  for (Operation *user : llvm::make_early_inc_range(pad->getUsers())) {
    auto conv = cast<prim::Conv2DOp>(user);
    conv.setPadding(*addBorders(conv, pad, *borders));
    conv.getXMutable().set(pad.getX());
  }
  pad.erase();
}

namespace {

struct FoldPaddingPass : dlc::impl::FoldPaddingBase<FoldPaddingPass> {
  void runOnOperation() override { getOperation().walk(foldPadding); }
};

} // namespace
