// What each layer of a model costs in a step: time, bytes, operations, memory.
#include "tools/dlc/report/LayerCosts.h"
#include "runtime/session/profile/LaunchRow.h"
#include "tools/dlc/report/MemoryMap.h"

#include <algorithm>
#include <map>
#include <set>

namespace dlc::tool {

namespace {

using artifact::Launch;
using artifact::Manifest;
using artifact::Program;
using artifact::State;

class Counter {
public:
  Counter(const Manifest &manifest, const Program &program)
      : manifest(manifest), program(program) {
    for (const State &state : manifest.states)
      if (state.role == State::Role::Weight)
        weights.insert(state.name);
  }

  std::vector<LayerCost> run(const std::vector<double> &seconds) {
    for (size_t i = 0; i < program.launches.size(); ++i)
      add(i, seconds[i]);
    addStates();
    MemoryMap memory = mapMemory(program, manifest.maxBatch);
    for (const auto &[holder, bytes] : memory.listHolders())
      if (auto found = indices.find(ownerOf(holder)); found != indices.end())
        costs[found->second].peakBytes += bytes;
    return std::move(costs);
  }

private:
  /// The layer that owns a weight, else what is named itself.
  std::string ownerOf(std::string_view layer) const {
    std::string path(pathOf(layer));
    return weights.contains(path) ? path.substr(0, path.rfind('/')) : path;
  }

  LayerCost &costOf(const std::string &owner, std::string_view layer) {
    auto [entry, isNew] = indices.try_emplace(owner, costs.size());
    if (isNew)
      costs.emplace_back().layer = owner;
    LayerCost &cost = costs[entry->second];
    // An optimizer names its weights.
    if (cost.kind.empty() && layer != owner && pathOf(layer) == owner)
      cost.kind = layer.substr(0, layer.find(' '));
    return cost;
  }

  void add(size_t index, double seconds) {
    const Launch &launch = program.launches[index];
    std::map<std::string, std::string_view> owners;
    for (const std::string &layer : launch.layers)
      owners.try_emplace(ownerOf(layer), layer);
    if (owners.empty())
      owners.try_emplace("(no layer)", "(no layer)");
    auto share = double(owners.size());
    auto bytes =
        double(profile::countTraffic(program, launch, manifest.maxBatch));
    for (const std::string &layer : launch.layers)
      (void)costOf(ownerOf(layer), layer); // in the launch's order
    for (const auto &[owner, layer] : owners) {
      LayerCost &cost = costOf(owner, layer);
      cost.launches.push_back(index);
      cost.seconds += seconds / share;
      cost.bytes += bytes / share;
      cost.flops += launch.flops / share;
    }
  }

  /// Drops the last part of a path; "" if there is but one.
  static std::string parentOf(const std::string &path) {
    size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
  }

  /// Of "conv1/kernel", and of "optimizer/conv1/kernel/momentum".
  void addStates() {
    constexpr std::string_view prefix = "optimizer/";
    for (const State &state : manifest.states) {
      std::string owner;
      if (state.role == State::Role::Weight)
        owner = parentOf(state.name);
      else if (state.role == State::Role::Optimizer &&
               state.name.starts_with(prefix))
        owner = parentOf(parentOf(state.name.substr(prefix.size())));
      if (auto found = indices.find(owner); found != indices.end())
        costs[found->second].stateBytes +=
            uint64_t(countElements(state.shape)) * sizeOf(state.dtype);
    }
  }

  const Manifest &manifest;
  const Program &program;
  std::set<std::string> weights;
  std::map<std::string, size_t> indices;
  std::vector<LayerCost> costs;
};

} // namespace

std::string_view pathOf(std::string_view layer) {
  size_t space = layer.find(' ');
  return space == std::string_view::npos ? layer : layer.substr(space + 1);
}

std::vector<LayerCost> listLayerCosts(const Manifest &manifest,
                                      const Program &program,
                                      const std::vector<double> &seconds) {
  return Counter(manifest, program).run(seconds);
}

} // namespace dlc::tool
