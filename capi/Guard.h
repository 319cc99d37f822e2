// The edge between C++ and C: errors are kept, exceptions end here.
#pragma once

#include "capi/dlc.h"
#include "runtime/core/Error.h"

#include <exception>
#include <initializer_list>
#include <new>
#include <string>
#include <utility>

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

/// A pointer that must not be null, and what dlc.h calls it.
struct Argument {
  const void *pointer;
  const char *name;
};

/// An error for a pointer that is null: require({out, "out"}).
inline Expected<void> require(Argument argument) {
  if (argument.pointer)
    return {};
  return fail(std::string("argument \"") + argument.name + "\"", "is NULL",
              "the function needs it", "see capi/dlc.h");
}

/// Runs the body of a function of dlc.h once none of its arguments is null.
template <typename Body>
dlc_status guard(std::initializer_list<Argument> needed, Body &&body) noexcept {
  return guard([&]() -> Expected<void> {
    for (Argument argument : needed)
      if (auto given = require(argument); !given)
        return given;
    return body();
  });
}

/// Hands a value out as the opaque type that holds it, or passes its error on.
template <typename Handle, typename T>
Expected<void> give(Handle **out, Expected<T> value) {
  if (!value)
    return Unexpected(std::move(value.error()));
  *out = new Handle{*std::move(value)};
  return {};
}

} // namespace dlc::capi
