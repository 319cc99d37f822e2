// What an artifact takes of a GPU's memory, for the error when it does not fit.
#include "runtime/cuda/Budget.h"

#include "runtime/cuda/Inputs.h"
#include "runtime/cuda/StepResults.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace dlc::cuda {
namespace {

using artifact::Buffer;
using artifact::Launch;
using artifact::Manifest;
using artifact::Port;
using artifact::Program;

/// The program with the largest arena: it decides.
const Program *findLargest(const Manifest &manifest) {
  const Program *largest = nullptr;
  for (const Program &program : manifest.programs)
    if (program.device == artifact::onCuda &&
        (!largest || program.arenaBytes > largest->arenaBytes))
      largest = &program;
  return largest;
}

/// When a buffer holds a value, as positions in the order of launches.
struct Life {
  size_t first = SIZE_MAX, last = 0;
  const Launch *maker = nullptr; // none for inputs

  void touch(size_t at) {
    first = std::min(first, at);
    last = std::max(last, at);
  }
};

std::vector<Life> findLives(const Program &program) {
  std::vector<Life> lives(program.buffers.size());
  for (const Port &port : program.inputs)
    lives[port.buffer].touch(0);
  for (size_t i = 0; i < program.launches.size(); ++i) {
    const Launch &launch = program.launches[i];
    auto make = [&](uint32_t buffer) {
      if (lives[buffer].first == SIZE_MAX)
        lives[buffer].maker = &launch;
      lives[buffer].touch(i);
    };
    for (uint32_t buffer : launch.operands)
      lives[buffer].touch(i);
    std::ranges::for_each(launch.results, make);
    if (launch.scratch)
      make(*launch.scratch);
  }
  for (const Port &port : program.outputs)
    lives[port.buffer].touch(program.launches.size());
  return lives;
}

/// The arena's buffers that hold values at once where they are most; of those
/// that share their place, the largest.
std::vector<std::pair<uint32_t, uint64_t>>
findPeak(const Program &program, const std::vector<Life> &lives,
         int64_t maxBatch) {
  std::vector<std::pair<uint32_t, uint64_t>> peak;
  uint64_t most = 0;
  for (size_t at = 0; at < program.launches.size(); ++at) {
    std::map<uint64_t, std::pair<uint32_t, uint64_t>> live; // by offset
    for (uint32_t i = 0; i < program.buffers.size(); ++i) {
      const Buffer &buffer = program.buffers[i];
      if (buffer.region != Buffer::Region::Arena || at < lives[i].first ||
          at > lives[i].last)
        continue;
      uint64_t bytes = uint64_t(countElements(buffer.shape, maxBatch)) *
                       sizeOf(buffer.dtype);
      auto [it, isNew] = live.try_emplace(buffer.offset, i, bytes);
      if (!isNew && bytes > it->second.second)
        it->second = {i, bytes};
    }
    uint64_t sum = 0;
    for (const auto &[offset, buffer] : live)
      sum += buffer.second;
    if (sum <= most)
      continue;
    most = sum;
    peak.clear();
    for (const auto &[offset, buffer] : live)
      peak.push_back(buffer);
  }
  return peak;
}

/// Which part of the arena grows with the batch.
double shareOfBatch(const Manifest &manifest) {
  const Program *program = findLargest(manifest);
  if (!program)
    return 0;
  double growing = 0, all = 0;
  for (auto [index, bytes] :
       findPeak(*program, findLives(*program), manifest.maxBatch)) {
    all += double(bytes);
    if (std::ranges::count(program->buffers[index].shape, batchDim) > 0)
      growing += double(bytes);
  }
  return all > 0 ? growing / all : 0;
}

std::string formatBytes(uint64_t bytes) {
  if (bytes >= uint64_t(1) << 30)
    return fmt::format("{:.1f} GiB", double(bytes) / double(1 << 30));
  if (bytes >= 10 << 20)
    return fmt::format("{} MiB", bytes >> 20);
  return fmt::format("{} bytes", bytes);
}

} // namespace

