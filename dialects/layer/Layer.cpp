// The layer dialect itself.
#include "dialects/layer/Layer.h"

using namespace dlc::layer;

#include "dialects/layer/LayerDialect.cpp.inc"
#include "dialects/layer/LayerInterface.cpp.inc"

void LayerDialect::initialize() {
  registerModelOps();
  registerLayerOps();
  registerSpatialOps();
  registerNormalizationOps();
  registerNodeOps();
  registerTrainOps();
}
