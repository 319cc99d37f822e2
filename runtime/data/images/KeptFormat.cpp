// What a trained model keeps of how its pictures were read.
#include "runtime/data/images/KeptFormat.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace dlc::data {

namespace {

using Json = nlohmann::json;

std::string print(const Json &value) {
  if (value.is_null())
    return "none";
  if (value.is_number_float())
    return fmt::format("{:.6g}", value.get<double>());
  return value.is_string()
             ? value.get<std::string>()
             : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json toJson(const ImageOptions &options) {
  const image::Augmentation &augmentation = options.augmentation;
  return {
      {"interpolation", image::nameOf(options.interpolation)},
      {"keep_aspect_ratio", options.keepAspectRatio},
      {"rescale",
       augmentation.rescale == 0 ? Json() : Json(augmentation.rescale)},
      {"preprocess", nameOf(options.preprocess)},
      {"samplewise_center", augmentation.samplewiseCenter},
      {"samplewise_std_normalization", augmentation.samplewiseStdNormalization},
  };
}

/// What a file says of one key.
struct Setting {
  const char *key;
  const Json &value;

  Unexpected<Error> refuse(const char *limit) const {
    return fail(fmt::format("model's \"{}\" of pictures", key),
                fmt::format("is {:.60}", print(value)), limit,
                "train the model again, or correct metadata.json");
  }
  Expected<void> set(bool &to) const {
    if (!value.is_boolean())
      return refuse("it is true or false");
    to = value.get<bool>();
    return {};
  }
  /// 0 for none.
  Expected<void> set(double &to) const {
    bool isNumber = value.is_number() && std::isfinite(value.get<double>()) &&
                    value.get<double>() != 0;
    if (!isNumber && !value.is_null())
      return refuse("it is a number that pixels are multiplied by");
    to = isNumber ? value.get<double>() : 0;
    return {};
  }
  template <typename Value, typename Parse>
  Expected<void> setName(Value &to, Parse parse) const {
    auto parsed = parse(value.is_string() ? value.get<std::string>() : "");
    if (!parsed)
      return refuse(parsed.error().limit.c_str());
    to = *parsed;
    return {};
  }
};

} // namespace

std::string printKeptFormat(const ImageOptions &options) {
  return toJson(options).dump();
}

Expected<void> applyKeptFormat(const std::string &text, ImageOptions &options) {
  Json object = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object())
    return {};
  image::Augmentation &augmentation = options.augmentation;
  auto apply = [&](const char *key, auto set) -> Expected<void> {
    auto found = object.find(key);
    return found == object.end() ? Expected<void>() : set(Setting{key, *found});
  };
  auto put = [&](const char *key, auto &to) {
    return apply(key, [&](const Setting &setting) { return setting.set(to); });
  };
  Expected<void> results[] = {
      apply("interpolation",
            [&](const Setting &setting) {
              return setting.setName(options.interpolation,
                                     image::parseInterpolation);
            }),
      put("keep_aspect_ratio", options.keepAspectRatio),
      put("rescale", augmentation.rescale),
      apply("preprocess",
            [&](const Setting &setting) {
              return setting.setName(options.preprocess, parsePreprocess);
            }),
      put("samplewise_center", augmentation.samplewiseCenter),
      put("samplewise_std_normalization",
          augmentation.samplewiseStdNormalization)};
  for (const Expected<void> &result : results)
    if (!result)
      return result;
  return {};
}

std::vector<std::string> compareKeptFormat(const std::string &kept,
                                           const ImageOptions &options) {
  Json before = Json::parse(kept, nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> differences;
  if (!before.is_object())
    return differences;
  Json now = toJson(options);
  for (const auto &[key, value] : now.items())
    if (auto found = before.find(key); found != before.end() && *found != value)
      differences.push_back(
          fmt::format("{} is {}, and the model was trained with {}", key,
                      print(value), print(*found)));
  return differences;
}

std::string describeFormat(const ImageOptions &options) {
  Json usual = toJson({}), now = toJson(options);
  std::string text;
  for (const auto &[key, value] : now.items())
    if (value != usual[key])
      text +=
          fmt::format("{}{} {}", text.empty() ? "" : ", ", key, print(value));
  return text;
}

} // namespace dlc::data
