// The body of a function: registers, variables, labels and instructions.
#pragma once

#include "tools/ptx-sim/engine/ptx/Cursor.h"

namespace ptxsim::ptx {

/// `.align 16 .b8 name[64] = {1, 2}` after its space, up to what follows it.
Variable parseVariable(Cursor &cursor, Space space);

/// Parses { ... } into `function`.
void parseBody(Cursor &cursor, Function &function);

} // namespace ptxsim::ptx
