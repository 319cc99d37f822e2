// The edge between C++ and C: errors are kept, exceptions end here.
#pragma once

#include "capi/dlc.h"
#include "runtime/core/Error.h"

#include <exception>
#include <new>
#include <string>

namespace dlc::capi {

/// Keeps the error for dlc_last_error of this thread.
void keepError(Error error) noexcept;

/// Runs the body of a function of dlc.h.
template <typename Body> dlc_status guard(Body &&body) noexcept {
  try {
    Expected<void> done = body();
    if (done)
      return DLC_OK;
    keepError(std::move(done.error()));
  } catch (const std::bad_alloc &) {
    keepError({"memory", "is used up", "", "use smaller data or batches"});
  } catch (const std::exception &exception) {
    keepError({"dlc", exception.what(), "", "report it with what led to it"});
  } catch (...) {
    keepError({"dlc", "met an unknown exception", "",
               "report it with what led to it"});
  }
  return DLC_ERROR;
}

/// An error for a pointer that must not be null: require(out, "out").
inline Expected<void> require(const void *pointer, const char *argument) {
  if (pointer)
    return {};
  return fail(std::string("argument \"") + argument + "\"", "is NULL",
              "the function needs it", "see capi/dlc.h");
}

/// The first error of several checks, evaluated already.
template <typename... Checks> Expected<void> firstError(Checks &&...checks) {
  Expected<void> result;
  auto look = [&](Expected<void> &check) {
    if (result && !check)
      result = std::move(check);
  };
  (look(checks), ...);
  return result;
}

} // namespace dlc::capi
