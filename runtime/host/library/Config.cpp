// Reads the JSON configuration of a library call.
#include "runtime/host/library/Config.h"

#include <limits>

namespace dlc::host {

Config::Config(const std::string &text, std::string thing)
    : object(nlohmann::json::parse(text, nullptr, false)),
      thing(std::move(thing)) {
  if (!object.is_object()) {
    first = Error{this->thing, "has a configuration that is not a JSON object",
                  "", "compile the model again"};
    object = nlohmann::json::object();
  }
}

void Config::mistake(const char *key, const char *kind) {
  if (!first)
    first =
        Error{thing,
              "has no proper \"" + std::string(key) + "\" in its configuration",
              "it must be " + std::string(kind), "compile the model again"};
}

const nlohmann::json *Config::find(const char *key, const char *kind) {
  auto it = object.find(key);
  if (it != object.end())
    return &*it;
  mistake(key, kind);
  return nullptr;
}

int64_t Config::integer(const char *key) {
  const nlohmann::json *value = find(key, "an integer");
  if (!value)
    return 0;
  if (!value->is_number_integer()) {
    mistake(key, "an integer");
    return 0;
  }
  return value->get<int64_t>();
}

std::vector<int64_t> Config::integers(const char *key) {
  const nlohmann::json *value = find(key, "a list of integers");
  std::vector<int64_t> result;
  if (!value)
    return result;
  if (!value->is_array()) {
    mistake(key, "a list of integers");
    return result;
  }
  for (const nlohmann::json &element : *value) {
    if (!element.is_number_integer()) {
      mistake(key, "a list of integers");
      return {};
    }
    result.push_back(element.get<int64_t>());
  }
  return result;
}

Config::Pair Config::pair(const char *key, int64_t least) {
  std::vector<int64_t> values = integers(key);
  // Large values would overflow the sums in which they take part.
  constexpr int64_t most = std::numeric_limits<int32_t>::max();
  if (values.size() != 2 || std::min(values[0], values[1]) < least ||
      std::max(values[0], values[1]) > most) {
    mistake(key, least ? "two positive integers" : "two counts");
    return {least, least};
  }
  return {values[0], values[1]};
}

std::array<Config::Pair, 2> Config::pads(const char *key) {
  constexpr const char *kind = "[[low, high], [low, high]] of counts";
  std::array<Pair, 2> result{};
  const nlohmann::json *value = find(key, kind);
  if (!value)
    return result;
  if (!value->is_array() || value->size() != 2) {
    mistake(key, kind);
    return result;
  }
  for (size_t dim = 0; dim < 2; ++dim) {
    const nlohmann::json &sides = (*value)[dim];
    for (size_t side = 0; side < 2; ++side) {
      bool fits = sides.is_array() && sides.size() == 2 &&
                  sides[side].is_number_integer();
      int64_t count = fits ? sides[side].get<int64_t>() : -1;
      if (count < 0 || count > std::numeric_limits<int32_t>::max()) {
        mistake(key, kind);
        return result;
      }
      result[dim][side] = count;
    }
  }
  return result;
}

double Config::number(const char *key) {
  const nlohmann::json *value = find(key, "a number");
  if (!value)
    return 0;
  if (value->is_number())
    return value->get<double>();
  if (value->is_string()) {
    std::string text = value->get<std::string>();
    if (text == "inf")
      return std::numeric_limits<double>::infinity();
    if (text == "-inf")
      return -std::numeric_limits<double>::infinity();
    if (text == "nan")
      return std::numeric_limits<double>::quiet_NaN();
  }
  mistake(key, "a number");
  return 0;
}

bool Config::flag(const char *key) {
  auto it = object.find(key);
  if (it == object.end())
    return false;
  if (!it->is_boolean())
    mistake(key, "true or false");
  return it->is_boolean() && it->get<bool>();
}

bool Config::relu() {
  auto it = object.find("activation");
  if (it == object.end())
    return false;
  bool known = it->is_string() && *it == "relu";
  if (!known)
    mistake("activation", "\"relu\"");
  return known;
}

Expected<void> Config::check() const {
  if (first)
    return dlc::Unexpected(*first);
  return {};
}

} // namespace dlc::host
