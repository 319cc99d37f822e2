// What goes wrong on the device, as values: a sentence and the driver's code.
#pragma once

#include "runtime/core/Expected.h"

#include <string>
#include <utility>

namespace ptxsim {

/// The values of CUresult that the engine gives.
enum class Status : int {
  InvalidValue = 1,
  OutOfMemory = 2,
  InvalidPtx = 218,
  UnsupportedPtxVersion = 222,
  NotFound = 500,
  IllegalAddress = 700,
  LaunchOutOfResources = 701,
  LaunchTimeout = 702,
  Assert = 710,
  HardwareStackError = 714,
  IllegalInstruction = 715,
  MisalignedAddress = 716,
  LaunchFailed = 719,
};

/// One fault. The message names kernel, line of the PTX, block, thread and
/// address where there are such: `kernel "relu", line 24: reads 4 bytes at
/// 0x7f00 but ...`.
struct Fault {
  Status code = Status::LaunchFailed;
  std::string message;
};

/// A value, or the fault that kept it from being made.
template <typename T> using Expected = dlc::BasicExpected<T, Fault>;

/// return fail(Status::InvalidPtx, "line 3: has no type");
inline dlc::Unexpected<Fault> fail(Status code, std::string message) {
  return dlc::Unexpected(Fault{code, std::move(message)});
}

} // namespace ptxsim
