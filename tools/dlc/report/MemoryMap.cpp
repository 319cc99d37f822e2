// Follows the launches of a program over its arena.
#include "tools/dlc/report/MemoryMap.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace dlc::tool {

namespace {

using artifact::Buffer;
using artifact::Launch;
using artifact::Program;

/// Places in the arena begin at multiples of this.
constexpr uint64_t alignment = 64;

class Follower {
public:
  Follower(const Program &program, int64_t maxBatch)
      : program(program), maxBatch(maxBatch) {}

  MemoryMap run() {
    for (const artifact::Port &port : program.inputs)
      make(port.buffer, 0, fmt::format("input {}", port.name), {});
    for (size_t i = 0; i < program.launches.size(); ++i)
      follow(program.launches[i], i);
    if (!program.launches.empty())
      for (const artifact::Port &port : program.outputs)
        read(port.buffer, program.launches.size() - 1);
    findPeak();
    return std::move(map);
  }

private:
  void follow(const Launch &launch, size_t at) {
    for (uint32_t operand : launch.operands)
      read(operand, at);
    if (launch.scratch)
      make(*launch.scratch, at, fmt::format("scratch of {}", launch.name),
           launch.layers);
    for (size_t r = 0; r < launch.results.size(); ++r)
      make(launch.results[r], at,
           fmt::format("result {} of {}", r, launch.name), launch.layers);
  }

  void read(uint32_t index, size_t at) {
    const Buffer &buffer = program.buffers[index];
    if (auto found = current.find(buffer.offset);
        buffer.region == Buffer::Region::Arena && found != current.end())
      map.placements[found->second].last = at;
  }

  void make(uint32_t index, size_t at, std::string name,
            std::vector<std::string> layers) {
    const Buffer &buffer = program.buffers[index];
    if (buffer.region != Buffer::Region::Arena)
      return;
    uint64_t bytes =
        uint64_t(countElements(buffer.shape, maxBatch)) * sizeOf(buffer.dtype);
    auto [place, isNew] =
        current.try_emplace(buffer.offset, map.placements.size());
    if (!isNew) {
      Placement &before = map.placements[place->second];
      if (before.last == at && before.first < at)
        before.last = at - 1;
      place->second = map.placements.size();
    }
    map.placements.push_back(
        {std::move(name), std::move(layers), buffer.offset, bytes, at, at});
  }

  void findPeak() {
    // An input is there even if nothing is launched.
    std::vector<int64_t> change(program.launches.size() + 2, 0);
    for (const Placement &placement : map.placements) {
      auto bytes =
          int64_t((placement.bytes + alignment - 1) / alignment * alignment);
      change[placement.first] += bytes;
      change[placement.last + 1] -= bytes;
    }
    int64_t live = 0;
    for (size_t i = 0; i < program.launches.size(); ++i) {
      live += change[i];
      if (uint64_t(live) > map.peakBytes) {
        map.peakBytes = uint64_t(live);
        map.peak = i;
      }
    }
  }

  const Program &program;
  int64_t maxBatch;
  MemoryMap map;
  std::map<uint64_t, size_t> current; // what was made last at an offset
};

} // namespace

std::vector<std::pair<std::string, uint64_t>> MemoryMap::listHolders() const {
  std::vector<std::pair<std::string, uint64_t>> holders;
  for (const Placement &placement : placements) {
    if (placement.first > peak || placement.last < peak)
      continue;
    const std::string &holder =
        placement.layers.empty() ? placement.name : placement.layers.front();
    auto found = std::ranges::find(holders, holder,
                                   &std::pair<std::string, uint64_t>::first);
    if (found == holders.end())
      holders.emplace_back(holder, placement.bytes);
    else
      found->second += placement.bytes;
  }
  std::ranges::stable_sort(holders, std::ranges::greater(),
                           &std::pair<std::string, uint64_t>::second);
  return holders;
}

MemoryMap mapMemory(const artifact::Program &program, int64_t maxBatch) {
  return Follower(program, maxBatch).run();
}

} // namespace dlc::tool
