// The options of dlc.h, which come as JSON text, as the structs that they fill.
#pragma once

#include "compiler/Compile.h"
#include "runtime/session/Session.h"

namespace dlc::capi {

/// Null text is no options. An unknown key, a value of the wrong kind or out of
/// its range is an error that names the key.
Expected<CompileOptions> parseCompileOptions(const char *text);
Expected<SessionOptions> parseSessionOptions(const char *text);
Expected<FitOptions> parseFitOptions(const char *text);

} // namespace dlc::capi
