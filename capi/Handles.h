// What the opaque types of dlc.h hold.
#pragma once

#include "capi/dlc.h"
#include "runtime/session/Session.h"

struct dlc_artifact {
  dlc::artifact::Artifact artifact;
};

struct dlc_session {
  dlc::Session session;
  uint64_t seed = 0; // as it was opened with
};

struct dlc_arrays {
  dlc::NamedTensors tensors;
};

struct dlc_logs {
  dlc::Logs logs;
};
