// Gradients within bounds, one by one or all together.
#include "compiler/train/Clipping.h"
#include "dialects/layer/Config.h"
#include "dialects/prim/Build.h"

using namespace mlir;
using namespace dlc;

static Value sumOfSquares(ImplicitLocOpBuilder &b, Value g) {
  return prim::buildSumAll(b, prim::MulOp::create(b, g, g));
}

// g' = g clip / max(|g|, clip)
static Value clipByNorm(ImplicitLocOpBuilder &b, Value g, double clip) {
  Value limit = prim::buildScalar(b, clip);
  Value norm = prim::SqrtOp::create(b, sumOfSquares(b, g));
  Value longest = prim::MaxOp::create(b, norm, limit);
  Value scaled =
      prim::MulOp::create(b, g, prim::buildSplat(b, g.getType(), clip));
  return prim::DivOp::create(b, scaled,
                             prim::buildBroadcast(b, longest, g.getType()));
}

// g' = min(max(g, -clip), clip)
static Value clipByValue(ImplicitLocOpBuilder &b, Value g, double clip) {
  Value low = prim::buildSplat(b, g.getType(), -clip);
  Value high = prim::buildSplat(b, g.getType(), clip);
  return prim::MinOp::create(b, prim::MaxOp::create(b, g, low), high);
}

// scale = clip min(1/norm, 1/clip) + (norm - norm), norm over all gradients:
// the last term is 0 for a finite norm and makes every gradient NaN otherwise.
static void clipByGlobalNorm(ImplicitLocOpBuilder &b,
                             MutableArrayRef<Value> gradients, double clip) {
  Value sum;
  for (Value g : gradients) {
    Value squares = sumOfSquares(b, g);
    sum = sum ? prim::AddOp::create(b, sum, squares).getResult() : squares;
  }
  Value norm = prim::SqrtOp::create(b, sum);
  Value one = prim::buildScalar(b, 1.0), limit = prim::buildScalar(b, clip);
  Value smaller = prim::MinOp::create(b, prim::DivOp::create(b, one, norm),
                                      prim::DivOp::create(b, one, limit));
  Value scale = prim::AddOp::create(b, prim::MulOp::create(b, limit, smaller),
                                    prim::SubOp::create(b, norm, norm));
  for (Value &g : gradients)
    g = prim::MulOp::create(b, g, prim::buildBroadcast(b, scale, g.getType()));
}

void dlc::train::clipGradients(ImplicitLocOpBuilder &b, Operation *optimizer,
                               MutableArrayRef<Value> gradients) {
  auto positive = [&](StringRef key) {
    std::optional<double> number = layer::findNumber(optimizer->getAttr(key));
    return number && *number > 0 ? number : std::nullopt;
  };
  if (gradients.empty())
    return;
  if (auto limit = positive("clipnorm")) {
    for (Value &g : gradients)
      g = clipByNorm(b, g, *limit);
  } else if (auto limit = positive("global_clipnorm")) {
    clipByGlobalNorm(b, gradients, *limit);
  } else if (auto limit = positive("clipvalue")) {
    for (Value &g : gradients)
      g = clipByValue(b, g, *limit);
  }
}
