// Weights of the loss by class, under the names that classes have.
#include "runtime/data/ClassWeight.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace dlc::data {

static std::optional<int64_t> parseNumber(const std::string &text) {
  int64_t value = 0;
  const char *last = text.data() + text.size();
  auto [end, code] = std::from_chars(text.data(), last, value);
  if (code != std::errc() || end != last)
    return std::nullopt;
  return value;
}

Expected<std::map<int64_t, float>>
numberClasses(const NamedWeights &weights,
              const std::vector<std::string> &classNames,
              const std::string &thing) {
  std::map<int64_t, float> numbered;
  for (const auto &[label, weight] : weights) {
    auto named = std::ranges::find(classNames, label);
    auto number = named == classNames.end()
                      ? parseNumber(label)
                      : std::optional<int64_t>(named - classNames.begin());
    if (!number)
      return fail(thing, fmt::format("names a class \"{}\"", label),
                  classNames.empty() ? std::string("the classes have no names")
                                     : fmt::format("the classes are {}",
                                                   fmt::join(classNames, ", ")),
                  classNames.empty() ? "give numbers of classes"
                                     : "give names of these, or numbers");
    if (!numbered.emplace(*number, weight).second)
      return fail(thing, fmt::format("weighs class {} twice", *number),
                  "it gives each class once a weight", "remove one of them");
  }
  return numbered;
}

} // namespace dlc::data
