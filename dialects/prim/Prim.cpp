// Registers the prim dialect and holds the code that ODS generates for it.
#include "dialects/prim/Prim.h"
#include "dialects/prim/Infer.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace dlc::prim;

#include "dialects/prim/PrimDialect.cpp.inc"
#include "dialects/prim/PrimEnums.cpp.inc"
#include "dialects/prim/PrimInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/prim/PrimOps.cpp.inc"

void PrimDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/prim/PrimOps.cpp.inc"
      >();
}
