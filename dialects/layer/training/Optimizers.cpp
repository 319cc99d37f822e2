// How one weight moves, as keras/src/optimizers has it.
#include "dialects/layer/Layer.h"
#include "dialects/layer/layers/Scalars.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

LogicalResult dlc::layer::verifyOptimizer(Operation *op) {
  auto error = [&](StringRef key) {
    return op->emitError() << op->getName() << ": " << key << " is "
                           << op->getAttr(key) << " but ";
  };
  auto isCount = [&](StringRef key, int64_t least) {
    Attribute value = op->getAttr(key);
    auto number = dyn_cast_or_null<IntegerAttr>(value);
    return isNull(value) ||
           (number && number.getInt() >= least && number.getInt() <= INT32_MAX);
  };
  // Keras takes 0 for none.
  if (!isCount("gradient_accumulation_steps", 2) &&
      findNumber(op->getAttr("gradient_accumulation_steps")) != 0)
    return error("gradient_accumulation_steps")
           << "gradients are summed over at least 2 batches; give a whole "
              "number from 2 on, or leave it out";
  if (!isCount("ema_overwrite_frequency", 1))
    return error("ema_overwrite_frequency")
           << "weights are overwritten every so many steps; give a whole "
              "number from 1 on, or leave it out";
  double momentum = findNumber(op->getAttr("ema_momentum")).value_or(0.99);
  if (!(momentum >= 0 && momentum <= 1))
    return error("ema_momentum") << "it is a share of the old average; give "
                                    "a number between 0 and 1";

  StringRef given;
  for (StringRef key : {"clipnorm", "global_clipnorm", "clipvalue"}) {
    if (isNull(op->getAttr(key)))
      continue;
    if (!given.empty())
      return error(key) << given
                        << " is set, too, and gradients are clipped in one "
                           "way; keep one of them";
    given = key;
  }
  return success();
}

namespace {

/// Formulas with scalars that are spread over a weight's type.
class Update : public Formula {
public:
  Update(ImplicitLocOpBuilder &b, Type type) : Formula(b), b(b), type(type) {}

  Value spread(Value scalar) { return prim::buildBroadcast(b, scalar, type); }
  /// base^exponent, scalars.
  Value power(double base, Value exponent) {
    return prim::PowOp::create(b, prim::buildScalar(b, base), exponent);
  }
  /// 1 - x
  Value rest(Value x) { return sub(splat(x, 1), x); }

private:
  ImplicitLocOpBuilder &b;
  Type type;
};

} // namespace

//===-- SGD ---------------------------------------------------------------===//

SmallVector<SmallVector<StringRef>> SGDOp::slotBlocks() {
  if (getMomentum() == 0)
    return {};
  return {{"momentum"}};
}

// w' = w - rate g
// with momentum: m' = mu m - rate g,  w' = w + m'
// and nesterov:                       w' = w + mu m' - rate g
SmallVector<Value> SGDOp::buildUpdate(ImplicitLocOpBuilder &b, Value rate,
                                      Value step, Value weight, Value gradient,
                                      ValueRange slots) {
  Update f(b, weight.getType());
  Value move = f.mul(gradient, f.spread(rate));
  double momentum = getMomentum();
  if (momentum == 0)
    return {f.sub(weight, move)};
  Value m = f.sub(f.mul(slots[0], momentum), move);
  Value jump = getNesterov() ? f.sub(f.mul(m, momentum), move) : m;
  return {f.add(weight, jump), m};
}

//===-- Adam --------------------------------------------------------------===//

template <typename Adam>
static SmallVector<SmallVector<StringRef>> adamSlots(Adam adam) {
  SmallVector<SmallVector<StringRef>> blocks = {{"momentum", "velocity"}};
  if (adam.getAmsgrad())
    blocks.push_back({"velocity_hat"});
  return blocks;
}

