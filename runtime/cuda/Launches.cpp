// The launches of a program, bound to memory and code on a GPU.
#include "runtime/cuda/Launches.h"

#include <algorithm>

namespace dlc::cuda {

using artifact::DeviceStage;
using artifact::Launch;

/// Gives a call what is left of its launch's scratch buffer behind the first
/// `used` bytes, from where the library aligns memory.
static void findWorkspace(auto &places, const artifact::Program &program,
                          const Launch &launch, DevicePointer begin,
                          uint64_t used) {
  constexpr DevicePointer alignment = 256;
  const artifact::Buffer &scratch = program.buffers[*launch.scratch];
  DevicePointer end = begin + DevicePointer(countElements(scratch.shape, 1)) *
                                  sizeOf(scratch.dtype);
  places.workspace = (begin + used + alignment - 1) / alignment * alignment;
  if (places.workspace < end)
    places.workspaceBytes = size_t(end - places.workspace);
}

static ProductPlaces findPlaces(const artifact::Program &program,
                                const Launch &launch,
                                const std::vector<DevicePointer> &pointers) {
  ProductPlaces places{pointers[0], pointers[1]};
  if (launch.product->bias)
    places.bias = pointers[2];
  places.result = pointers[launch.operands.size()];
  if (launch.scratch)
    findWorkspace(places, program, launch, pointers.back(), 0);
  return places;
}

/// The library's kernel is what the stage makes of ours in scratch, or what it
/// is to make ours of.
static ConvolutionPlaces
findConvolution(const artifact::Program &program, const Launch &launch,
                const std::vector<DevicePointer> &pointers) {
  using Direction = artifact::LibraryConvolution::Direction;
  bool makesKernel = launch.convolution->direction == Direction::KernelGrad;
  ConvolutionPlaces places{pointers[0], pointers[1]};
  if (launch.convolution->bias)
    places.bias = pointers[2];
  places.result = pointers[launch.operands.size()];
  uint32_t kernel = makesKernel ? launch.results[0] : launch.operands[1];
  (makesKernel ? places.result : places.second) = pointers.back();
  const artifact::Buffer &buffer = program.buffers[kernel];
  findWorkspace(places, program, launch, pointers.back(),
                uint64_t(countElements(buffer.shape, 1)) *
                    sizeOf(buffer.dtype));
  return places;
}

Expected<Launches> Launches::bind(const Driver &driver, const Module &module,
                                  const UsedLibraries &libraries,
                                  const artifact::Program &program,
                                  const Regions &regions) {
  Launches launches(driver, program);
  for (const Launch &launch : program.launches) {
    Bound bound{&launch, {}, 0, {}, {}, {}, {}};
    auto add = [&](uint32_t index) {
      bound.pointers.push_back(regions.address(program.buffers[index]));
    };
    std::ranges::for_each(launch.operands, add);
    std::ranges::for_each(launch.results, add);
    if (launch.scratch)
      add(*launch.scratch);
    for (const DeviceStage &stage : launch.deviceStages) {
      auto function = module.find(stage.symbol, stage.sharedBytes);
      if (!function) {
        Error error = function.error();
        error.thing = nameLaunch(program, launch) + ": " + error.thing;
        return Unexpected(error);
      }
      bound.stages.push_back({&stage, *function});
    }
    if (launch.product)
      bound.product.emplace(*libraries.cublasLt.opened,
                            libraries.cublasLt.handle, *launch.product,
                            findPlaces(program, launch, bound.pointers));
    if (launch.convolution)
      bound.convolution.emplace(
          *libraries.cudnn.opened, libraries.cudnn.handle, *launch.convolution,
          findConvolution(program, launch, bound.pointers));
    launches.bound.push_back(std::move(bound));
  }
  return launches;
}

Expected<void> Launches::prepare(int64_t n) {
  Expected<void> prepared;
  auto prepareCall = [&](const Bound &launch, auto &call) {
    if (call && prepared)
      prepared = call->prepare(n, nameLaunch(*program, *launch.launch));
  };
  for (Bound &launch : bound) {
    prepareCall(launch, launch.product);
    prepareCall(launch, launch.convolution);
  }
  return prepared;
}

/// Addresses never change, so the tables of all launches are written once.
Result Launches::makeTables() {
  std::vector<DevicePointer> all;
  auto wantsTable = [](const Bound &launch) {
    return std::ranges::any_of(
        launch.stages, [](const Stage &stage) { return stage.stage->table; });
  };
  for (const Bound &launch : bound)
    if (wantsTable(launch))
      all.insert(all.end(), launch.pointers.begin(), launch.pointers.end());
  if (all.empty())
    return Success;
  const size_t bytes = all.size() * sizeof(DevicePointer);
  Stream stream;
  Result result = make(tables, *driver, &Functions::cuMemAlloc_v2, bytes);
  if (result == Success)
    result = make(stream, *driver, &Functions::cuStreamCreate,
                  unsigned(StreamNonBlocking));
  if (result == Success)
    result = driver->call.cuMemcpyHtoDAsync_v2(tables.get(), all.data(), bytes,
                                               stream.get());
  if (result == Success)
    result = driver->call.cuStreamSynchronize(stream.get());
  DevicePointer next = tables.get();
  for (Bound &launch : bound)
    if (wantsTable(launch)) {
      launch.table = next;
      next += launch.pointers.size() * sizeof(DevicePointer);
    }
  return result;
}

Result Launches::enqueue(size_t i, int64_t n, StreamHandle stream) const {
  const Bound &launch = bound[i];
  if (launch.product)
    return launch.product->enqueue(n, stream);
  if (launch.convolution)
    return enqueueConvolution(launch, n, stream);
  return enqueueStages(launch, n, stream);
}

/// With the stage that turns the kernel round before or behind it.
Result Launches::enqueueConvolution(const Bound &launch, int64_t n,
                                    StreamHandle stream) const {
  bool isFirst = launch.convolution->makesKernel();
  Result result = isFirst ? launch.convolution->enqueue(n, stream)
                          : enqueueStages(launch, n, stream);
  if (result != Success)
    return result;
  return isFirst ? enqueueStages(launch, n, stream)
                 : launch.convolution->enqueue(n, stream);
}

Result Launches::enqueueStages(const Bound &launch, int64_t n,
                               StreamHandle stream) const {
  auto samples = int32_t(n);
  for (const auto &[stage, function] : launch.stages) {
    int64_t trips = stage->extent.trips * (stage->extent.timesBatch ? n : 1);
    int64_t blocks = (trips + stage->perBlock - 1) / stage->perBlock;
    if (blocks == 0) // A grid of no blocks is an error.
      continue;
    std::vector<void *> parameters;
    auto add = [&](const DevicePointer &pointer) {
      parameters.push_back(const_cast<DevicePointer *>(&pointer));
    };
    if (stage->table)
      add(launch.table);
    else
      std::ranges::for_each(launch.pointers, add);
    parameters.push_back(&samples);
    Result result = driver->call.cuLaunchKernel(
        function, unsigned(blocks), stage->gridY, stage->gridZ, stage->threads,
        1, 1, stage->sharedBytes, stream, parameters.data(), nullptr);
    if (result != Success)
      return result;
  }
  return Success;
}

//===-- Launches side by side ---------------------------------------------===//

Result Launches::makeStreams() {
  auto makeEvent = [&](Event &event) {
    return event.get() ? Success
                       : make(event, *driver, &Functions::cuEventCreate,
                              unsigned(EventDisableTiming));
  };
  uint32_t last = 0;
  for (const Bound &launch : bound)
    last = std::max(last, launch.launch->stream);
  Result result = last > 0 ? makeEvent(begin) : Success;
  for (uint32_t i = 0; i < last && result == Success; ++i) {
    Branch &branch = branches.emplace_back();
    result = make(branch.stream, *driver, &Functions::cuStreamCreate,
                  unsigned(StreamNonBlocking));
    if (result == Success)
      result = makeEvent(branch.end);
  }
  for (const Bound &launch : bound)
    for (uint32_t other : launch.launch->waits)
      if (result == Success)
        result = makeEvent(bound[other].over);
  return result;
}

/// After what it waits for, with a mark for what waits for it.
Result Launches::enqueueBeside(size_t i, int64_t n, StreamHandle stream) const {
  const Functions &call = driver->call;
  Result result = Success;
  for (uint32_t other : bound[i].launch->waits)
    if (result == Success)
      result = call.cuStreamWaitEvent(stream, bound[other].over.get(), 0);
  if (result == Success)
    result = enqueue(i, n, stream);
  if (result == Success && bound[i].over.get())
    result = call.cuEventRecord(bound[i].over.get(), stream);
  return result;
}

Result Launches::enqueueAll(int64_t n, StreamHandle stream) const {
  const Functions &call = driver->call;
  Result result =
      branches.empty() ? Success : call.cuEventRecord(begin.get(), stream);
  for (const Branch &branch : branches)
    if (result == Success)
      result = call.cuStreamWaitEvent(branch.stream.get(), begin.get(), 0);
  for (size_t i = 0; i < bound.size() && result == Success; ++i) {
    uint32_t number = bound[i].launch->stream;
    result = enqueueBeside(
        i, n, number == 0 ? stream : branches[number - 1].stream.get());
  }
  for (const Branch &branch : branches) {
    if (result == Success)
      result = call.cuEventRecord(branch.end.get(), branch.stream.get());
    if (result == Success)
      result = call.cuStreamWaitEvent(stream, branch.end.get(), 0);
  }
  return result;
}

} // namespace dlc::cuda
