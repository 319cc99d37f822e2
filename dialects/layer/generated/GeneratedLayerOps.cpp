// The code that ODS generates for the layers of keras.layers.
#include "dialects/layer/Layer.h"

using namespace dlc::layer;

#define GET_OP_CLASSES
#include "dialects/layer/LayerOps.cpp.inc"

void LayerDialect::registerLayerOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/layer/LayerOps.cpp.inc"
      >();
}
