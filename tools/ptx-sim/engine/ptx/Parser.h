// PTX text to its parts.
#pragma once

#include "tools/ptx-sim/engine/Fault.h"
#include "tools/ptx-sim/engine/ptx/Ast.h"

#include <string_view>

namespace ptxsim::ptx {

/// The parts of a translation unit; a fault names the line.
Expected<TranslationUnit> parse(std::string_view text);

} // namespace ptxsim::ptx
