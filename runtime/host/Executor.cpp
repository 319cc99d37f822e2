// Runs the programs of an artifact on this CPU.
#include "runtime/host/Executor.h"

#include "runtime/core/Region.h"
#include "runtime/host/Freed.h"
#include "runtime/host/HostModule.h"
#include "runtime/host/Parallel.h"
#include "runtime/host/library/Library.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>

namespace dlc::host {
namespace {

using artifact::Artifact;
using artifact::Buffer;
using artifact::Extent;
using artifact::Launch;
using artifact::nameLaunch;
using artifact::Program;

/// A kernel that moves fewer bytes than this runs on one thread: waking the
/// others takes longer.
constexpr int64_t soloBytes = 32 << 10;

/// Batches of a program that stay prepared: the largest, and the latest of
/// the others.
constexpr size_t keptBatches = 8;

struct BoundStage {
  KernelFunction function;
  Extent extent;
};

/// A launch with its addresses and symbols resolved.
struct BoundLaunch {
  const Launch *launch;
  std::vector<char *> addresses;
  std::vector<BoundStage> stages;
  int64_t fixedBytes = 0, bytesPerSample = 0; // that a run moves
};

/// What the library made for one batch size: a call for each library launch.
struct Batch {
  int64_t n = 0;
  uint64_t lastUse = 0;
  std::vector<std::unique_ptr<Call>> calls; // null for kernels
};

struct BoundProgram {
  const Program *program;
  std::vector<BoundLaunch> launches;
  std::vector<Batch> batches;
  std::vector<double> milliseconds = {}; // of each launch, while profiled
  /// What to fill with NaN after each launch; empty unless poisoned.
  std::vector<std::vector<ByteRange>> freed = {};
};

Shape shapeAt(const Buffer &buffer, int64_t n) {
  Shape shape = buffer.shape;
  std::ranges::replace(shape, batchDim, n);
  return shape;
}

} // namespace

struct Executor::Impl {
  const Artifact &artifact;
  int threads;
  bool poison;
  HostModule module;
  Library library;
  Region arena;
  std::shared_ptr<const Region> states; // of all forks
  Region scratch = {};
  std::vector<BoundProgram> programs = {};
  uint64_t uses = 0;

  std::byte *address(const Buffer &buffer) const {
    const Region &region =
        buffer.region == Buffer::Region::State ? *states : arena;
    return region.data() + buffer.offset;
  }
  std::byte *address(const Program &program, uint32_t buffer) const {
    return address(program.buffers[buffer]);
  }

