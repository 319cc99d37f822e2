// Learning rates by step, as keras/src/optimizers/schedules has them, in f32.
#include "dialects/layer/Layer.h"
#include "dialects/layer/layers/Scalars.h"

#include <numbers>

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

//===-- What all check ----------------------------------------------------===//

static InFlightDiagnostic emitKeyError(Operation *op, StringRef key) {
  return op->emitError() << op->getName() << ": " << key << " is "
                         << op->getAttr(key) << " but ";
}

/// Keras computes in the type of the first rate.
static LogicalResult verifyRate(Operation *op) {
  if (isa<FloatAttr>(op->getAttr("initial_learning_rate")))
    return success();
  return emitKeyError(op, "initial_learning_rate")
         << "Keras makes all numbers of such a schedule whole, too, and the "
            "rate 0; write it with a point, as in 1.0";
}

static LogicalResult verifySteps(Operation *op, StringRef key, double steps) {
  if (steps > 0)
    return success();
  return emitKeyError(op, key) << "a rate decays over some steps; give a "
                                  "number above 0";
}

template <typename Schedule>
static LogicalResult verifyDecay(Schedule schedule) {
  return success(succeeded(verifyRate(schedule)) &&
                 succeeded(verifySteps(schedule, "decay_steps",
                                       schedule.getDecaySteps())));
}

//===-- Formulas ----------------------------------------------------------===//

namespace {

/// Formulas over f32 scalars.
class Rate : public Formula {
public:
  explicit Rate(ImplicitLocOpBuilder &b) : Formula(b), b(b) {}

  Value number(double value) { return prim::buildScalar(b, value); }
  /// The number of the step as f32.
  Value count(Value iteration) {
    auto type = RankedTensorType::get({}, b.getF32Type());
    return prim::ConvertOp::create(b, type, iteration);
  }
  Value floor(Value x) { return apply<prim::FloorOp>(x); }
  Value ceil(Value x) {
    return apply<prim::NegOp>(floor(apply<prim::NegOp>(x)));
  }
  Value power(Value base, Value exponent) {
    return prim::PowOp::create(b, base, exponent);
  }
  // (1 + cos(pi x)) / 2
  Value halfCosine(Value x) {
    Value wave = apply<prim::CosOp>(mul(number(std::numbers::pi), x));
    return mul(add(wave, 1), 0.5);
  }
  /// step / decay_steps, whole with `staircase`.
  Value periods(Value iteration, double decaySteps, bool staircase) {
    Value p = div(count(iteration), decaySteps);
    return staircase ? floor(p) : p;
  }

private:
  ImplicitLocOpBuilder &b;
};

} // namespace

LogicalResult ExponentialDecayOp::verify() { return verifyDecay(*this); }

// rate = initial decay_rate^p,  p = step / decay_steps
Value ExponentialDecayOp::buildRate(ImplicitLocOpBuilder &b, Value iteration) {
  Rate f(b);
  Value p = f.periods(iteration, getDecaySteps(), getStaircase());
  return f.mul(f.number(getInitialLearningRate()),
               f.power(f.number(getDecayRate()), p));
}

LogicalResult InverseTimeDecayOp::verify() { return verifyDecay(*this); }

// rate = initial / (1 + decay_rate p),  p = step / decay_steps
Value InverseTimeDecayOp::buildRate(ImplicitLocOpBuilder &b, Value iteration) {
  Rate f(b);
  Value p = f.periods(iteration, getDecaySteps(), getStaircase());
  return f.div(f.number(getInitialLearningRate()),
               f.add(f.mul(p, getDecayRate()), 1));
}

LogicalResult PolynomialDecayOp::verify() { return verifyDecay(*this); }

// rate = (initial - end) (1 - step / steps)^power + end
// with steps = decay_steps and step = min(step, decay_steps), or with `cycle`
// steps = decay_steps ceil(step / decay_steps), decay_steps in the first step
Value PolynomialDecayOp::buildRate(ImplicitLocOpBuilder &b, Value iteration) {
  Rate f(b);
  Value step = f.count(iteration), steps = f.number(getDecaySteps());
  if (getCycle()) {
    Value cycles = f.where(step, prim::Predicate::eq, 0, f.number(1),
                           f.ceil(f.div(step, getDecaySteps())));
    steps = f.mul(steps, cycles);
  } else {
    step = f.min(step, getDecaySteps());
  }
  Value rest = f.sub(f.number(1), f.div(step, steps));
  Value end = f.number(getEndLearningRate());
  Value range = f.sub(f.number(getInitialLearningRate()), end);
  return f.add(f.mul(range, f.power(rest, f.number(getPower()))), end);
}

//===-- Piecewise constant ------------------------------------------------===//

static bool areNumbers(ArrayAttr list) {
  return llvm::all_of(
      list, [](Attribute each) { return findNumber(each).has_value(); });
}

