// The code that ODS generates for the normalization layers.
#include "dialects/layer/Layer.h"

using namespace dlc::layer;

#define GET_OP_CLASSES
#include "dialects/layer/NormalizationOps.cpp.inc"

void LayerDialect::registerNormalizationOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/layer/NormalizationOps.cpp.inc"
      >();
}
