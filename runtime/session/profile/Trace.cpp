// What the first steps of a training did when, for a trace viewer.
#include "runtime/session/profile/Trace.h"

#include <fmt/format.h>
#include <map>

namespace dlc::profile {

namespace {

using artifact::Launch;

constexpr int process = 1;
enum Thread { Steps = 1, Data = 2, Launches = 3 };

Json makeName(const char *what, int thread, const std::string &name) {
  return {{"name", what},
          {"ph", "M"},
          {"pid", process},
          {"tid", thread},
          {"args", {{"name", name}}}};
}

/// Times come in milliseconds and go out in microseconds.
Json makeEvent(const std::string &name, const char *category, Thread thread,
               double start, double length) {
  return {{"name", name},        {"cat", category},       {"ph", "X"},
          {"pid", process},      {"tid", int(thread)},    {"ts", 1e3 * start},
          {"dur", 1e3 * length}, {"args", Json::object()}};
}

} // namespace

Json traceToJson(const artifact::Manifest &manifest,
                 const artifact::Program &train, const History &history) {
  Json json;
  json["displayTimeUnit"] = "ms";
  Json &events = json["traceEvents"] = Json::array();
  events.push_back(
      makeName("process_name", 0, fmt::format("dlc train {}", manifest.model)));
  events.push_back(makeName("thread_name", Steps, "steps"));
  events.push_back(makeName("thread_name", Data, "data"));
  events.push_back(makeName("thread_name", Launches,
                            fmt::format("launches on {}", train.device)));
  std::map<std::string, std::string> codes(history.launchCode.begin(),
                                           history.launchCode.end());
  std::vector<Json> arguments;
  for (const Launch &launch : train.launches) {
    Json &about = arguments.emplace_back();
    bool isLibrary = launch.kind == Launch::Kind::Library;
    about["pattern"] = isLibrary ? launch.routine : launch.pattern;
    about["layers"] = launch.layers;
    about["bytes"] = countTraffic(train, launch, manifest.maxBatch);
    about["flops"] = launch.flops;
    if (auto code = codes.find(launch.name); code != codes.end())
      about["code"] = code->second;
  }
  for (const StepTrace &step : history.trace) {
    events.push_back(makeEvent(fmt::format("step {}", step.step), "step", Steps,
                               step.start, step.end - step.start));
    events.push_back(
        makeEvent("gather batch", "data", Data, step.start, step.gathering));
    double at = step.run;
    for (size_t i = 0; i < step.launches.size(); ++i) {
      events.push_back(makeEvent(train.launches[i].name, "launch", Launches, at,
                                 step.launches[i]));
      events.back()["args"] = arguments[i];
      at += step.launches[i];
    }
  }
  return json;
}

} // namespace dlc::profile
