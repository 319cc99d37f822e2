// The value of --class-weight.
#include "tools/dlc/options/ClassWeight.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

namespace dlc::tool {

namespace {

template <typename T> std::optional<T> parseNumber(std::string_view text) {
  T value{};
  auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

bool insert(data::NamedWeights &weights, std::string_view label,
            std::optional<double> weight) {
  return !label.empty() && weight && std::isfinite(*weight) && *weight >= 0 &&
         weights.emplace(label, float(*weight)).second;
}

bool parseJson(const nlohmann::json &object, data::NamedWeights &weights) {
  if (!object.is_object())
    return false;
  for (const auto &[label, weight] : object.items())
    if (!weight.is_number() || !insert(weights, label, weight.get<double>()))
      return false;
  return true;
}

bool parsePairs(std::string_view text, data::NamedWeights &weights) {
  while (!text.empty()) {
    size_t end = std::min(text.find(','), text.size());
    std::string_view pair = text.substr(0, end);
    size_t equals = pair.rfind('=');
    if (equals == std::string_view::npos ||
        !insert(weights, pair.substr(0, equals),
                parseNumber<double>(pair.substr(equals + 1))))
      return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

} // namespace

Expected<data::NamedWeights> parseClassWeight(const std::string &text) {
  data::NamedWeights weights;
  bool isGood =
      text.starts_with('{')
          ? parseJson(nlohmann::json::parse(text, nullptr, false), weights)
          : parsePairs(text, weights);
  if (isGood)
    return weights;
  return fail("--class-weight", fmt::format("is \"{}\"", text),
              "it gives each class once a weight of 0 or more",
              "write it as 0=1,1=2.5, with names as cat=1,dog=2.5, or as JSON");
}

} // namespace dlc::tool
