// What a model is, as JSON text.
#pragma once

#include "runtime/session/Session.h"

namespace dlc::capi {

/// The object of dlc_session_describe.
std::string describe(const Session &session);

} // namespace dlc::capi
