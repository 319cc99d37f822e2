// What earlier runs of `dlc train` left in files: --history and --profile.
#include "tools/dlc/report/Measured.h"
#include "runtime/session/profile/LaunchRow.h"
#include "tools/dlc/show/Report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>

namespace dlc::tool {

namespace {

/// Far more than any history has; what is no history may be anything.
constexpr uintmax_t mostBytes = uintmax_t(256) << 20;

Expected<Json> readObject(const std::string &path, const char *writer) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(path, code))
    return fail(path, "is no file",
                fmt::format("dlc train {} writes one", writer),
                "check the path");
  uintmax_t size = std::filesystem::file_size(path, code);
  if (code || size > mostBytes)
    return fail(path, fmt::format("has {} bytes", size),
                fmt::format("at most {} are read", mostBytes),
                fmt::format("give what dlc train {} wrote", writer));
  std::ifstream file(path, std::ios::binary);
  Json json = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    return fail(path, "holds no JSON object",
                fmt::format("dlc train {} writes one", writer),
                "check the path");
  return json;
}

std::optional<double> numberOf(const Json &value) {
  if (!value.is_number() || !std::isfinite(value.get<double>()))
    return std::nullopt;
  return value.get<double>();
}

} // namespace

Expected<std::vector<HistoryChart>> readHistory(const std::string &path) {
  auto json = readObject(path, "--history");
  if (!json)
    return Unexpected(json.error());
  std::vector<HistoryChart> charts;
  auto add = [&](const std::string &title, const char *steps, Curve curve) {
    auto found = std::ranges::find(charts, title, &HistoryChart::title);
    if (found == charts.end())
      charts.push_back({title, steps, {std::move(curve)}});
    else
      found->curves.push_back(std::move(curve));
  };
  for (const auto &[name, list] : json->items()) {
    if (!list.is_array())
      return fail(path, fmt::format("has \"{}\" that is no list", name),
                  "a history has a list of numbers for each name",
                  "give what dlc train --history wrote");
    Curve curve;
    for (const Json &value : list)
      curve.values.push_back(numberOf(value));
    bool isValidation = name.starts_with("val_");
    bool isOfSteps = name == "batch_loss";
    curve.name = isValidation ? "validation" : isOfSteps ? "step" : "training";
    add(isValidation ? name.substr(4)
        : isOfSteps  ? "loss of steps"
                     : name,
        isOfSteps ? "step" : "epoch", std::move(curve));
  }
  return charts;
}

Expected<Profile> readProfile(const std::string &path,
                              const artifact::Program &program,
                              int64_t maxBatch) {
  auto json = readObject(path, "--profile");
  if (!json)
    return Unexpected(json.error());
  auto refuse = [&](const std::string &value) {
    return fail(path, value,
                fmt::format("program \"{}\" has {} launches, each with a time",
                            program.name, program.launches.size()),
                "profile this model with the same --batch and options");
  };
  if (!json->contains("rows") || !(*json)["rows"].is_array())
    return refuse("has no list \"rows\"");
  std::map<std::string, double> times;
  std::map<std::string, double> moved; // bytes
  for (const Json &row : (*json)["rows"])
    if (row.is_object() && row.contains("name") && row["name"].is_string() &&
        row.contains("ms"))
      if (auto milliseconds = numberOf(row["ms"])) {
        auto name = row["name"].get<std::string>();
        times[name] = *milliseconds * 1e-3;
        moved[name] = numberOf(row.value("bytes", Json())).value_or(-1);
      }
  Profile profile;
  for (const artifact::Launch &launch : program.launches) {
    auto found = times.find(launch.name);
    if (found == times.end())
      return refuse(fmt::format("has no time for \"{}\"", launch.name));
    int64_t bytes = dlc::profile::countTraffic(program, launch, maxBatch);
    if (moved[launch.name] != double(bytes))
      return fail(path,
                  fmt::format("has \"{}\" move {} bytes", launch.name,
                              moved[launch.name]),
                  fmt::format("in batches of {} it moves {}", maxBatch, bytes),
                  "give the --batch and options of the run that was profiled");
    profile.seconds.push_back(found->second);
  }
  if (times.size() != program.launches.size())
    return refuse(fmt::format("has times for {} launches", times.size()));
  if (auto steps = json->find("steps");
      steps != json->end() && steps->is_number_integer())
    profile.steps = steps->get<int64_t>();
  return profile;
}

} // namespace dlc::tool
