// Reads the JSON configuration of a library call.
#pragma once

#include "runtime/core/Error.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dlc::host {

/// Getters return a harmless value for a key that is missing or of the wrong
/// kind and remember the first such mistake, so that a routine reads all its
/// keys first and asks `check` once.
class Config {
public:
  using Pair = std::array<int64_t, 2>;

  Config(const std::string &text, std::string thing);

  int64_t integer(const char *key);
  std::vector<int64_t> integers(const char *key);
  /// Two integers, each at least `least`.
  Pair pair(const char *key, int64_t least);
  /// [[low, high], [low, high]], none negative.
  std::array<Pair, 2> pads(const char *key);
  /// A number, or "inf", "-inf" or "nan", which JSON has no numbers for.
  double number(const char *key);
  /// false where the key is missing.
  bool flag(const char *key);
  /// Whether "activation" is "relu", the only one there is besides none.
  bool relu();

  Expected<void> check() const;

private:
  const nlohmann::json *find(const char *key, const char *kind);
  void mistake(const char *key, const char *kind);

  nlohmann::json object;
  std::string thing;
  std::optional<Error> first;
};

} // namespace dlc::host
