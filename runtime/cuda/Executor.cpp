// Runs the programs of an artifact on a GPU.
#include "runtime/cuda/Executor.h"

#include "runtime/cuda/Launches.h"
#include "runtime/cuda/StepGraphs.h"
#include "runtime/cuda/driver/Memory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <set>

namespace dlc::cuda {
namespace {

using artifact::Artifact;
using artifact::DeviceStage;
using artifact::Launch;
using artifact::Program;
using artifact::State;
using Clock = std::chrono::steady_clock;

struct BoundProgram {
  const Program *program;
  Launches launches;
  bool isTraining;
  StepGraphs graphs = {};
  std::vector<double> milliseconds = {}; // of each launch, while profiled
};

/// Whether a step leaves other weights or another state of the optimizer.
bool changesWeights(const Program &program,
                    const artifact::Manifest &manifest) {
  std::set<uint64_t> places;
  for (const State &state : manifest.states)
    if (state.role == State::Role::Weight ||
        state.role == State::Role::Optimizer)
      places.insert(state.offset);
  auto isOne = [&](uint32_t index) {
    const artifact::Buffer &buffer = program.buffers[index];
    return buffer.region == artifact::Buffer::Region::State &&
           places.contains(buffer.offset);
  };
  return std::ranges::any_of(program.launches, [&](const Launch &launch) {
    return std::ranges::any_of(launch.results, isOne);
  });
}

size_t bytesOf(const State &state) {
  return size_t(countElements(state.shape)) * sizeOf(state.dtype);
}

bool wantsBlocking() {
  const char *value = std::getenv("CUDA_LAUNCH_BLOCKING");
  return value && std::strcmp(value, "1") == 0;
}

} // namespace

struct Executor::Impl {
  Impl(const Artifact &artifact, const ExecutorOptions &options,
       Context context, Module module)
      : artifact(artifact), options(options), context(std::move(context)),
        driver(this->context.driver), module(std::move(module)),
        memory(this->context, artifact.manifest) {}
  ~Impl() { (void)context.makeCurrent(); }

  const Artifact &artifact;
  ExecutorOptions options;
  Context context;
  const Driver &driver;
  Module module;
  Memory memory;
  UsedLibraries libraries;
  Stream stream;
  std::vector<Event> marks; // between launches, to time them
  std::vector<std::optional<BoundProgram>> programs; // none: another device's
  bool isBlocking = wantsBlocking();
  size_t lastProgram = 0;
  int64_t lastSteps = 1;

  // What is left after a fault: its error, and the states as of `rescued`.
  std::optional<Error> lost;
  std::vector<std::byte> rescuedStates;
  uint64_t stepsSinceRescue = 0; // that changed weights
  Clock::time_point lastRescue = Clock::now();

  const artifact::Manifest &manifest() const { return artifact.manifest; }

