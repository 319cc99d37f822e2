// The code that ODS generates for losses, metrics and optimizers.
#include "dialects/layer/Layer.h"

using namespace dlc::layer;

#define GET_OP_CLASSES
#include "dialects/layer/TrainOps.cpp.inc"

void LayerDialect::registerTrainOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/layer/TrainOps.cpp.inc"
      >();
}
