// Names, first values and places in model.weights.h5 of an optimizer's
// variables.
#include "compiler/train/OptimizerState.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::train;

bool dlc::train::keepsAverages(Operation *optimizer) {
  auto flag = optimizer->getAttrOfType<BoolAttr>("use_ema");
  return flag && flag.getValue();
}

int64_t dlc::train::countAccumulated(Operation *optimizer) {
  auto steps =
      optimizer->getAttrOfType<IntegerAttr>("gradient_accumulation_steps");
  // Keras takes 0 for none.
  return steps ? std::max<int64_t>(steps.getInt(), 1) : 1;
}

namespace {

/// Makes one variable after the other.
class VariableMaker {
public:
  VariableMaker(StepFunction &step, unsigned firstPlace)
      : step(step), next(firstPlace) {}

  OptimizerVariable make(const Twine &path, RankedTensorType type,
                         double initial = 0) {
    StringRef name = step.b.getStringAttr("optimizer/" + path).getValue();
    return {name, step.state(name, type, "optimizer", initial,
                             "optimizer/vars/" + std::to_string(next++))};
  }
  OptimizerVariable make(BlockArgument weight, StringRef slot) {
    return make(step.name(weight, "dlc.state") + "/" + slot,
                cast<RankedTensorType>(weight.getType()));
  }

private:
  StepFunction &step;
  unsigned next;
};

} // namespace

OptimizerVariable dlc::train::makeIteration(StepFunction &step,
                                            unsigned firstPlace) {
  return VariableMaker(step, firstPlace)
      .make("iteration", RankedTensorType::get({}, step.b.getI32Type()));
}

OptimizerState::OptimizerState(StepFunction &step,
                               layer::OptimizerOpInterface optimizer,
                               ArrayRef<BlockArgument> weights,
                               bool hasSchedule, unsigned firstPlace)
    : iteration(makeIteration(step, firstPlace)), slots(weights.size()) {
  VariableMaker maker(step, firstPlace + 1);
  if (!hasSchedule)
    rate = maker.make(
        "learning_rate", RankedTensorType::get({}, step.b.getF32Type()),
        layer::findNumber(optimizer->getAttr("learning_rate")).value_or(0));
  if (keepsAverages(optimizer))
    for (BlockArgument weight : weights)
      averages.push_back(maker.make(weight, "average"));
  if (countAccumulated(optimizer) > 1)
    for (BlockArgument weight : weights)
      accumulators.push_back(maker.make(weight, "gradient_accumulator"));
  for (const auto &block : optimizer.slotBlocks())
    for (auto [i, weight] : llvm::enumerate(weights))
      for (StringRef slot : block)
        slots[i].push_back(maker.make(weight, slot));
}
