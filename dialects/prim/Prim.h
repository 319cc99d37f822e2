// The prim dialect: pure tensor mathematics, the only level with gradients.
#pragma once

#include "dialects/prim/LoopScope.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/prim/PrimDialect.h.inc"
#include "dialects/prim/PrimEnums.h.inc"
#include "dialects/prim/PrimInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/prim/PrimOps.h.inc"
