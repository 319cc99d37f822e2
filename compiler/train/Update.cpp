// The part of an optimizer step that all optimizers share.
#include "compiler/train/Update.h"
#include "dialects/layer/layers/Constraint.h"
#include "dialects/prim/Build.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::train;

/// A number of the optimizer's config; none where it is absent or null.
static std::optional<double> findNumber(Operation *op, StringRef key) {
  return layer::findNumber(op->getAttr(key));
}

//===-- Clipping ----------------------------------------------------------===//

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

static void clip(ImplicitLocOpBuilder &b, Operation *optimizer,
                 MutableArrayRef<Value> gradients) {
  auto positive = [&](StringRef key) {
    std::optional<double> number = findNumber(optimizer, key);
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

//===-- Weights -----------------------------------------------------------===//

// w' = w - w decay rate
static Value decayWeight(ImplicitLocOpBuilder &b, Value w, double decay,
                         Value rate) {
  Value share =
      prim::MulOp::create(b, w, prim::buildSplat(b, w.getType(), decay));
  Value loss =
      prim::MulOp::create(b, share, prim::buildBroadcast(b, rate, w.getType()));
  return prim::SubOp::create(b, w, loss);
}

namespace {

/// The state tensors of every weight, made in the order in which Keras saves
/// them: block by block, weight by weight.
class Slots {
public:
  Slots(StepFunction &step, layer::OptimizerOpInterface optimizer,
        ArrayRef<BlockArgument> weights)
      : names(weights.size()), values(weights.size()) {
    unsigned next = 2; // after the iteration and the learning rate
    for (const auto &block : optimizer.slotBlocks())
      for (auto [i, weight] : llvm::enumerate(weights))
        for (StringRef slot : block) {
          std::string path = "optimizer/" +
                             step.name(weight, "dlc.state").str() + "/" +
                             slot.str();
          StringRef name = step.b.getStringAttr(path).getValue();
          names[i].push_back(name);
          values[i].push_back(step.state(
              name, cast<RankedTensorType>(weight.getType()), "optimizer", 0,
              "optimizer/vars/" + std::to_string(next++)));
        }
  }

  SmallVector<SmallVector<StringRef>> names;
  SmallVector<SmallVector<Value>> values;
};

} // namespace

FailureOr<SmallVector<StepResult>> dlc::train::buildUpdate(
    StepFunction &step, layer::OptimizerOpInterface optimizer,
    ArrayRef<BlockArgument> weights, ArrayRef<Value> gradients) {
  ImplicitLocOpBuilder &b = step.b;
  b.setLoc(NameLoc::get(b.getStringAttr(optimizer.getKerasClass()),
                        optimizer.getLoc()));
  auto counter = RankedTensorType::get({}, b.getI32Type());
  auto scalar = RankedTensorType::get({}, b.getF32Type());
  Value iteration = step.state("optimizer/iteration", counter, "optimizer", 0,
                               "optimizer/vars/0");
  Value rate = step.state("optimizer/learning_rate", scalar, "optimizer",
                          findNumber(optimizer, "learning_rate").value_or(0),
                          "optimizer/vars/1");
  Slots slots(step, optimizer, weights);

  Value one = prim::ConstantOp::create(b, counter, 1.0);
  Value next = prim::AddOp::create(b, iteration, one);
  Value count = prim::ConvertOp::create(b, scalar, next);

  SmallVector<Value> clipped(gradients);
  clip(b, optimizer, clipped);

  std::optional<double> decay = findNumber(optimizer, "weight_decay");
  SmallVector<StepResult> results;
  for (auto [i, weight] : llvm::enumerate(weights)) {
    b.setLoc(NameLoc::get(b.getStringAttr(optimizer.getKerasClass() + " " +
                                          step.name(weight, "dlc.state")),
                          optimizer.getLoc()));
    Value w = weight;
    if (decay && *decay != 0)
      w = decayWeight(b, w, *decay, rate);
    SmallVector<Value> updated =
        optimizer.buildUpdate(b, rate, count, w, clipped[i], slots.values[i]);
    StringRef name = step.name(weight, "dlc.state");
    FailureOr<Value> constrained = layer::buildConstraint(
        b, ("weight \"" + name + "\"").str(),
        step.func.getArgAttr(weight.getArgNumber(), "dlc.constraint"),
        updated.front());
    if (failed(constrained))
      return failure();
    results.push_back({"dlc.state", name, *constrained});
    for (auto [slot, value] :
         llvm::zip_equal(slots.names[i], ArrayRef(updated).drop_front()))
      results.push_back({"dlc.state", slot, value});
  }
  results.push_back({"dlc.state", "optimizer/iteration", next});
  return results;
}
