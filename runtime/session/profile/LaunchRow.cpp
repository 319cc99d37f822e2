// What one launch of a program is, as numbers.
#include "runtime/session/profile/LaunchRow.h"

#include <algorithm>
#include <map>

namespace dlc::profile {

using artifact::Buffer;
using artifact::Launch;
using artifact::Program;

namespace {

/// Of a CPU, realised: what two cores of the machine of docs/measurements give.
constexpr double cpuBytesPerSecond = 20e9, cpuFlopsPerSecond = 250e9,
                 cpuLaunchSeconds = 4e-6;

int64_t bytesOf(const Buffer &buffer, int64_t batch) {
  return countElements(buffer.shape, batch) * int64_t(sizeOf(buffer.dtype));
}

} // namespace

int64_t countTraffic(const Program &program, const Launch &launch,
                     int64_t batch) {
  int64_t total = 0;
  for (const auto *list : {&launch.operands, &launch.results}) {
    std::map<std::pair<Buffer::Region, uint64_t>, int64_t> places;
    for (uint32_t index : *list) {
      const Buffer &buffer = program.buffers[index];
      int64_t &bytes = places[{buffer.region, buffer.offset}];
      bytes = std::max(bytes, bytesOf(buffer, batch));
    }
    for (const auto &[place, bytes] : places)
      total += bytes;
  }
  return total;
}

const char *nameLibrary(const Launch &launch) {
  return launch.product ? "cuBLASLt" : launch.convolution ? "cuDNN" : nullptr;
}

bool isRecomputed(const Launch &launch) {
  size_t at = launch.name.rfind("_again");
  return at != std::string::npos &&
         launch.name.find_first_not_of("0123456789", at + 6) ==
             std::string::npos;
}

std::vector<int64_t> gridOf(const Launch &launch, int64_t batch) {
  std::vector<int64_t> grid;
  for (const Launch::Stage &stage : launch.stages)
    grid.push_back(stage.extent.trips * (stage.extent.timesBatch ? batch : 1));
  for (const artifact::DeviceStage &stage : launch.deviceStages) {
    int64_t trips = stage.extent.trips * (stage.extent.timesBatch ? batch : 1);
    grid.push_back((trips + stage.perBlock - 1) / stage.perBlock * stage.gridY *
                   stage.gridZ);
  }
  return grid;
}

double predictOnHost(const Launch &launch, int64_t bytes) {
  return std::max(double(bytes) / cpuBytesPerSecond,
                  launch.flops / cpuFlopsPerSecond) +
         cpuLaunchSeconds;
}

Json rowToJson(const Program &program, const Launch &launch, int64_t batch) {
  bool isKernel = launch.kind == Launch::Kind::Kernel;
  Json row;
  row["name"] = launch.name;
  row["pattern"] = isKernel ? launch.pattern : launch.routine;
  row["library"] = !isKernel;
  // Of a GPU's, whose kernels are ours otherwise.
  const char *library = nameLibrary(launch);
  row["by"] = library ? Json(library) : Json(nullptr);
  row["layers"] = launch.layers;
  row["bytes"] = countTraffic(program, launch, batch);
  row["flops"] = launch.flops;
  row["grid"] = gridOf(launch, batch);
  row["recomputed"] = isRecomputed(launch);
  row["stream"] = launch.stream;
  row["waits"] = launch.waits;
  if (!launch.reasons.empty())
    row["reasons"] = launch.reasons;
  // Known for GPU kernels only.
  for (const char *key : {"registers", "spills", "stack_bytes", "shared_memory",
                          "occupancy", "predicted_time"})
    row[key] = nullptr;
  if (program.device == artifact::onHost)
    row["predicted_time"] = predictOnHost(launch, row["bytes"].get<int64_t>());
  return row;
}

} // namespace dlc::profile
