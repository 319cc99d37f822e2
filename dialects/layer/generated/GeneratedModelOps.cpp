// The code that ODS generates for models and what surrounds layers.
#include "dialects/layer/Layer.h"

using namespace dlc::layer;

#define GET_OP_CLASSES
#include "dialects/layer/ModelOps.cpp.inc"

void LayerDialect::registerModelOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/layer/ModelOps.cpp.inc"
      >();
}