LogicalResult PiecewiseConstantDecayOp::verify() {
  for (StringRef key : {"boundaries", "values"})
    if (!areNumbers((*this)->getAttrOfType<ArrayAttr>(key)))
      return emitKeyError(*this, key) << "it is a list of numbers; write one";
  size_t boundaries = getBoundaries().size(), values = getValues().size();
  if (boundaries == 0 || values != boundaries + 1)
    return emitError() << getOperation()->getName() << ": has " << boundaries
                       << " boundaries and " << values
                       << " values but between and around boundaries, of which "
                          "there are some, lies one value more; give these";
  for (Attribute each : getBoundaries())
    if (!(std::abs(toNumber(each)) < 0x1p31))
      return emitKeyError(*this, "boundaries")
             << "steps are counted in 32 bits; keep them below 2^31";
  return success();
}

// rate = sum of the values in whose range the step lies: up to the first
// boundary, above low and up to high, above the last. Of boundaries in rising
// order it is one.
Value PiecewiseConstantDecayOp::buildRate(ImplicitLocOpBuilder &b,
                                          Value iteration) {
  Rate f(b);
  auto stands = [&](prim::Predicate predicate, Attribute boundary) -> Value {
    // Fractions are cut off.
    Value limit = prim::ConstantOp::create(b, iteration.getType(),
                                           std::trunc(toNumber(boundary)));
    return prim::CompareOp::create(b, predicate, iteration, limit);
  };
  auto valueWhere = [&](Value holds, Attribute value) {
    return f.select(holds, f.number(toNumber(value)), f.number(0));
  };
  ArrayRef<Attribute> boundaries = getBoundaries().getValue();
  ArrayRef<Attribute> values = getValues().getValue();
  Value rate = f.add(valueWhere(stands(prim::Predicate::le, boundaries.front()),
                                values.front()),
                     valueWhere(stands(prim::Predicate::gt, boundaries.back()),
                                values.back()));
  for (size_t i = 1; i < boundaries.size(); ++i) {
    Value inside =
        prim::AndOp::create(b, stands(prim::Predicate::gt, boundaries[i - 1]),
                            stands(prim::Predicate::le, boundaries[i]));
    rate = f.add(rate, valueWhere(inside, values[i]));
  }
  return rate;
}

//===-- Cosines -----------------------------------------------------------===//

LogicalResult CosineDecayOp::verify() { return verifyDecay(*this); }

// decay(step, from) = from ((1 - alpha) (1 + cos(pi step / decay_steps)) / 2
//                           + alpha)
// rate = decay(min(step, decay_steps), initial), or with a warmup_target
//   step' = min(step, decay_steps + warmup_steps)
//   rate = step' < warmup_steps
//            ? (warmup_target - initial) step' / warmup_steps + initial
//            : decay(step' - warmup_steps, warmup_target)
Value CosineDecayOp::buildRate(ImplicitLocOpBuilder &b, Value iteration) {
  Rate f(b);
  double decaySteps = getDecaySteps(), alpha = getAlpha();
  auto decay = [&](Value step, double from) {
    Value wave = f.halfCosine(f.div(step, decaySteps));
    return f.mul(f.add(f.mul(wave, 1 - alpha), alpha), from);
  };
  Value step = f.count(iteration);
  Value initial = f.number(getInitialLearningRate());
  std::optional<double> target = getWarmupTarget();
  if (!target)
    return decay(f.min(step, decaySteps), getInitialLearningRate());
  double warmup = getWarmupSteps();
  step = f.min(step, decaySteps + warmup);
  Value share = f.div(step, warmup);
  Value range = f.sub(f.number(*target), initial);
  Value warm = f.add(f.mul(range, share), initial);
  return f.where(step, prim::Predicate::lt, warmup, warm,
                 decay(f.sub(step, f.number(warmup)), *target));
}

LogicalResult CosineDecayRestartsOp::verify() {
  return success(
      succeeded(verifyRate(*this)) &&
      succeeded(verifySteps(*this, "first_decay_steps", getFirstDecaySteps())));
}

// c = step / first_decay_steps, and t = t_mul:
//   k = floor(c),  x = c - k                                     if t = 1
//   k = floor(ln(1 - c (1 - t)) / ln t)
//   x = (c - (1 - t^k) / (1 - t)) / t^k                          else
// rate = initial ((1 - alpha) m_mul^k (1 + cos(pi x)) / 2 + alpha)
Value CosineDecayRestartsOp::buildRate(ImplicitLocOpBuilder &b,
                                       Value iteration) {
  Rate f(b);
  Value c = f.div(f.count(iteration), getFirstDecaySteps());
  // Differences of constants are those of f32 numbers.
  float t = float(getTMul()), alpha = float(getAlpha());
  Value k, x;
  if (t == 1) {
    k = f.floor(c);
    x = f.sub(c, k);
  } else {
    Value grown = f.sub(f.number(1), f.mul(c, double(1 - t)));
    k = f.floor(
        f.div(f.apply<prim::LogOp>(grown), f.apply<prim::LogOp>(f.number(t))));
    Value length = f.power(f.number(t), k);
    Value before = f.div(f.sub(f.number(1), length), double(1 - t));
    x = f.div(f.sub(c, before), length);
  }
  Value height = f.power(f.number(getMMul()), k);
  Value wave = f.mul(f.halfCosine(x), height);
  Value decayed = f.add(f.mul(wave, double(1 - alpha)), alpha);
  return f.mul(decayed, getInitialLearningRate());
}
