// What callbacks save as JSON, bit by bit.
#include "runtime/session/callbacks/StateJson.h"

#include <cmath>
#include <limits>

namespace dlc::callbacks {

Json toJson(std::optional<double> number) {
  if (!number)
    return nullptr;
  if (std::isfinite(*number))
    return *number;
  return std::isnan(*number) ? "nan" : *number > 0 ? "inf" : "-inf";
}

Expected<StateReader> StateReader::parse(const CallbackState &state,
                                         std::string name) {
  Json object = Json::parse(state.json, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object())
    return fail("the state of " + name, "is no JSON object", "",
                "start without it");
  return StateReader(std::move(object), std::move(name));
}

Unexpected<Error> StateReader::failAt(const char *key) const {
  return fail("the state of " + name,
              std::string("has no usable \"") + key + "\"",
              "another version may have written it", "start without it");
}

Expected<void> StateReader::read(const char *key, int64_t &to) const {
  auto it = object.find(key);
  if (it == object.end() || !it->is_number_integer())
    return failAt(key);
  to = it->get<int64_t>();
  return {};
}

Expected<void> StateReader::read(const char *key,
                                 std::optional<double> &to) const {
  auto it = object.find(key);
  if (it == object.end())
    return failAt(key);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (it->is_null())
    to.reset();
  else if (it->is_number())
    to = it->get<double>();
  else if (*it == "nan")
    to = std::numeric_limits<double>::quiet_NaN();
  else if (*it == "inf" || *it == "-inf")
    to = *it == "inf" ? infinity : -infinity;
  else
    return failAt(key);
  return {};
}

Expected<void> StateReader::read(const char *key,
                                 std::vector<std::string> &to) const {
  auto it = object.find(key);
  if (it == object.end() || !it->is_array())
    return failAt(key);
  to.clear();
  for (const Json &text : *it) {
    if (!text.is_string())
      return failAt(key);
    to.push_back(text.get<std::string>());
  }
  return {};
}

} // namespace dlc::callbacks
