// The device that a session runs on, by the name that the user gives.
#pragma once

#include "runtime/core/Device.h"
#include "runtime/session/Session.h"

namespace dlc::session {

struct OpenedDevice {
  std::string kind; // of its programs: artifact::Program::device
  std::unique_ptr<Device> device;
};

/// Opens SessionOptions::device for an artifact, which must outlive it. Errors
/// say what the artifact lacks and how to compile it, or what the machine
/// lacks.
Expected<OpenedDevice> openDevice(const artifact::Artifact &artifact,
                                  const SessionOptions &options);

} // namespace dlc::session
