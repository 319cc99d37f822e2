// The code that ODS generates for the layers over images.
#include "dialects/layer/Layer.h"

using namespace dlc::layer;

#define GET_OP_CLASSES
#include "dialects/layer/SpatialOps.cpp.inc"

void LayerDialect::registerSpatialOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/layer/SpatialOps.cpp.inc"
      >();
}
