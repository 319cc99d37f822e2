// What the first steps of a training did when, for a trace viewer.
#pragma once

#include "runtime/session/Session.h"
#include "runtime/session/profile/LaunchRow.h"

namespace dlc::profile {

/// Chrome's trace events, which Perfetto reads: complete events ("X") of steps,
/// of the gathering of their batches, and of launches with layers, bytes and
/// operations, each kind on a thread of its own. Launches follow each other
/// from where the first began: their lengths are measured, gaps between them
/// are not. Of a history of FitOptions::traceSteps.
Json traceToJson(const artifact::Manifest &manifest,
                 const artifact::Program &train, const History &history);

} // namespace dlc::profile
