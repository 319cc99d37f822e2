// Dynamic loss scaling, as keras/src/optimizers/loss_scale_optimizer.py has it.
#include "compiler/train/LossScale.h"
#include "dialects/prim/Build.h"

#include <limits>

using namespace mlir;
using namespace dlc;
using namespace dlc::train;

static constexpr const char *counterState =
    "optimizer/loss_scale_optimizer/step_counter";
static constexpr const char *scaleState =
    "optimizer/loss_scale_optimizer/dynamic_scale";

// Keras' wrapper has an iteration and a learning rate of its own, which stay 0.
LossScale::LossScale(StepFunction &step, layer::LossScaleOptimizerOp scaling)
    : b(step.b), growthSteps(scaling.getDynamicGrowthSteps()) {
  auto number = RankedTensorType::get({}, b.getI32Type());
  auto real = RankedTensorType::get({}, b.getF32Type());
  auto make = [&](StringRef name, RankedTensorType type, unsigned place,
                  double initial = 0) {
    return step.state(name, type, "optimizer", initial,
                      "optimizer/vars/" + std::to_string(place));
  };
  make("optimizer/loss_scale_optimizer/iteration", number, 0);
  make("optimizer/loss_scale_optimizer/learning_rate", real, 1);
  counter = make(counterState, number, 2);
  current = make(scaleState, real, 3, scaling.getInitialScale());
}

Value LossScale::scale(Value loss) {
  return prim::MulOp::create(b, loss, current);
}

/// max |x| <= the largest number: a maximum is NaN if one of its elements is.
static Value isFinite(ImplicitLocOpBuilder &b, Value x) {
  int64_t rank = cast<RankedTensorType>(x.getType()).getRank();
  Value most = prim::AbsOp::create(b, x);
  if (rank > 0)
    most = prim::ReduceMaxOp::create(
        b, most, llvm::to_vector(llvm::seq<int64_t>(0, rank)));
  Value limit = prim::buildScalar(b, std::numeric_limits<float>::max());
  return prim::CompareOp::create(b, prim::Predicate::le, most, limit);
}

void LossScale::unscale(MutableArrayRef<Value> gradients) {
  for (Value &g : gradients) {
    Value own = isFinite(b, g);
    finite = finite ? prim::AndOp::create(b, finite, own).getResult() : own;
    g = prim::DivOp::create(b, g,
                            prim::buildBroadcast(b, current, g.getType()));
  }
  if (!finite)
    finite = prim::ConstantOp::create(
        b, RankedTensorType::get({}, b.getI1Type()), 1.0);
}

Value LossScale::keep(Value now, Value before) {
  auto type = cast<RankedTensorType>(now.getType()).clone(b.getI1Type());
  return prim::SelectOp::create(b, prim::buildBroadcast(b, finite, type), now,
                                before);
}

// grows    = finite and counter = growth_steps - 1
// counter' = finite and not grows ? counter + 1 : 0
// scale'   = finite ? (grows ? 2 scale : scale) : scale / 2
SmallVector<StepResult> LossScale::results() {
  auto splat = [&](Value like, double value) {
    return prim::buildSplat(b, like.getType(), value);
  };
  Value zero = splat(counter, 0);
  Value next = prim::AddOp::create(b, counter, splat(counter, 1));
  Value grows = prim::CompareOp::create(
      b, prim::Predicate::eq, counter, splat(counter, double(growthSteps - 1)));
  Value counted = prim::SelectOp::create(b, grows, zero, next);
  Value doubled = prim::SelectOp::create(
      b, grows, prim::MulOp::create(b, current, splat(current, 2)).getResult(),
      current);
  Value halved = prim::MulOp::create(b, current, splat(current, 0.5));
  return {{"dlc.state", counterState, keep(counted, zero)},
          {"dlc.state", scaleState, keep(doubled, halved)}};
}
