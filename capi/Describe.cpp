// What a model is, as JSON text.
#include "capi/Describe.h"

#include <nlohmann/json.hpp>

namespace dlc::capi {
namespace {

using Json = nlohmann::ordered_json;
using artifact::Port;
using artifact::State;

const char *nameOf(State::Role role) {
  switch (role) {
  case State::Role::Weight:
    return "weight";
  case State::Role::Optimizer:
    return "optimizer";
  case State::Role::Metric:
    return "metric";
  case State::Role::Control:
    return "control";
  }
  return "";
}

const char *nameOf(Port::Role role) {
  switch (role) {
  case Port::Role::Input:
    return "input";
  case Port::Role::Target:
    return "target";
  case Port::Role::SampleWeight:
    return "sample_weight";
  case Port::Role::Output:
    return "output";
  }
  return "";
}

Json toJson(const State &state) {
  return {{"name", state.name},           {"role", nameOf(state.role)},
          {"dtype", nameOf(state.dtype)}, {"shape", state.shape},
          {"trainable", state.trainable}, {"path", state.h5Path}};
}

Json toJson(const artifact::Program &program, const std::vector<Port> &ports) {
  Json list = Json::array();
  for (const Port &port : ports) {
    const artifact::Buffer &buffer = program.buffers[port.buffer];
    list.push_back({{"role", nameOf(port.role)},
                    {"name", port.name},
                    {"dtype", nameOf(buffer.dtype)},
                    {"shape", buffer.shape}});
  }
  return list;
}

} // namespace

std::string describe(const Session &session) {
  const artifact::Manifest &manifest = session.manifest();
  Json json;
  json["model"] = manifest.model;
  json["max_batch"] = manifest.maxBatch;
  json["steps_per_launch"] = manifest.stepsPerLaunch;
  Json &states = json["states"] = Json::array();
  for (const State &state : manifest.states)
    states.push_back(toJson(state));
  Json &programs = json["programs"] = Json::object();
  for (const artifact::Program &program : manifest.programs)
    if (&program == session.program(program.name))
      programs[program.name] = {{"inputs", toJson(program, program.inputs)},
                                {"outputs", toJson(program, program.outputs)}};
  Json &metrics = json["metrics"] = Json::array();
  for (const artifact::Metric &metric : manifest.metrics)
    metrics.push_back(metric.name);
  json["class_names"] = session.classNames();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace dlc::capi
