// What the steps of a compiled model consist of, as numbers.
#include "tools/dlc/show/Inspection.h"
#include "runtime/session/profile/LaunchRow.h"
#include "tools/dlc/draw/Sizes.h"
#include "tools/dlc/report/LayerCosts.h"
#include "tools/dlc/show/DeviceCosts.h"
#include "tools/dlc/show/Line.h"
#include "tools/dlc/show/Streams.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <numeric>
#include <set>

namespace dlc::tool {

namespace {

using artifact::Launch;
using artifact::Manifest;
using artifact::Program;
using profile::countTraffic;
using profile::gridOf;
using profile::isRecomputed;
using profile::nameLibrary;
using profile::nominalCpu;
using profile::predictOnHost;
using profile::rowToJson;

bool isKernel(const Launch &launch) {
  return launch.kind == Launch::Kind::Kernel;
}

bool isOnGpu(const Program &program) {
  return program.device == artifact::onCuda;
}

/// "train", or "train@cuda" where the host has one of that name.
std::string nameIn(const Manifest &manifest, const Program &program) {
  bool isSecond =
      isOnGpu(program) &&
      std::ranges::any_of(manifest.programs, [&](const Program &other) {
        return other.name == program.name && other.device == artifact::onHost;
      });
  return isSecond ? program.name + "@cuda" : program.name;
}

int64_t spillsOf(const artifact::KernelUsage &usage) {
  return int64_t(usage.spillStores) + usage.spillLoads;
}

/// What a launch takes of each kind of GPU, and the most that it takes of any,
/// or the least that it fills.
void addCosts(Json &row, const std::vector<DeviceCosts> &kinds,
              const Launch &launch) {
  auto raise = [](Json &most, const Json &value) {
    if (most.is_null() || most < value)
      most = value;
  };
  for (const DeviceCosts &costs : kinds) {
    Json one;
    if (auto usage = costs.findUsage(launch)) {
      one["registers"] = usage->registers;
      one["spills"] = spillsOf(*usage);
      one["stack_bytes"] = usage->stackBytes;
      one["shared_memory"] = usage->sharedBytes;
      for (const auto &[key, value] : one.items())
        raise(row[key], value);
    }
    if (auto share = costs.occupancy(launch)) {
      one["occupancy"] = *share;
      if (row["occupancy"].is_null() || *share < row["occupancy"].get<double>())
        row["occupancy"] = *share;
    }
    one["predicted_time"] = costs.predict(launch, row["bytes"].get<int64_t>());
    row["predicted_time"] = one["predicted_time"];
    row["architectures"][costs.target()] = std::move(one);
  }
}

/// The sums over the rows, for each kind of GPU, and the most spills of any.
/// Spills stay null where there is no cubin to know them from.
void addDeviceTotals(Json &object, const Program &program,
                     const std::vector<DeviceCosts> &kinds) {
  for (const DeviceCosts &costs : kinds) {
    object["predicted_for"] = costs.device();
    // A new key in the object would move what this refers to.
    Json &kind = object["architectures"][costs.target()];
    kind["spills"] = costs.target() == "ptx" ? Json(nullptr) : Json(0);
    std::vector<double> seconds;
    for (const Json &row : object["rows"]) {
      const Json &one = row["architectures"][costs.target()];
      seconds.push_back(one["predicted_time"].get<double>());
      if (one.contains("spills") && !kind["spills"].is_null())
        kind["spills"] =
            kind["spills"].get<int64_t>() + one["spills"].get<int64_t>();
    }
    kind["predicted_time"] = std::reduce(seconds.begin(), seconds.end());
    kind["predicted_critical_path"] = findCriticalPath(program, seconds);
    kind["predicted_for"] = costs.device();
    if (object["spills"].is_null() || object["spills"] < kind["spills"])
      object["spills"] = kind["spills"];
  }
}

/// On a GPU a launch is as many kernels as it has stages, or a library's call.
struct Totals {
  int64_t kernels = 0, libraryCalls = 0, phases = 0, bytes = 0;
  double flops = 0;
};

Totals addUp(const Program &program, int64_t batch,
             bool onlyRecomputed = false) {
  Totals totals;
  for (const Launch &launch : program.launches) {
    if (onlyRecomputed && !isRecomputed(launch))
      continue;
    auto stages = int64_t(launch.stages.size() + launch.deviceStages.size());
    if (isOnGpu(program)) {
      totals.kernels += stages;
      totals.libraryCalls += nameLibrary(launch) ? 1 : 0;
      totals.phases += nameLibrary(launch) ? 1 : 0;
    } else if (isKernel(launch))
      ++totals.kernels;
    else
      ++totals.libraryCalls;
    totals.phases += stages;
    totals.bytes += countTraffic(program, launch, batch);
    totals.flops += launch.flops;
  }
  return totals;
}

} // namespace

/// What each launch is expected to take, on the last kind of GPU if on one.
static std::vector<double> predictAll(const Manifest &manifest,
                                      const Program &program,
                                      const std::vector<DeviceCosts> &kinds) {
  std::vector<double> seconds;
  for (const Launch &launch : program.launches) {
    int64_t bytes = countTraffic(program, launch, manifest.maxBatch);
    seconds.push_back(!isOnGpu(program) ? predictOnHost(launch, bytes)
                      : kinds.empty()   ? 0
                                        : kinds.back().predict(launch, bytes));
  }
  return seconds;
}

static Json layersToJson(const Manifest &manifest, const Program &program,
                         const std::vector<DeviceCosts> &kinds) {
  Json layers = Json::array();
  for (const LayerCost &cost :
       listLayerCosts(manifest, program, predictAll(manifest, program, kinds)))
    layers.push_back({{"layer", cost.layer},
                      {"class", cost.kind},
                      {"launches", cost.launches},
                      {"predicted_time", cost.seconds},
                      {"bytes", cost.bytes},
                      {"flops", cost.flops},
                      {"state_bytes", cost.stateBytes},
                      {"peak_bytes", cost.peakBytes}});
  return layers;
}

Json inspectToJson(const artifact::Artifact &artifact, bool explain) {
  const Manifest &manifest = artifact.manifest;
  const std::vector<DeviceCosts> kinds = DeviceCosts::list(artifact);
  Json json = Json::object();
  for (const Program &program : manifest.programs) {
    Totals totals = addUp(program, manifest.maxBatch);
    Json &object = json[nameIn(manifest, program)];
    object["device"] = program.device;
    object["batch"] = manifest.maxBatch;
    object["kernels"] = totals.kernels;
    object["phases"] = totals.phases;
    object["library_calls"] = totals.libraryCalls;
    object["spills"] = nullptr;
    object["bytes"] = totals.bytes;
    object["flops"] = totals.flops;
    object["arena_bytes"] = program.arenaBytes;
    object["max_live_bytes"] = program.maxLiveBytes;
    object["state_bytes"] = manifest.stateBytes;
    object["branch_width"] = countBranches(program, manifest.maxBatch);
    object["streams"] = countStreams(program);
    // The price of a --memory-limit.
    Totals again = addUp(program, manifest.maxBatch, /*onlyRecomputed=*/true);
    object["recomputed"] = {{"kernels", again.kernels + again.libraryCalls},
                            {"bytes", again.bytes},
                            {"flops", again.flops}};
    Json &rows = object["rows"] = Json::array();
    for (const Launch &launch : program.launches) {
      rows.push_back(rowToJson(program, launch, manifest.maxBatch));
      if (isOnGpu(program))
        addCosts(rows.back(), kinds, launch);
    }
    if (isOnGpu(program))
      addDeviceTotals(object, program, kinds);
    else
      object["predicted_for"] = nominalCpu;
    if (explain)
      object["layers"] = layersToJson(manifest, program, kinds);
  }
  return json;
}

/// "  sm_80: 40 registers, 0 bytes of stack, 0 of spills, 1024 of shared
/// memory, occupancy 75 %, predicted 3.1 us", for each kind.
static std::string formatCosts(const std::vector<DeviceCosts> &kinds,
                               const Launch &launch, int64_t bytes) {
  std::string text;
  for (const DeviceCosts &costs : kinds) {
    text += fmt::format("  {}: ", costs.target());
    if (auto usage = costs.findUsage(launch))
      text +=
          fmt::format("{} registers, {} bytes of stack, {} of spills, {} of "
                      "shared memory, ",
                      usage->registers, usage->stackBytes, spillsOf(*usage),
                      usage->sharedBytes);
    if (auto share = costs.occupancy(launch))
      text += fmt::format("occupancy {:.0f} %, ", *share * 100);
    text +=
        fmt::format("predicted {:.3g} us", costs.predict(launch, bytes) * 1e6);
  }
  return text;
}

/// "grid 12+1", or who computes it.
static std::string formatGrid(const Launch &launch, int64_t batch) {
  if (const char *library = nameLibrary(launch))
    return fmt::format("by {}", library);
  return fmt::format("grid {}", fmt::join(gridOf(launch, batch), "+"));
}

/// "  stream 1 after train_k3", where a program has several.
static std::string formatStream(const Program &program, const Launch &launch) {
  if (countStreams(program) <= 1)
    return {};
  std::vector<std::string_view> names;
  for (uint32_t other : launch.waits)
    names.push_back(program.launches[other].name);
  return fmt::format("  stream {}{}{}", launch.stream,
                     names.empty() ? "" : " after ", fmt::join(names, ", "));
}

/// What each kind of GPU is expected to need for a step.
static std::string formatPredictions(const std::vector<DeviceCosts> &kinds,
                                     const Program &program, int64_t batch) {
  std::string text;
  for (const DeviceCosts &costs : kinds) {
    std::vector<double> seconds;
    for (const Launch &launch : program.launches)
      seconds.push_back(
          costs.predict(launch, countTraffic(program, launch, batch)));
    text += fmt::format("  predicted for {}, never measured: {:.3g} ms",
                        costs.device(),
                        std::reduce(seconds.begin(), seconds.end()) * 1e3);
    if (uint32_t streams = countStreams(program); streams > 1)
      text += fmt::format(" one after the other; in {} streams the longest "
                          "way through takes {:.3g} ms",
                          streams, findCriticalPath(program, seconds) * 1e3);
    text += '\n';
    if (costs.target() == "ptx")
      text += "  registers and spills are not known of PTX; compile with "
              "--target cuda:sm_80 or the like\n";
  }
  return text;
}

/// A line a layer: its share of time, bytes, operations and memory.
static std::string formatLayers(const Manifest &manifest,
                                const Program &program,
                                const std::vector<DeviceCosts> &kinds) {
  bool isHost = !isOnGpu(program);
  std::string text = fmt::format(
      "  by layer, times predicted for {}, never measured; a kernel of several "
      "layers counts for each by an equal share\n  {:<36} {:>10} {:>12} {:>12} "
      "{:>12} {:>12}\n",
      isHost          ? nominalCpu
      : kinds.empty() ? "no GPU"
                      : kinds.back().device(),
      "", "time", "moved", "operations", "state", "at the peak");
  for (const LayerCost &cost :
       listLayerCosts(manifest, program, predictAll(manifest, program, kinds)))
    text += fmt::format(
        "  {:<36} {:>10} {:>12} {:>12} {:>12} {:>12}\n",
        toLine(cost.kind.empty() ? cost.layer : cost.kind + " " + cost.layer),
        formatTime(cost.seconds), formatSize(cost.bytes),
        formatOperations(cost.flops), formatSize(double(cost.stateBytes)),
        formatSize(double(cost.peakBytes)));
  return text;
}

std::string formatInspection(const artifact::Artifact &artifact, bool rows) {
  const Manifest &manifest = artifact.manifest;
  const std::vector<DeviceCosts> kinds = DeviceCosts::list(artifact);
  std::string text =
      fmt::format("Model \"{}\", batches of up to {}, {} bytes of state\n",
                  manifest.model, manifest.maxBatch, manifest.stateBytes);
  for (const Program &program : manifest.programs) {
    Totals totals = addUp(program, manifest.maxBatch);
    text += fmt::format(
        "{}: {} kernels in {} phases, {} library calls, {:.4g} MB moved, "
        "{:.4g} MFLOP, arena of {} bytes ({} live at most)\n",
        nameIn(manifest, program), totals.kernels, totals.phases,
        totals.libraryCalls, double(totals.bytes) * 1e-6, totals.flops * 1e-6,
        program.arenaBytes, program.maxLiveBytes);
    Totals again = addUp(program, manifest.maxBatch, /*onlyRecomputed=*/true);
    if (int64_t count = again.kernels + again.libraryCalls)
      text +=
          fmt::format("  of these computed twice to save memory: {} kernels, "
                      "{:.4g} MB moved, {:.4g} MFLOP\n",
                      count, double(again.bytes) * 1e-6, again.flops * 1e-6);
    if (isOnGpu(program))
      text += formatPredictions(kinds, program, manifest.maxBatch);
    if (!rows)
      continue;
    for (const Launch &launch : program.launches) {
      int64_t bytes = countTraffic(program, launch, manifest.maxBatch);
      text += fmt::format(
          "  {:<32} {:<18} {:>12} bytes {:>14.0f} FLOP  {}{}  {}\n",
          launch.name, isKernel(launch) ? launch.pattern : launch.routine,
          bytes, launch.flops, formatGrid(launch, manifest.maxBatch),
          isOnGpu(program) ? formatStream(program, launch) +
                                 formatCosts(kinds, launch, bytes)
                           : "",
          toLine(fmt::format("{}", fmt::join(launch.layers, ", "))));
      for (const std::string &reason : launch.reasons)
        text += fmt::format("      {}\n", toLine(reason));
    }
    text += formatLayers(manifest, program, kinds);
  }
  return text;
}

} // namespace dlc::tool
