// Registers the prim dialect; the code of its ops is in PrimShard.cpp.in.
#include "dialects/prim/Prim.h"

using namespace dlc::prim;

#include "dialects/prim/PrimDialect.cpp.inc"
#include "dialects/prim/PrimEnums.cpp.inc"
#include "dialects/prim/PrimInterfaces.cpp.inc"

void PrimDialect::initialize() { registerPrimDialectOperations(this); }
