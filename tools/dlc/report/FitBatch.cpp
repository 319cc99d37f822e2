// Memory grows with the batch by nearly a straight line: a line through two
// plans says where to look, and plans on both sides prove it.
#include "tools/dlc/report/FitBatch.h"
#include "runtime/cuda/Budget.h"
#include "runtime/host/library/Library.h"
#include "tools/dlc/draw/Sizes.h"
#include "tools/dlc/report/MemoryMap.h"

#include <algorithm>
#include <fmt/format.h>
#include <thread>

namespace dlc::tool {

namespace {

using artifact::Buffer;
using artifact::Launch;
using artifact::Program;

/// How many holders of memory an error names.
constexpr size_t mostNamed = 3;

/// Plans after which only halves are tried.
constexpr int64_t mostEstimates = 12;

/// The most scratch that a call of the host's library needs. Calls are made
/// without memory and never run.
Expected<uint64_t> countScratch(const Program &program, int64_t n,
                                int threads) {
  auto library = host::Library::create(
      threads > 0 ? threads : int(std::thread::hardware_concurrency()));
  if (!library)
    return Unexpected(library.error());
  uint64_t most = 0;
  for (const Launch &launch : program.launches) {
    if (launch.kind != Launch::Kind::Library)
      continue;
    host::CallSpec spec{artifact::nameLaunch(program, launch),
                        launch.routine,
                        launch.config,
                        {},
                        {}};
    auto argument = [&](uint32_t index) {
      const Buffer &buffer = program.buffers[index];
      Shape shape = buffer.shape;
      std::ranges::replace(shape, batchDim, n);
      return host::Argument{buffer.dtype, shape, nullptr};
    };
    for (uint32_t index : launch.operands)
      spec.operands.push_back(argument(index));
    for (uint32_t index : launch.results)
      spec.results.push_back(argument(index));
    auto call = library->make(spec);
    if (!call)
      return Unexpected(call.error());
    most = std::max<uint64_t>(most, (*call)->scratchBytes());
  }
  return most;
}

class Search {
public:
  Search(const std::filesystem::path &model, const CompileOptions &compile,
         const FitBatchOptions &options)
      : model(model), compile(compile), options(options) {
    this->compile.programs = {options.program};
  }

  Expected<FitBatchResult> run() {
    auto one = tryBatch(1);
    if (!one)
      return Unexpected(one.error());
    if (one->total() > options.limit)
      return failForOne(*one);
    keep(*one);
    while (result.fits.batch < mostSamples &&
           (!above || above->batch > result.fits.batch + 1)) {
      int64_t batch = chooseNext();
      auto need = tryBatch(batch);
      if (!need) {
        // What one sample can be compiled for, so many cannot.
        result.obstacle = need.error().message();
        above = MemoryNeed{batch, UINT64_MAX / 2, 0, 0, 0};
        continue;
      }
      if (need->total() <= options.limit) {
        keep(*need);
        continue;
      }
      result.obstacle.clear();
      above = *need;
    }
    if (above && result.obstacle.empty())
      result.next = above;
    return std::move(result);
  }

private:
  /// Where the line through what is known meets the limit, or a batch that
  /// halves what is open.
  int64_t chooseNext() {
    const MemoryNeed &low = result.fits;
    if (!above)
      return std::min(mostSamples, guess(low, first));
    int64_t halfway = low.batch + (above->batch - low.batch) / 2;
    bool isKnown = above->states < UINT64_MAX / 2;
    if (!isKnown || result.plans > mostEstimates)
      return std::max(low.batch + 1, halfway);
    double slope =
        double(above->total() - low.total()) / double(above->batch - low.batch);
    double room = double(options.limit - low.total());
    auto batch = low.batch + int64_t(room / std::max(slope, 1.0));
    // A hit is proved by the one after it.
    return std::clamp(batch, low.batch + 1, above->batch - 1);
  }

  /// The batch that the line through two that fit leads to; 32 after the first.
  int64_t guess(const MemoryNeed &low, const std::optional<MemoryNeed> &from) {
    if (!from || from->batch == low.batch)
      return low.batch < 32 ? 32 : low.batch * 2;
    double slope = (double(low.total()) - double(from->total())) /
                   double(low.batch - from->batch);
    double room = double(options.limit - low.total());
    if (slope < 1 || room / slope > double(mostSamples))
      return low.batch * 4;
    return low.batch + std::max<int64_t>(1, int64_t(room / slope));
  }

  void keep(const MemoryNeed &need) {
    if (result.fits.batch > 0)
      first = result.fits;
    result.fits = need;
    result.manifest = std::move(manifest);
  }

  Expected<MemoryNeed> tryBatch(int64_t batch) {
    auto need = planFor(batch, options.limit);
    // The plan knows nothing of scratch, which then has to come off.
    if (need && options.recompute && need->total() > options.limit &&
        need->scratch + need->inputs < options.limit)
      return planFor(batch, options.limit - need->scratch - need->inputs);
    return need;
  }

  Expected<MemoryNeed> planFor(int64_t batch, uint64_t limit) {
    ++result.plans;
    compile.batch = batch;
    if (options.recompute)
      compile.memoryLimit = int64_t(std::min<uint64_t>(limit, INT64_MAX));
    auto planned = dlc::plan(model, compile);
    if (!planned)
      return Unexpected(planned.error());
    manifest = std::move(planned->manifest);
    auto program =
        std::ranges::find(manifest.programs, options.program, &Program::name);
    if (program == manifest.programs.end())
      return fail(model.string(),
                  fmt::format("has no program \"{}\"", options.program),
                  "it has no optimizer and loss",
                  "give --optimizer and --loss, or --program predict");
    MemoryNeed need{batch, manifest.stateBytes, program->arenaBytes, 0, 0};
    if (program->device == artifact::onCuda) {
      need.inputs = cuda::countMemory(manifest).inputs;
      return need;
    }
    auto scratch = countScratch(*program, batch, options.threads);
    if (!scratch)
      return Unexpected(scratch.error());
    need.scratch = *scratch;
    return need;
  }

  Unexpected<Error> failForOne(const MemoryNeed &need) {
    auto program =
        std::ranges::find(manifest.programs, options.program, &Program::name);
    std::string holders;
    size_t count = 0;
    for (const auto &[layer, bytes] :
         mapMemory(*program, manifest.maxBatch).listHolders()) {
      if (count++ == mostNamed)
        break;
      holders += fmt::format("{}{} ({})", holders.empty() ? "" : ", ", layer,
                             formatSize(double(bytes)));
    }
    return fail(
        model.string(),
        fmt::format("takes {} for one sample, of which weights and "
                    "optimizer state are {}",
                    formatSize(double(need.total())),
                    formatSize(double(need.states))),
        fmt::format("--memory-limit is {}", formatSize(double(options.limit))),
        fmt::format("the largest tensors are of {}; give {} bytes or "
                    "more{}",
                    holders, need.total(),
                    options.recompute ? "" : ", or try --recompute"));
  }

  const std::filesystem::path &model;
  CompileOptions compile;
  const FitBatchOptions &options;
  artifact::Manifest manifest; // of the last plan
  std::optional<MemoryNeed> first, above;
  FitBatchResult result;
};

} // namespace

Expected<FitBatchResult> fitBatch(const std::filesystem::path &model,
                                  const CompileOptions &compile,
                                  const FitBatchOptions &options) {
  return Search(model, compile, options).run();
}

} // namespace dlc::tool