// alpha = rate sqrt(1 - b2^t) / (1 - b1^t)
// m' = m + (g - m)(1 - b1),  v' = v + (g^2 - v)(1 - b2)
// w' = w - m' alpha / (sqrt(v') + epsilon);  amsgrad: max(hat, v') for v'
template <typename Adam>
static SmallVector<Value> buildAdam(Adam adam, ImplicitLocOpBuilder &b,
                                    Value rate, Value step, Value weight,
                                    Value gradient, ValueRange slots) {
  Update f(b, weight.getType());
  double beta1 = adam.getBeta_1(), beta2 = adam.getBeta_2();
  Value numerator =
      f.mul(rate, f.apply<prim::SqrtOp>(f.rest(f.power(beta2, step))));
  Value alpha = f.div(numerator, f.rest(f.power(beta1, step)));

  Value m = slots[0], v = slots[1];
  m = f.add(m, f.mul(f.sub(gradient, m), 1 - beta1));
  v = f.add(v, f.mul(f.sub(f.square(gradient), v), 1 - beta2));
  SmallVector<Value> updated = {weight, m, v};
  if (adam.getAmsgrad()) {
    v = prim::MaxOp::create(b, slots[2], v);
    updated.push_back(v);
  }
  Value root = f.add(f.apply<prim::SqrtOp>(v), adam.getEpsilon());
  updated[0] = f.sub(weight, f.div(f.mul(m, f.spread(alpha)), root));
  return updated;
}

SmallVector<SmallVector<StringRef>> AdamOp::slotBlocks() {
  return adamSlots(*this);
}

SmallVector<Value> AdamOp::buildUpdate(ImplicitLocOpBuilder &b, Value rate,
                                       Value step, Value weight, Value gradient,
                                       ValueRange slots) {
  return buildAdam(*this, b, rate, step, weight, gradient, slots);
}

SmallVector<SmallVector<StringRef>> AdamWOp::slotBlocks() {
  return adamSlots(*this);
}

SmallVector<Value> AdamWOp::buildUpdate(ImplicitLocOpBuilder &b, Value rate,
                                        Value step, Value weight,
                                        Value gradient, ValueRange slots) {
  return buildAdam(*this, b, rate, step, weight, gradient, slots);
}

//===-- RMSprop -----------------------------------------------------------===//

SmallVector<SmallVector<StringRef>> RMSpropOp::slotBlocks() {
  SmallVector<SmallVector<StringRef>> blocks = {{"velocity"}};
  if (getMomentum() > 0)
    blocks.push_back({"momentum"});
  if (getCentered())
    blocks.push_back({"average_gradient"});
  return blocks;
}

// v' = rho v + (1 - rho) g^2
// centered: a' = rho a + (1 - rho) g,  d = v' - a'^2 + epsilon,  else
// d = v' + epsilon;  move = rate g / sqrt(d)
// momentum: m' = mu m + move,  w' = w - m',  else w' = w - move
SmallVector<Value> RMSpropOp::buildUpdate(ImplicitLocOpBuilder &b, Value rate,
                                          Value step, Value weight,
                                          Value gradient, ValueRange slots) {
  Update f(b, weight.getType());
  double rho = getRho();
  auto blend = [&](Value old, Value now) {
    return f.add(f.mul(old, rho), f.mul(now, 1 - rho));
  };
  Value v = blend(slots[0], f.square(gradient));
  SmallVector<Value> updated = {weight, v};
  bool hasMomentum = getMomentum() > 0;

  Value spread = v, average;
  if (getCentered()) {
    average = blend(slots[hasMomentum ? 2 : 1], gradient);
    spread = f.sub(v, f.square(average));
  }
  Value root = f.apply<prim::SqrtOp>(f.add(spread, getEpsilon()));
  Value move = f.div(f.mul(gradient, f.spread(rate)), root);
  if (hasMomentum) {
    move = f.add(f.mul(slots[1], getMomentum()), move);
    updated.push_back(move);
  }
  if (getCentered())
    updated.push_back(average);
  updated[0] = f.sub(weight, move);
  return updated;
}
