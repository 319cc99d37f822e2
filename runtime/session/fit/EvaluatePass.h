// A pass over samples without training: evaluate, and validation in fit.
#pragma once

#include "runtime/session/Feed.h"
#include "runtime/session/Impl.h"

namespace dlc::session {

/// Loss and metrics of samples [first, first + count), by the program of the
/// feed; no logs if `shouldStop`, which may be empty, ended it.
Expected<std::optional<Logs>>
evaluatePass(Session::Impl &impl, Feed &feed, int64_t first, int64_t count,
             int64_t batch, const std::function<bool()> &shouldStop = {});

} // namespace dlc::session