  Expected<void> bindPrograms(std::optional<size_t> only = std::nullopt);
  Expected<BoundLaunch> bind(const Program &program, const Launch &launch);
  Expected<std::unique_ptr<Call>> makeCall(const Program &program,
                                           const Launch &launch, int64_t n);
  Expected<Batch *> findBatch(size_t program, int64_t n);
  Expected<void> growScratch(size_t bytes);
  void dropOldBatch(BoundProgram &program);
  void fillWithNaN(const Program &program, int64_t n);
  void fillFreed(const BoundProgram &bound, size_t launch);
  void runKernel(const BoundLaunch &bound, int64_t n) const;
};

/// Those of the host, or one of them. Others keep their index and are never
/// run.
Expected<void> Executor::Impl::bindPrograms(std::optional<size_t> only) {
  const std::vector<Program> &all = artifact.manifest.programs;
  for (size_t i = 0; i < all.size(); ++i) {
    BoundProgram bound{&all[i], {}, {}};
    if (all[i].device == artifact::onHost && (!only || *only == i)) {
      for (const Launch &launch : all[i].launches) {
        auto made = bind(all[i], launch);
        if (!made)
          return Unexpected(made.error());
        bound.launches.push_back(std::move(*made));
      }
      if (poison)
        bound.freed = findFreed(all[i], artifact.manifest.maxBatch);
    }
    programs.push_back(std::move(bound));
  }
  return {};
}

Expected<BoundLaunch> Executor::Impl::bind(const Program &program,
                                           const Launch &launch) {
  BoundLaunch bound{&launch, {}, {}};
  auto add = [&](uint32_t index) {
    const Buffer &buffer = program.buffers[index];
    bound.addresses.push_back(reinterpret_cast<char *>(address(buffer)));
    int64_t bytes = countElements(buffer.shape, 1) * sizeOf(buffer.dtype);
    bool perSample = std::ranges::count(buffer.shape, batchDim) > 0;
    (perSample ? bound.bytesPerSample : bound.fixedBytes) += bytes;
  };
  std::ranges::for_each(launch.operands, add);
  std::ranges::for_each(launch.results, add);
  if (launch.scratch)
    add(*launch.scratch);
  for (const Launch::Stage &stage : launch.stages) {
    auto function = module.find(stage.symbol);
    if (!function) {
      Error error = function.error();
      error.thing = nameLaunch(program, launch) + ": " + error.thing;
      return Unexpected(error);
    }
    bound.stages.push_back({*function, stage.extent});
  }
  return bound;
}

Expected<std::unique_ptr<Call>> Executor::Impl::makeCall(const Program &program,
                                                         const Launch &launch,
                                                         int64_t n) {
  CallSpec spec;
  spec.thing = nameLaunch(program, launch);
  spec.routine = launch.routine;
  spec.config = launch.config;
  auto argument = [&](uint32_t index) {
    const Buffer &buffer = program.buffers[index];
    return Argument{buffer.dtype, shapeAt(buffer, n), address(buffer)};
  };
  for (uint32_t index : launch.operands)
    spec.operands.push_back(argument(index));
  for (uint32_t index : launch.results)
    spec.results.push_back(argument(index));
  return library.make(spec);
}

/// The scratch lies behind nothing that is fixed, so that it may move when a
/// batch wants more of it.
Expected<void> Executor::Impl::growScratch(size_t bytes) {
  if (bytes > scratch.size()) {
    auto grown = Region::create(bytes, "scratch memory of the library");
    if (!grown)
      return Unexpected(grown.error());
    scratch = std::move(*grown);
    for (BoundProgram &program : programs)
      for (Batch &batch : program.batches)
        for (std::unique_ptr<Call> &call : batch.calls)
          if (call)
            call->bindScratch(scratch.data());
  }
  return {};
}

void Executor::Impl::dropOldBatch(BoundProgram &program) {
  if (program.batches.size() <= keptBatches)
    return;
  auto largest = std::ranges::max_element(program.batches, {}, &Batch::n);
  auto oldest = program.batches.end();
  for (auto it = program.batches.begin(); it != program.batches.end(); ++it)
    if (it != largest &&
        (oldest == program.batches.end() || it->lastUse < oldest->lastUse))
      oldest = it;
  program.batches.erase(oldest);
}

Expected<Batch *> Executor::Impl::findBatch(size_t index, int64_t n) {
  BoundProgram &bound = programs[index];
  ++uses;
  for (Batch &batch : bound.batches)
    if (batch.n == n) {
      batch.lastUse = uses;
      return &batch;
    }
  if (n < 1 || n > artifact.manifest.maxBatch)
    return fail("batch", fmt::format("has {} samples", n),
                fmt::format("the model was compiled for 1 to {}",
                            artifact.manifest.maxBatch),
                "use smaller batches or compile with a larger --batch");
  Batch batch{n, uses, {}};
  size_t scratchBytes = 0;
  for (const BoundLaunch &launch : bound.launches) {
    std::unique_ptr<Call> call;
    if (launch.launch->kind == Launch::Kind::Library) {
      auto made = makeCall(*bound.program, *launch.launch, n);
      if (!made)
        return Unexpected(made.error());
      call = std::move(*made);
      scratchBytes = std::max(scratchBytes, call->scratchBytes());
    }
    batch.calls.push_back(std::move(call));
  }
  if (auto grown = growScratch(scratchBytes); !grown)
    return Unexpected(grown.error());
  for (std::unique_ptr<Call> &call : batch.calls)
    if (call)
      call->bindScratch(scratch.data());
  bound.batches.push_back(std::move(batch));
  dropOldBatch(bound);
  return &*std::ranges::find(bound.batches, n, &Batch::n);
}

void Executor::Impl::fillWithNaN(const Program &program, int64_t n) {
  // All bits set is a NaN.
  std::vector<std::pair<size_t, size_t>> inputs;
  for (const artifact::Port &port : program.inputs) {
    const Buffer &buffer = program.buffers[port.buffer];
    if (buffer.region == Buffer::Region::Arena)
      inputs.emplace_back(buffer.offset,
                          buffer.offset + countElements(buffer.shape, n) *
                                              sizeOf(buffer.dtype));
  }
  std::ranges::sort(inputs);
  size_t place = 0;
  for (auto [begin, end] : inputs) {
    if (begin > place)
      std::memset(arena.data() + place, 0xff, begin - place);
    place = std::max(place, end);
  }
  if (arena.size() > place)
    std::memset(arena.data() + place, 0xff, arena.size() - place);
  if (scratch.size() > 0)
    std::memset(scratch.data(), 0xff, scratch.size());
}

void Executor::Impl::fillFreed(const BoundProgram &bound, size_t launch) {
  for (ByteRange range : bound.freed[launch])
    std::memset(arena.data() + range.begin, 0xff, range.end - range.begin);
  if (scratch.size() > 0)
    std::memset(scratch.data(), 0xff, scratch.size());
}

void Executor::Impl::runKernel(const BoundLaunch &bound, int64_t n) const {
  bool solo = bound.fixedBytes + n * bound.bytesPerSample < soloBytes;
  for (const BoundStage &stage : bound.stages) {
    int64_t extent = stage.extent.trips * (stage.extent.timesBatch ? n : 1);
    // Cuts of long loops fall on cache lines where iterations are elements.
    int64_t grain = extent >= 256 * threads ? 16 : 1;
    parallelFor(solo ? 1 : threads, extent, grain,
                [&](int64_t begin, int64_t end) {
                  stage.function(bound.addresses.data(), n, begin, end);
                });
  }
}

Executor::Executor(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Executor::Executor(Executor &&) noexcept = default;
Executor &Executor::operator=(Executor &&) noexcept = default;
Executor::~Executor() = default;

Expected<Executor> Executor::create(const Artifact &artifact,
                                    const ExecutorOptions &options) {
  const artifact::Manifest &manifest = artifact.manifest;
  int threads = limitThreads(options.threads);
  auto module = HostModule::load(artifact);
  if (!module)
    return Unexpected(module.error());
  auto library = Library::create(threads);
  if (!library)
    return Unexpected(library.error());
  uint64_t arenaBytes = 0;
  for (const Program &program : manifest.programs)
    if (program.device == artifact::onHost)
      arenaBytes = std::max(arenaBytes, program.arenaBytes);
  auto arena = Region::create(arenaBytes, "memory for a step");
  if (!arena)
    return Unexpected(arena.error());
  auto states = Region::create(manifest.stateBytes, "memory for weights");
  if (!states)
    return Unexpected(states.error());

  std::unique_ptr<Impl> impl(
      new Impl{artifact, threads, options.poison, std::move(*module),
               std::move(*library), std::move(*arena),
               std::make_shared<const Region>(std::move(*states))});
  if (auto bound = impl->bindPrograms(); !bound)
    return Unexpected(bound.error());
  return Executor(std::move(impl));
}

Expected<void> Executor::prepare(size_t program, int64_t n) {
  if (auto batch = impl->findBatch(program, n); !batch)
    return Unexpected(batch.error());
  return {};
}

Expected<int64_t> Executor::reserveSteps(size_t, int64_t) { return 1; }

Expected<void> Executor::run(size_t index, int64_t n, int64_t) {
  auto found = impl->findBatch(index, n);
  if (!found)
    return Unexpected(found.error());
  const Batch &batch = **found;
  BoundProgram &bound = impl->programs[index];
  if (impl->poison)
    impl->fillWithNaN(*bound.program, n);
  ThreadCount guard(impl->threads);
  bool profiled = !bound.milliseconds.empty();
  using Clock = std::chrono::steady_clock;
  Clock::time_point last = profiled ? Clock::now() : Clock::time_point();
  for (size_t i = 0; i < bound.launches.size(); ++i) {
    if (!batch.calls[i])
      impl->runKernel(bound.launches[i], n);
    else if (auto ran = batch.calls[i]->run(); !ran)
      return ran;
    if (impl->poison)
      impl->fillFreed(bound, i);
    if (profiled) {
      Clock::time_point now = Clock::now();
      bound.milliseconds[i] +=
          std::chrono::duration<double, std::milli>(now - last).count();
      last = now;
    }
  }
  return {};
}

Expected<std::unique_ptr<Device>> Executor::fork(size_t index) {
  const Program &program = *impl->programs[index].program;
  auto isState = [&](uint32_t buffer) {
    return program.buffers[buffer].region == Buffer::Region::State;
  };
  for (const Launch &launch : program.launches)
    if (std::ranges::any_of(launch.results, isState))
      return std::unique_ptr<Device>();
  auto library = Library::create(impl->threads);
  if (!library)
    return Unexpected(library.error());
  auto arena = Region::create(program.arenaBytes, "memory for a step");
  if (!arena)
    return Unexpected(arena.error());
  std::unique_ptr<Impl> fork(
      new Impl{impl->artifact, impl->threads, impl->poison, impl->module,
               std::move(*library), std::move(*arena), impl->states});
  if (auto bound = fork->bindPrograms(index); !bound)
    return Unexpected(bound.error());
  return std::unique_ptr<Device>(new Executor(std::move(fork)));
}

void Executor::startProfile(size_t program) {
  BoundProgram &bound = impl->programs[program];
  bound.milliseconds.assign(bound.launches.size(), 0);
}

const std::vector<double> &Executor::profile(size_t program) const {
  return impl->programs[program].milliseconds;
}

Expected<std::byte *> Executor::stageInput(size_t program, uint32_t buffer,
                                           int64_t) {
  return this->buffer(program, buffer);
}

Expected<void> Executor::finish() { return {}; }

Expected<void> Executor::readBuffer(size_t program, uint32_t buffer,
                                    std::span<std::byte> to) {
  std::memcpy(to.data(), this->buffer(program, buffer), to.size());
  return {};
}

Expected<void> Executor::readSteps(size_t program, uint32_t buffer,
                                   std::span<std::byte> to) {
  return readBuffer(program, buffer, to);
}

Expected<void> Executor::readState(size_t state, std::span<std::byte> to) {
  std::memcpy(to.data(), this->state(state), to.size());
  return {};
}

Expected<void> Executor::writeState(size_t state,
                                    std::span<const std::byte> from) {
  std::memcpy(this->state(state), from.data(), from.size());
  return {};
}

std::byte *Executor::buffer(size_t program, uint32_t buffer) const {
  return impl->address(*impl->programs[program].program, buffer);
}

std::byte *Executor::state(size_t state) const {
  return impl->states->data() + impl->artifact.manifest.states[state].offset;
}

int Executor::threads() const { return impl->threads; }
const std::string &Executor::cpu() const { return impl->module.cpu(); }
size_t Executor::arenaBytes() const {
  return impl->arena.size() + impl->scratch.size();
}

std::vector<std::pair<std::string, std::string>>
Executor::describeCalls(size_t program, int64_t n) const {
  std::vector<std::pair<std::string, std::string>> result;
  const BoundProgram &bound = impl->programs[program];
  auto batch = std::ranges::find(bound.batches, n, &Batch::n);
  if (batch != bound.batches.end())
    for (size_t i = 0; i < bound.launches.size(); ++i)
      if (batch->calls[i])
        result.emplace_back(bound.launches[i].launch->name,
                            batch->calls[i]->describe());
  return result;
}

} // namespace dlc::host
