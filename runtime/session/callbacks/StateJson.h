// What callbacks save as JSON, bit by bit.
#pragma once

#include "runtime/session/callbacks/Callback.h"

#include <nlohmann/json.hpp>

#include <optional>

namespace dlc::callbacks {

using Json = nlohmann::json;

/// A number or none. NaN and infinities, which JSON lacks, become texts.
Json toJson(std::optional<double> number);

/// Reads what a callback of the class `name` saved; errors name it and say what
/// is missing or of another kind.
class StateReader {
public:
  static Expected<StateReader> parse(const CallbackState &state,
                                     std::string name);
  Expected<void> read(const char *key, int64_t &to) const;
  Expected<void> read(const char *key, std::optional<double> &to) const;
  Expected<void> read(const char *key, std::vector<std::string> &to) const;

private:
  StateReader(Json object, std::string name)
      : object(std::move(object)), name(std::move(name)) {}
  Unexpected<Error> failAt(const char *key) const;

  Json object;
  std::string name;
};

} // namespace dlc::callbacks
