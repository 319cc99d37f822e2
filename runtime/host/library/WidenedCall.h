// A call on halves for which there is code of float32 alone.
#pragma once

#include "runtime/host/library/Routines.h"

namespace dlc::host {

/// The operands widened into the scratch, the call in float32, its results
/// rounded. Arguments that are float32 stay where they are.
Expected<std::unique_ptr<Call>> makeWidened(const Library::Context &context,
                                            const CallSpec &spec, Maker maker);

} // namespace dlc::host