  Expected<void> start();
  Expected<void> openLibraries();
  Expected<void> bindPrograms();
  Expected<void> begin();
  Expected<void> check(Result result, const std::string &thing);
  Error explainFault(Result result, const std::string &thing);
  std::string nameLastProgram() const;
  Expected<void> wait();
  Expected<void> copyOut(DevicePointer from, std::span<std::byte> to);
  Expected<void> rescue();
  Expected<void> checkBatch(int64_t n) const;
  Expected<void> checkSteps(int64_t steps) const;
  Result copyInputs(const BoundProgram &bound, int64_t n, int64_t step);
  Expected<void> replaySeveral(BoundProgram &bound, int64_t n, int64_t steps);
  Expected<void> runOne(BoundProgram &bound, int64_t n, int64_t step,
                        bool isFirst);
  Expected<void> runEach(BoundProgram &bound, int64_t n);
  Expected<void> runTimed(BoundProgram &bound, int64_t n);
};

//===-- Making ------------------------------------------------------------===//

Expected<void> Executor::Impl::start() {
  if (auto taken = memory.take(); !taken)
    return taken;
  if (auto made = check(make(stream, driver, &Functions::cuStreamCreate,
                             unsigned(StreamNonBlocking)),
                        "stream");
      !made)
    return made;
  rescuedStates.assign(manifest().stateBytes, std::byte(0));
  if (rescuedStates.empty())
    return {};
  return check(driver.call.cuMemsetD8Async(memory.regions().states, 0,
                                           rescuedStates.size(), stream.get()),
               "states");
}

namespace {

/// A library that some launches have a call for.
struct Wanted {
  std::string name; // "cuBLASLt"
  std::string path;
  std::string package; // "cuBLAS"
};

} // namespace

/// Opens a library where one of an artifact's launches needs it.
template <typename Opened>
static Expected<void>
openLibrary(auto &library, auto create, const artifact::Manifest &manifest,
            bool (*wants)(const Launch &), const Wanted &wanted) {
  for (const Program &program : manifest.programs) {
    auto first = std::ranges::find_if(program.launches, wants);
    if (first == program.launches.end())
      continue;
    auto opened = Opened::open(wanted.path);
    if (!opened) {
      Error error = opened.error();
      error.thing = nameLaunch(program, *first) + ": " + error.thing;
      return Unexpected(error);
    }
    library.opened = *opened;
    auto status = make(library.handle, **opened, create);
    if (int(status) == 0)
      return {};
    return fail(fmt::format("{} {}", wanted.name, (*opened)->path()),
                fmt::format("does not start: {}", (*opened)->describe(status)),
                "the model was compiled to use it",
                fmt::format("install the {} that the driver is for, or compile "
                            "the model again with --libraries none",
                            wanted.package));
  }
  return {};
}

Expected<void> Executor::Impl::openLibraries() {
  auto opened = openLibrary<lt::CublasLt>(
      libraries.cublasLt, &lt::Functions::cublasLtCreate, manifest(),
      [](const Launch &launch) { return launch.product.has_value(); },
      {"cuBLASLt", options.cublasLt, "cuBLAS"});
  if (!opened)
    return opened;
  return openLibrary<dnn::Cudnn>(
      libraries.cudnn, &dnn::Functions::cudnnCreate, manifest(),
      [](const Launch &launch) { return launch.convolution.has_value(); },
      {"cuDNN", options.cudnn, "cuDNN"});
}

Expected<void> Executor::Impl::bindPrograms() {
  if (auto opened = openLibraries(); !opened)
    return opened;
  for (const Program &program : manifest().programs) {
    programs.emplace_back();
    if (program.device != artifact::onCuda)
      continue;
    auto launches =
        Launches::bind(driver, module, libraries, program, memory.regions());
    if (!launches)
      return Unexpected(launches.error());
    // A GPU that the library has nothing for is told before the first step.
    if (auto prepared = launches->prepare(manifest().maxBatch); !prepared)
      return prepared;
    if (auto made = check(launches->makeTables(), "tables of tensors"); !made)
      return made;
    if (auto made = check(launches->makeStreams(), "streams"); !made)
      return made;
    programs.back().emplace(BoundProgram{&program, std::move(*launches),
                                         changesWeights(program, manifest())});
  }
  return {};
}

Executor::Executor(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Executor::~Executor() = default;

Expected<std::unique_ptr<Executor>>
Executor::create(const Artifact &artifact, const ExecutorOptions &options) {
  auto driver = Driver::open(options.library);
  if (!driver)
    return Unexpected(driver.error());
  auto context = Context::open(**driver, options.ordinal);
  if (!context)
    return Unexpected(context.error());
  auto module = Module::load(*context, artifact);
  if (!module)
    return Unexpected(module.error());
  auto impl = std::make_unique<Impl>(artifact, options, std::move(*context),
                                     std::move(*module));
  if (auto started = impl->start(); !started)
    return Unexpected(started.error());
  if (auto bound = impl->bindPrograms(); !bound)
    return Unexpected(bound.error());
  return std::unique_ptr<Executor>(new Executor(std::move(impl)));
}

//===-- Faults ------------------------------------------------------------===//

/// Every call from outside begins so: nothing works after a fault, and a thread
/// has to say which context it uses.
Expected<void> Executor::Impl::begin() {
  if (lost)
    return Unexpected(*lost);
  return context.makeCurrent();
}

/// Turns a result into an error, and remembers one after which the GPU is of no
/// use.
Expected<void> Executor::Impl::check(Result result, const std::string &thing) {
  if (!isFatal(result))
    return memory.check(result, thing);
  lost = explainFault(result, thing);
  return Unexpected(*lost);
}

Error Executor::Impl::explainFault(Result result, const std::string &thing) {
  Error error;
  error.thing = thing;
  std::string report = driver.faultReport();
  // A software device says which kernel it was.
  bool isNamed = thing.find("launch") != std::string::npos;
  if (lastProgram < programs.size() && programs[lastProgram] && !isNamed) {
    const Program &program = *programs[lastProgram]->program;
    for (const Launch &launch : program.launches)
      for (const DeviceStage &stage : launch.deviceStages)
        if (!isNamed &&
            report.find('"' + stage.symbol + '"') != std::string::npos) {
          error.thing = nameLaunch(program, launch);
          isNamed = true;
        }
  }
  error.value =
      fmt::format("faulted on the GPU with {}{}{}", driver.describe(result),
                  report.empty() ? "" : ": ", report);
  error.remedy =
      stepsSinceRescue == 0
          ? "start again, no step of training is lost"
          : fmt::format("save the states, which are those of {} steps before",
                        stepsSinceRescue);
  if (!isNamed)
    error.remedy += "; run with CUDA_LAUNCH_BLOCKING=1 to learn which of its "
                    "launches it was";
  return error;
}

std::string Executor::Impl::nameLastProgram() const {
  if (lastProgram < programs.size() && programs[lastProgram])
    return fmt::format("program \"{}\"", programs[lastProgram]->program->name);
  return "GPU";
}

Expected<void> Executor::Impl::wait() {
  return check(driver.call.cuStreamSynchronize(stream.get()),
               nameLastProgram());
}

Expected<void> Executor::Impl::copyOut(DevicePointer from,
                                       std::span<std::byte> to) {
  if (to.empty())
    return wait();
  // What the copy reports may be the fault of a kernel before it: `wait` names
  // the program.
  Result result = driver.call.cuMemcpyDtoHAsync_v2(to.data(), from, to.size(),
                                                   stream.get());
  if (result != Success && !isFatal(result))
    return check(result, "copy from the GPU");
  return wait();
}

/// Copies the states to the host. A fault meanwhile leaves the copy before.
Expected<void> Executor::Impl::rescue() {
  std::vector<std::byte> copy(rescuedStates.size());
  if (auto copied = copyOut(memory.regions().states, copy); !copied)
    return copied;
  rescuedStates = std::move(copy);
  stepsSinceRescue = 0;
  lastRescue = Clock::now();
  return {};
}

//===-- Running -----------------------------------------------------------===//

Expected<void> Executor::Impl::checkBatch(int64_t n) const {
  if (n >= 1 && n <= manifest().maxBatch)
    return {};
  return fail(
      "batch", fmt::format("has {} samples", n),
      fmt::format("the model was compiled for 1 to {}", manifest().maxBatch),
      "use smaller batches or compile with a larger --batch");
}

Expected<void> Executor::Impl::checkSteps(int64_t steps) const {
  if (steps >= 1 && steps <= memory.inputs.steps())
    return {};
  return fail("run", fmt::format("is of {} steps", steps),
              fmt::format("there is room for 1 to {}", memory.inputs.steps()),
              "reserve them first");
}

/// Puts the inputs of a step where it finds them.
Result Executor::Impl::copyInputs(const BoundProgram &bound, int64_t n,
                                  int64_t step) {
  Result result = Success;
  if (options.poison && memory.arenaBytes() > 0)
    result = driver.call.cuMemsetD8Async(memory.regions().arena, 0xff,
                                         memory.arenaBytes(), stream.get());
  if (result == Success)
    result = memory.inputs.copy(*bound.program, memory.regions(), n, step,
                                stream.get());
  return result;
}

/// One graph of all steps.
Expected<void> Executor::Impl::replaySeveral(BoundProgram &bound, int64_t n,
                                             int64_t steps) {
  auto enqueue = [&] {
    Result result = Success;
    for (int64_t step = 0; step < steps && result == Success; ++step) {
      result = copyInputs(bound, n, step);
      if (result == Success)
        result = bound.launches.enqueueAll(n, stream.get());
      if (result == Success)
        result = memory.results.keep(*bound.program, memory.regions(), step,
                                     stream.get());
    }
    return result;
  };
  Result result = bound.graphs.launch(driver, {n, steps, memory.inputs.slot()},
                                      stream.get(), enqueue);
  if (result == Success)
    result = memory.inputs.release(stream.get());
  return check(result, fmt::format("program \"{}\": graph of {} steps on "
                                   "batches of {}",
                                   bound.program->name, steps, n));
}

/// One step of a run, whose inputs have been sent.
Expected<void> Executor::Impl::runOne(BoundProgram &bound, int64_t n,
                                      int64_t step, bool isFirst) {
  const std::string thing = fmt::format("program \"{}\"", bound.program->name);
  Result result = copyInputs(bound, n, step);
  // The next inputs may come while the last step computes.
  if (result == Success && step + 1 == lastSteps)
    result = memory.inputs.release(stream.get());
  if (result != Success)
    return check(result, thing);
  Expected<void> ran;
  if (isFirst || isBlocking)
    ran = runEach(bound, n);
  else if (!bound.milliseconds.empty())
    ran = runTimed(bound, n);
  else
    ran = check(bound.graphs.launch(
                    driver, {.n = n}, stream.get(),
                    [&] { return bound.launches.enqueueAll(n, stream.get()); }),
                fmt::format("{}: graph for batches of {}", thing, n));
  if (!ran || lastSteps == 1)
    return ran;
  return check(
      memory.results.keep(*bound.program, memory.regions(), step, stream.get()),
      thing);
}

/// Launch by launch, waiting for each.
Expected<void> Executor::Impl::runEach(BoundProgram &bound, int64_t n) {
  for (size_t i = 0; i < bound.launches.size(); ++i) {
    Result result = bound.launches.enqueue(i, n, stream.get());
    if (result == Success)
      result = driver.call.cuStreamSynchronize(stream.get());
    if (result != Success)
      return check(result, nameLaunch(*bound.program, bound.launches[i]));
  }
  return {};
}

/// Launch by launch, with the time between them.
Expected<void> Executor::Impl::runTimed(BoundProgram &bound, int64_t n) {
  const Functions &call = driver.call;
  while (marks.size() <= bound.launches.size()) {
    Event mark;
    if (auto made = check(make(mark, driver, &Functions::cuEventCreate,
                               unsigned(EventDefault)),
                          "event");
        !made)
      return made;
    marks.push_back(std::move(mark));
  }
  Result result = call.cuEventRecord(marks[0].get(), stream.get());
  for (size_t i = 0; i < bound.launches.size() && result == Success; ++i) {
    result = bound.launches.enqueue(i, n, stream.get());
    if (result == Success)
      result = call.cuEventRecord(marks[i + 1].get(), stream.get());
  }
  if (result != Success && !isFatal(result))
    return check(result, "timed step");
  if (auto waited = wait(); !waited)
    return waited;
  for (size_t i = 0; i < bound.launches.size(); ++i) {
    float milliseconds = 0;
    result = call.cuEventElapsedTime(&milliseconds, marks[i].get(),
                                     marks[i + 1].get());
    if (result != Success)
      return check(result, "time of a launch");
    bound.milliseconds[i] += double(milliseconds);
  }
  return {};
}

Expected<void> Executor::prepare(size_t, int64_t n) {
  return impl->checkBatch(n);
}

Expected<int64_t> Executor::reserveSteps(size_t, int64_t steps) {
  if (auto begun = impl->begin(); !begun)
    return Unexpected(begun.error());
  if (steps <= impl->memory.inputs.steps())
    return std::max<int64_t>(1, steps);
  if (auto waited = impl->wait(); !waited)
    return Unexpected(waited.error());
  for (std::optional<BoundProgram> &bound : impl->programs)
    if (bound)
      bound->graphs.dropSeveralSteps();
  if (auto reserved = impl->memory.reserveSteps(steps); !reserved)
    return Unexpected(reserved.error());
  return steps;
}

Expected<std::byte *> Executor::stageInput(size_t program, uint32_t buffer,
                                           int64_t step) {
  if (auto begun = impl->begin(); !begun)
    return Unexpected(begun.error());
  if (auto checked = impl->checkSteps(step + 1); !checked)
    return Unexpected(checked.error());
  const Program &found = impl->manifest().programs[program];
  std::byte *place = nullptr;
  Result result = impl->memory.inputs.stage(found, buffer, step, place);
  if (result != Success)
    return Unexpected(impl->check(result, impl->nameLastProgram()).error());
  if (!place)
    return fail(fmt::format("program \"{}\"", found.name),
                fmt::format("does not read buffer {} as an input", buffer));
  return place;
}

Expected<void> Executor::run(size_t index, int64_t n, int64_t steps) {
  if (auto begun = impl->begin(); !begun)
    return begun;
  if (auto checked = impl->checkBatch(n); !checked)
    return checked;
  if (auto checked = impl->checkSteps(steps); !checked)
    return checked;
  BoundProgram &bound = *impl->programs[index];
  Result sent =
      impl->memory.inputs.send(*bound.program, n, steps, impl->stream.get());
  if (sent != Success)
    return impl->check(sent,
                       fmt::format("program \"{}\"", bound.program->name));
  impl->lastProgram = index;
  impl->lastSteps = steps;
  if (bound.isTraining)
    impl->stepsSinceRescue += uint64_t(steps);

  if (auto prepared = bound.launches.prepare(n); !prepared)
    return prepared;
  bool isFirst = bound.graphs.begin(n);
  bool isPlain = isFirst || impl->isBlocking || !bound.milliseconds.empty();
  Expected<void> ran;
  if (steps > 1 && !isPlain)
    ran = impl->replaySeveral(bound, n, steps);
  else
    for (int64_t step = 0; step < steps && ran; ++step)
      ran = impl->runOne(bound, n, step, isFirst);
  std::chrono::duration<double> sinceRescue = Clock::now() - impl->lastRescue;
  if (ran && sinceRescue.count() >= impl->options.rescueSeconds)
    return impl->rescue();
  return ran;
}

Expected<void> Executor::finish() {
  if (auto begun = impl->begin(); !begun)
    return begun;
  return impl->wait();
}

//===-- Reading and writing -----------------------------------------------===//

Expected<void> Executor::readBuffer(size_t program, uint32_t buffer,
                                    std::span<std::byte> to) {
  if (auto begun = impl->begin(); !begun)
    return begun;
  const Program &found = impl->manifest().programs[program];
  return impl->copyOut(impl->memory.regions().address(found.buffers[buffer]),
                       to);
}

Expected<void> Executor::readSteps(size_t program, uint32_t buffer,
                                   std::span<std::byte> to) {
  const Program &found = impl->manifest().programs[program];
  DevicePointer kept =
      impl->lastSteps > 1 ? impl->memory.results.find(found, buffer) : 0;
  if (!kept)
    return readBuffer(program, buffer, to);
  if (auto begun = impl->begin(); !begun)
    return begun;
  return impl->copyOut(kept, to);
}

Expected<void> Executor::readState(size_t index, std::span<std::byte> to) {
  const State &state = impl->manifest().states[index];
  if (impl->lost) {
    std::memcpy(to.data(), impl->rescuedStates.data() + state.offset,
                to.size());
    return {};
  }
  if (auto begun = impl->begin(); !begun)
    return begun;
  return impl->copyOut(impl->memory.regions().states + state.offset, to);
}

Expected<void> Executor::writeState(size_t index,
                                    std::span<const std::byte> from) {
  const State &state = impl->manifest().states[index];
  if (auto begun = impl->begin(); !begun)
    return begun;
  size_t bytes = std::min(from.size(), bytesOf(state));
  if (bytes == 0)
    return {};
  std::memcpy(impl->rescuedStates.data() + state.offset, from.data(), bytes);
  Result result = impl->driver.call.cuMemcpyHtoDAsync_v2(
      impl->memory.regions().states + state.offset, from.data(), bytes,
      impl->stream.get());
  if (result != Success && !isFatal(result))
    return impl->check(result, fmt::format("state \"{}\"", state.name));
  // `from` belongs to the caller.
  return impl->wait();
}

//===-- Telling -----------------------------------------------------------===//

void Executor::startProfile(size_t program) {
  BoundProgram &bound = *impl->programs[program];
  bound.milliseconds.assign(bound.launches.size(), 0);
}

const std::vector<double> &Executor::profile(size_t program) const {
  return impl->programs[program]->milliseconds;
}

std::vector<std::pair<std::string, std::string>>
Executor::describeCalls(size_t program, int64_t) const {
  std::vector<std::pair<std::string, std::string>> result;
  for (const Launch &launch : impl->manifest().programs[program].launches) {
    if (launch.kind != Launch::Kind::Library)
      continue;
    std::vector<std::string> symbols;
    for (const DeviceStage &stage : launch.deviceStages)
      symbols.push_back(stage.symbol);
    if (launch.product)
      symbols.emplace_back("cublasLtMatmul");
    if (launch.convolution)
      symbols.emplace_back(ConvolutionCall::nameFunction(*launch.convolution));
    result.emplace_back(launch.name,
                        fmt::format("{}", fmt::join(symbols, ", ")));
  }
  return result;
}

const std::string &Executor::name() const { return impl->context.name(); }
const std::string &Executor::target() const { return impl->module.target(); }

} // namespace dlc::cuda
