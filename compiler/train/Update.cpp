// The part of an optimizer step that all optimizers share.
#include "compiler/train/Update.h"
#include "compiler/train/Clipping.h"
#include "compiler/train/OptimizerState.h"
#include "dialects/layer/layers/Constraint.h"
#include "dialects/prim/Build.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::train;

/// A number of the optimizer's config; none where it is absent or null.
static std::optional<double> findNumber(Operation *op, StringRef key) {
  return layer::findNumber(op->getAttr(key));
}

//===-- Counting ----------------------------------------------------------===//

/// x / n, whole numbers.
static Value divide(ImplicitLocOpBuilder &b, Value x, int64_t n) {
  return prim::QuotientOp::create(
      b, x, prim::ConstantOp::create(b, x.getType(), double(n)));
}

/// x + 1
static Value increment(ImplicitLocOpBuilder &b, Value x) {
  return prim::AddOp::create(b, x,
                             prim::ConstantOp::create(b, x.getType(), 1.0));
}

/// Whether n goes into x without a rest.
static Value isMultiple(ImplicitLocOpBuilder &b, Value x, int64_t n) {
  Value whole = prim::MulOp::create(
      b, divide(b, x, n), prim::ConstantOp::create(b, x.getType(), double(n)));
  return prim::CompareOp::create(b, prim::Predicate::eq, whole, x);
}

