// What the launches of a training took, for people and for dlc report.
#pragma once

#include "runtime/session/Session.h"
#include "runtime/session/profile/LaunchRow.h"

namespace dlc::profile {

/// {"steps", "rows"}, the slowest row first; each row is one of rowToJson with
/// "ms" a step and, for a library call, the code that ran as "code". Of a
/// history of FitOptions::profile.
Json profileToJson(const artifact::Manifest &manifest,
                   const artifact::Program &train, const History &history);

} // namespace dlc::profile
