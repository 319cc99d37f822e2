// Regularisers of weights.
#include "dialects/layer/layers/Regularizer.h"
#include "dialects/layer/layers/Scalars.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

/// A factor of the config; what a regulariser given by name alone has.
static double getFactor(DictionaryAttr config, StringRef key,
                        double byDefault) {
  Attribute value = config.get(key);
  return value ? findNumber(value).value_or(0) : byDefault;
}

// l1 sum |x| + l2 sum x^2
FailureOr<Value> dlc::layer::buildRegularizer(ImplicitLocOpBuilder &b,
                                              StringRef thing,
                                              Attribute regularizer, Value x) {
  if (isNull(regularizer))
    return Value();
  std::string kind = getObjectClass(regularizer);
  DictionaryAttr config = getObjectConfig(regularizer);
  for (NamedAttribute factor : config)
    if (!isNull(factor.getValue()) && !findNumber(factor.getValue()))
      return emitError(b.getLoc())
             << thing << ": the regularizer's " << factor.getName() << " is "
             << factor.getValue() << " but factors are numbers; give one";
  double l1 = 0, l2 = 0;
  if (kind == "l1")
    l1 = getFactor(config, "l1", 0.01);
  else if (kind == "l2")
    l2 = getFactor(config, "l2", 0.01);
  else if (kind == "l1_l2" || kind == "l1l2") {
    // keras.regularizers.L1L2() has factors of 0, its config always both.
    l1 = getFactor(config, "l1", 0);
    l2 = getFactor(config, "l2", 0);
  } else
    return emitError(b.getLoc())
           << thing << ": the regularizer is " << regularizer
           << " but dlc knows l1, l2 and l1_l2; use one of these";

  Formula f(b);
  Value sum;
  if (l1 != 0)
    sum = f.mul(prim::buildSumAll(b, f.apply<prim::AbsOp>(x)), l1);
  if (l2 != 0) {
    Value squares = f.mul(prim::buildSumAll(b, f.square(x)), l2);
    sum = sum ? f.add(sum, squares) : squares;
  }
  return sum;
}