/// `now` where the scalar condition holds, else `before`.
static Value choose(ImplicitLocOpBuilder &b, Value condition, Value now,
                    Value before) {
  auto type = cast<RankedTensorType>(now.getType()).clone(b.getI1Type());
  return prim::SelectOp::create(b, prim::buildBroadcast(b, condition, type),
                                now, before);
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

/// The moving averages of weights: a' = m a + (1 - m) w', m = 0 in the first
/// step, and w' = a' in every step that `ema_overwrite_frequency` says.
class Averaging {
public:
  /// `updates` are those before this step.
  Averaging(ImplicitLocOpBuilder &b, Operation *optimizer, Value updates)
      : b(b) {
    auto scalar = RankedTensorType::get({}, b.getF32Type());
    Value zero = prim::ConstantOp::create(b, updates.getType(), 0.0);
    Value later =
        prim::CompareOp::create(b, prim::Predicate::ne, updates, zero);
    double momentum = findNumber(optimizer, "ema_momentum").value_or(0.99);
    share = prim::MulOp::create(b, prim::ConvertOp::create(b, scalar, later),
                                prim::buildScalar(b, momentum));
    rest = prim::SubOp::create(b, prim::buildScalar(b, 1.0), share);
    if (auto frequency = findNumber(optimizer, "ema_overwrite_frequency"))
      overwrites = isMultiple(b, increment(b, updates), int64_t(*frequency));
  }

  Value average(Value old, Value weight) {
    Type type = weight.getType();
    Value kept =
        prim::MulOp::create(b, prim::buildBroadcast(b, share, type), old);
    Value added =
        prim::MulOp::create(b, prim::buildBroadcast(b, rest, type), weight);
    return prim::AddOp::create(b, kept, added);
  }
  Value overwrite(Value weight, Value average) {
    return overwrites ? choose(b, overwrites, average, weight) : weight;
  }

private:
  ImplicitLocOpBuilder &b;
  Value share, rest, overwrites;
};

/// One step over all weights.
class Updater {
public:
  Updater(StepFunction &step, layer::OptimizerOpInterface optimizer,
          layer::ScheduleOpInterface schedule, LossScale *scaling,
          ArrayRef<BlockArgument> weights)
      : step(step), b(step.b), optimizer(optimizer), scaling(scaling),
        weights(weights), state(step, optimizer, weights, bool(schedule),
                                scaling ? LossScale::variables : 0) {
    int64_t steps = countAccumulated(optimizer);
    Value iteration = state.iteration.value;
    next = increment(b, iteration);
    updates = steps > 1 ? divide(b, iteration, steps) : iteration;
    if (steps > 1)
      isUpdate = isMultiple(b, next, steps);
    rate = schedule ? schedule.buildRate(b, iteration) : state.rate.value;
  }

  FailureOr<SmallVector<StepResult>> build(SmallVector<Value> gradients) {
    if (scaling)
      scaling->unscale(gradients);
    else
      for (Value &g : gradients)
        g = unscale(g);
    if (isUpdate)
      accumulate(gradients);
    clipGradients(b, optimizer, gradients);
    Value t = isUpdate ? increment(b, updates) : next;
    Value count = prim::ConvertOp::create(
        b, RankedTensorType::get({}, b.getF32Type()), t);
    std::optional<Averaging> averaging;
    if (keepsAverages(optimizer))
      averaging.emplace(b, optimizer, updates);
    for (size_t i = 0; i < weights.size(); ++i)
      if (failed(updateWeight(i, gradients[i], count, averaging)))
        return failure();
    set(state.iteration, next);
    if (scaling)
      llvm::append_range(results, scaling->results());
    return results;
  }

private:
  void set(const OptimizerVariable &variable, Value value) {
    set(variable.name, value, variable.value);
  }
  void set(StringRef name, Value now, Value before) {
    results.push_back(
        {"dlc.state", name, scaling ? scaling->keep(now, before) : now});
  }

  // g / loss_scale_factor, which a loss scale takes the place of
  Value unscale(Value g) {
    std::optional<double> scale = findNumber(optimizer, "loss_scale_factor");
    if (!scale)
      return g;
    return prim::DivOp::create(b, g, prim::buildSplat(b, g.getType(), *scale));
  }

  // sum' = sum + g, then 0 where an update takes its mean, g' = sum' / steps
  void accumulate(MutableArrayRef<Value> gradients) {
    double steps = double(countAccumulated(optimizer));
    for (auto [g, sum] : llvm::zip_equal(gradients, state.accumulators)) {
      Value total = prim::AddOp::create(b, g, sum.value);
      Type type = g.getType();
      set(sum, choose(b, isUpdate, prim::buildSplat(b, type, 0), total));
      g = prim::DivOp::create(b, total, prim::buildSplat(b, type, steps));
    }
  }

  LogicalResult updateWeight(size_t i, Value gradient, Value count,
                             std::optional<Averaging> &averaging) {
    BlockArgument weight = weights[i];
    StringRef name = step.name(weight, "dlc.state");
    b.setLoc(
        NameLoc::get(b.getStringAttr(optimizer.getKerasClass() + " " + name),
                     optimizer.getLoc()));
    Value w = weight;
    std::optional<double> decay = findNumber(optimizer, "weight_decay");
    if (decay && *decay != 0)
      w = decayWeight(b, w, *decay, rate);
    SmallVector<Value> slots =
        llvm::map_to_vector(state.slots[i], [](const OptimizerVariable &slot) {
          return slot.value;
        });
    SmallVector<Value> updated =
        optimizer.buildUpdate(b, rate, count, w, gradient, slots);
    if (isUpdate) {
      SmallVector<Value> before = {weight};
      llvm::append_range(before, slots);
      for (auto [now, old] : llvm::zip_equal(updated, before))
        now = choose(b, isUpdate, now, old);
    }
    w = updated.front();
    if (averaging) {
      Value average = averaging->average(state.averages[i].value, w);
      set(state.averages[i], average);
      w = averaging->overwrite(w, average);
    }
    FailureOr<Value> constrained = layer::buildConstraint(
        b, ("weight \"" + name + "\"").str(),
        step.func.getArgAttr(weight.getArgNumber(), "dlc.constraint"), w);
    if (failed(constrained))
      return failure();
    set(name, *constrained, weight);
    for (auto [slot, value] :
         llvm::zip_equal(state.slots[i], ArrayRef(updated).drop_front()))
      set(slot, value);
    return success();
  }

  StepFunction &step;
  ImplicitLocOpBuilder &b;
  layer::OptimizerOpInterface optimizer;
  LossScale *scaling;
  ArrayRef<BlockArgument> weights;
  OptimizerState state;
  SmallVector<StepResult> results;
  Value next, updates, rate;
  Value isUpdate; // only if gradients are accumulated
};

} // namespace

FailureOr<SmallVector<StepResult>> dlc::train::buildUpdate(
    StepFunction &step, layer::OptimizerOpInterface optimizer,
    layer::ScheduleOpInterface schedule, LossScale *scaling,
    ArrayRef<BlockArgument> weights, ArrayRef<Value> gradients) {
  step.b.setLoc(NameLoc::get(step.b.getStringAttr(optimizer.getKerasClass()),
                             optimizer.getLoc()));
  return Updater(step, optimizer, schedule, scaling, weights)
      .build(SmallVector<Value>(gradients));
}
