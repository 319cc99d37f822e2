// The value of --class-weight.
#include "tools/dlc/ClassWeight.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
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

bool insert(NamedWeights &weights, std::string_view label,
            std::optional<double> weight) {
  return !label.empty() && weight && std::isfinite(*weight) && *weight >= 0 &&
         weights.emplace(label, float(*weight)).second;
}

bool parseJson(const nlohmann::json &object, NamedWeights &weights) {
  if (!object.is_object())
    return false;
  for (const auto &[label, weight] : object.items())
    if (!weight.is_number() || !insert(weights, label, weight.get<double>()))
      return false;
  return true;
}

bool parsePairs(std::string_view text, NamedWeights &weights) {
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

Expected<NamedWeights> parseClassWeight(const std::string &text) {
  NamedWeights weights;
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

Expected<std::map<int64_t, float>>
numberClasses(const NamedWeights &weights,
              const std::vector<std::string> &classNames) {
  std::map<int64_t, float> numbered;
  for (const auto &[label, weight] : weights) {
    auto named = std::ranges::find(classNames, label);
    auto number = named == classNames.end()
                      ? parseNumber<int64_t>(label)
                      : std::optional<int64_t>(named - classNames.begin());
    if (!number)
      return fail("--class-weight", fmt::format("names a class \"{}\"", label),
                  classNames.empty()
                      ? std::string("the data has no names of classes")
                      : fmt::format("the data's classes are: {}",
                                    fmt::join(classNames, ", ")),
                  classNames.empty() ? "write it as 0=1,1=2.5"
                                     : "give names of these, or numbers");
    if (!numbered.emplace(*number, weight).second)
      return fail("--class-weight",
                  fmt::format("weighs class {} twice", *number),
                  "it gives each class once a weight", "remove one of them");
  }
  return numbered;
}

} // namespace dlc::tool
