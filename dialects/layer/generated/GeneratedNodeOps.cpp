// The code that ODS generates for functions of keras.ops.
#include "dialects/layer/Layer.h"

using namespace dlc::layer;

#define GET_OP_CLASSES
#include "dialects/layer/NodeOps.cpp.inc"

void LayerDialect::registerNodeOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/layer/NodeOps.cpp.inc"
      >();
}
