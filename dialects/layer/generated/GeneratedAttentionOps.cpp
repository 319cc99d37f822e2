// The code that ODS generates for layers of attention.
#include "dialects/layer/Layer.h"

using namespace dlc::layer;

#define GET_OP_CLASSES
#include "dialects/layer/AttentionOps.cpp.inc"

void LayerDialect::registerAttentionOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/layer/AttentionOps.cpp.inc"
      >();
}
