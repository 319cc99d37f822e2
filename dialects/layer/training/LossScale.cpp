// What a loss_scale_optimizer may be given.
#include "dialects/layer/Layer.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

LogicalResult LossScaleOptimizerOp::verify() {
  if (getInitialScale() <= 0)
    return emitOpError() << "has the initial_scale "
                         << formatNumber(getInitialScale())
                         << " but a loss is scaled up; give a number above 0";
  if (getDynamicGrowthSteps() < 1)
    return emitOpError() << "has the dynamic_growth_steps "
                         << int64_t(getDynamicGrowthSteps())
                         << " but the scale grows after some steps; give 1 or "
                            "more";
  return success();
}
