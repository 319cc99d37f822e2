// Errors as values: which thing, the value it has, the limit it broke, the
// remedy.
#pragma once

#include "runtime/core/Expected.h"

#include <string>
#include <utility>

namespace dlc {

/// One mistake, told in four parts. `message()` joins them into one line:
/// `model.keras: has no member config.json but every .keras file holds one;
/// save the model again with model.save("model.keras")`.
struct Error {
  /// The file, layer, tensor or option that is wrong, by the user's name.
  std::string thing;
  /// What it has or is: a verb phrase such as "has 784 rows".
  std::string value;
  /// What it should have had, without "but". May be empty.
  std::string limit;
  /// What to do about it, as an imperative. May be empty.
  std::string remedy;

  std::string message() const {
    std::string text = thing + ": " + value;
    if (!limit.empty())
      text += " but " + limit;
    if (!remedy.empty())
      text += "; " + remedy;
    return text;
  }
};

/// A value, or the error that kept it from being made.
template <typename T> using Expected = BasicExpected<T, Error>;

/// return fail("x.npz", "has no array \"y\"", "training needs targets", "...");
inline Unexpected<Error> fail(std::string thing, std::string value,
                                   std::string limit = "",
                                   std::string remedy = "") {
  return Unexpected(Error{std::move(thing), std::move(value),
                               std::move(limit), std::move(remedy)});
}

} // namespace dlc