Budget countMemory(const Manifest &manifest, int64_t steps) {
  const Program *largest = findLargest(manifest);
  return {manifest.stateBytes, largest ? largest->arenaBytes : 0,
          Inputs::bytesFor(manifest, steps) +
              StepResults::bytesFor(manifest, steps)};
}

int64_t estimateSteps(const Manifest &manifest, uint64_t available) {
  // What is kept of a step is a few bytes, which the division leaves.
  Budget one = countMemory(manifest), two = countMemory(manifest, 2);
  if (one.total() > available)
    return 0;
  uint64_t each = std::max<uint64_t>(1, two.total() - one.total());
  return 1 + int64_t((available - one.total()) / each);
}

int64_t estimateBatch(const Manifest &manifest, uint64_t available) {
  Budget budget = countMemory(manifest);
  double growing =
      double(budget.arena) * shareOfBatch(manifest) + double(budget.inputs);
  double fixed = double(budget.total()) - growing;
  if (double(available) < fixed)
    return 0;
  if (growing == 0)
    return manifest.maxBatch;
  double batch =
      (double(available) - fixed) / growing * double(manifest.maxBatch);
  return std::min(manifest.maxBatch, int64_t(batch));
}

std::vector<std::pair<std::string, uint64_t>>
listLargestLayers(const Manifest &manifest, size_t count) {
  const Program *program = findLargest(manifest);
  std::map<std::string, uint64_t> sums;
  if (program) {
    std::vector<Life> lives = findLives(*program);
    for (auto [index, bytes] : findPeak(*program, lives, manifest.maxBatch)) {
      const Launch *maker = lives[index].maker;
      if (maker && !maker->layers.empty())
        sums[maker->layers.front()] += bytes;
    }
  }
  std::vector<std::pair<std::string, uint64_t>> layers(sums.begin(),
                                                       sums.end());
  std::ranges::sort(layers, [](const auto &a, const auto &b) {
    return std::pair(b.second, a.first) < std::pair(a.second, b.first);
  });
  layers.resize(std::min(count, layers.size()));
  return layers;
}

Error explainMemory(const Manifest &manifest, const MemoryState &memory,
                    const std::string &thing) {
  Budget budget = countMemory(manifest, memory.steps);
  std::vector<std::string> layers;
  for (const auto &[layer, bytes] : listLargestLayers(manifest, 3))
    layers.push_back(fmt::format("{} of \"{}\"", formatBytes(bytes), layer));
  std::string most = layers.empty() ? ""
                                    : fmt::format(" (at its fullest {})",
                                                  fmt::join(layers, ", "));
  std::string inputs =
      memory.steps > 1
          ? fmt::format("inputs of {} steps at a launch", memory.steps)
          : "inputs";
  std::string needs = fmt::format(
      "batches of {} need {}: {} for weights and optimizer state, {} for a "
      "step{}, {} for {}",
      manifest.maxBatch, formatBytes(budget.total()),
      formatBytes(budget.states), formatBytes(budget.arena), most,
      formatBytes(budget.inputs), inputs);
  Error error;
  error.thing = fmt::format("GPU \"{}\"", memory.gpu);
  error.value = fmt::format("has {} of {} free", formatBytes(memory.available),
                            formatBytes(memory.total));
  error.limit = needs;
  if (budget.total() <= memory.available) {
    error.limit += fmt::format(", and there is no room for {}", thing);
    error.remedy = "compile the model with a smaller --batch, or free memory "
                   "on the GPU, which other programs use";
    return error;
  }
  int64_t steps = estimateSteps(manifest, memory.available);
  int64_t batch = estimateBatch(manifest, memory.available);
  if (memory.steps > 1 && steps > 0)
    error.remedy =
        fmt::format("choose --steps-per-launch {}, which should fit", steps);
  else if (batch == 0)
    error.remedy = "no batch fits: use another GPU or a smaller model";
  else
    error.remedy = fmt::format(
        "compile the model with --batch {}, which should fit", batch);
  return error;
}

} // namespace dlc::cuda
