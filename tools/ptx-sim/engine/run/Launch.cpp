// A grid on the CPU's threads: each takes the next block, or, in a cooperative
// launch, goes round and round its share of them.
#include "tools/ptx-sim/engine/run/Launch.h"
#include "tools/ptx-sim/engine/run/Block.h"
#include "tools/ptx-sim/engine/run/Order.h"
#include "tools/ptx-sim/engine/run/StackPool.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>
#include <xmmintrin.h>

using namespace ptxsim;

/// For the frames of translated code and of the engine's own functions.
static constexpr size_t stackBytes = 48 << 10;
/// A launch with fewer threads is done before another CPU thread has started.
static constexpr uint64_t threadsWorthSharing = 4096;
/// What an sm_80 can give a block.
static constexpr size_t sharedLimit = 163 << 10;

namespace {
/// One CPU thread of `count`.
class Worker {
public:
  Worker(LaunchContext &launch, unsigned index, unsigned count)
      : launch(launch), index(index), count(count) {}
  void run();

private:
  void runQueue();
  void runTogether();
  PooledStacks takeStacks(size_t count);

  LaunchContext &launch;
  unsigned index;
  unsigned count;
  std::vector<LastRange> lastRanges;
  Traffic traffic;
};
} // namespace

static uint64_t countBlocks(const LaunchShape &shape) {
  return uint64_t{shape.grid[0]} * shape.grid[1] * shape.grid[2];
}

static uint64_t countThreads(const LaunchShape &shape) {
  return uint64_t{shape.block[0]} * shape.block[1] * shape.block[2];
}

/// Null, and the launch stopped, if there is no memory.
PooledStacks Worker::takeStacks(size_t count) {
  PooledStacks stacks =
      StackPool::shared().take(count, stackBytes + launch.code.info.localBytes);
  if (!stacks)
    launch.stop({Status::OutOfMemory, "kernel \"" + launch.code.info.name +
                                          "\": the host has no " +
                                          "memory for the stacks of " +
                                          std::to_string(count) + " threads"});
  return stacks;
}

void Worker::run() {
  // Kernels rely on subnormals and on rounding to nearest.
  unsigned saved = _mm_getcsr();
  _mm_setcsr(0x1f80);
  lastRanges.resize(launch.code.rangeSlots);
  if (launch.shape.cooperative)
    runTogether();
  else
    runQueue();
  _mm_setcsr(saved);
  launch.add(traffic);
}

void Worker::runQueue() {
  size_t threads = countThreads(launch.shape);
  PooledStacks stacks = takeStacks(launch.code.waits ? threads : 1);
  if (!stacks)
    return;
  uint64_t blocks = countBlocks(launch.shape);
  Order order(blocks, launch.options.seed);
  Block block(launch, *stacks, 0, lastRanges.data(), &traffic);
  while (!launch.stopped) {
    uint64_t next = launch.nextBlock++;
    if (next >= blocks)
      return;
    block.begin(order[next]);
    auto since = std::chrono::steady_clock::now();
    for (unsigned spins = 0; !launch.stopped; ++spins) {
      Block::Round round = block.round();
      if (round == Block::Round::Done)
        break;
      if (round == Block::Round::Worked)
        spins = 0;
      if (spins == 0)
        since = std::chrono::steady_clock::now();
      else if (spins % 1024 == 0 && std::chrono::steady_clock::now() - since >
                                        launch.options.patience)
        block.giveUp();
    }
  }
}

void Worker::runTogether() {
  uint64_t all = countBlocks(launch.shape);
  size_t threads = countThreads(launch.shape);
  Order order(all, launch.options.seed);
  std::vector<uint64_t> mine;
  for (uint64_t i = index; i < all; i += count)
    mine.push_back(order[i]);
  size_t stacksPerBlock = launch.code.waits ? threads : 1;
  PooledStacks stacks = takeStacks(mine.size() * stacksPerBlock);
  if (!stacks)
    return;
  std::vector<std::unique_ptr<Block>> blocks;
  for (uint64_t i = 0; i < mine.size(); ++i) {
    blocks.push_back(std::make_unique<Block>(
        launch, *stacks, i * stacksPerBlock, lastRanges.data(), &traffic));
    blocks.back()->begin(mine[i]);
  }
  uint64_t seen = launch.progress;
  auto since = std::chrono::steady_clock::now();
  while (!blocks.empty() && !launch.stopped) {
    bool worked = false;
    for (size_t i = 0; i < blocks.size() && !launch.stopped; ++i) {
      Block::Round round = blocks[i]->round();
      worked |= round != Block::Round::Spun;
      if (round == Block::Round::Done)
        blocks[i].reset();
    }
    std::erase(blocks, nullptr);
    if (worked) {
      ++launch.progress;
      continue;
    }
    std::this_thread::yield();
    auto now = std::chrono::steady_clock::now();
    if (uint64_t progress = launch.progress; progress != seen) {
      seen = progress;
      since = now;
    } else if (now - since > launch.options.patience) {
      blocks.front()->giveUp();
    }
  }
}

static Expected<void> checkShape(const KernelInfo &kernel,
                                 const LaunchShape &shape) {
  std::string name = "kernel \"" + kernel.name + "\": ";
  static constexpr unsigned blockLimits[] = {1024, 1024, 64};
  static constexpr unsigned gridLimits[] = {0x7fffffff, 65535, 65535};
  for (int i = 0; i < 3; ++i)
    if (shape.block[i] == 0 || shape.block[i] > blockLimits[i] ||
        shape.grid[i] == 0 || shape.grid[i] > gridLimits[i])
      return fail(Status::InvalidValue,
                  name + "dimension " + "xyz"[i] + " has " +
                      std::to_string(shape.grid[i]) + " blocks of " +
                      std::to_string(shape.block[i]) +
                      " threads, beyond CUDA's limits");
  uint64_t threads = countThreads(shape);
  unsigned limit = std::min(kernel.maxThreads, 1024u);
  if (threads > limit)
    return fail(
        threads > 1024 ? Status::InvalidValue : Status::LaunchOutOfResources,
        name + "launched with " + std::to_string(threads) +
            " threads a block but takes at most " + std::to_string(limit));
  if (kernel.sharedBytes + shape.sharedBytes > sharedLimit)
    return fail(Status::InvalidValue,
                name + "has " + std::to_string(kernel.sharedBytes) +
                    " bytes of static and " +
                    std::to_string(shape.sharedBytes) +
                    " of dynamic shared memory but an sm_80 has " +
                    std::to_string(sharedLimit));
  return {};
}

static Ranges mergeRanges(const Ranges &a, const Ranges &b) {
  Ranges merged(a.size() + b.size());
  std::merge(a.begin(), a.end(), b.begin(), b.end(), merged.begin(),
             [](const Range &x, const Range &y) { return x.begin < y.begin; });
  return merged;
}

static std::vector<uint8_t> packParameters(const KernelInfo &kernel,
                                           const void *const *parameters) {
  // With room behind, for vector loads of the last one.
  std::vector<uint8_t> packed(kernel.parameterBytes + 16);
  for (size_t i = 0; i < kernel.parameters.size(); ++i)
    std::memcpy(packed.data() + kernel.parameters[i].offset, parameters[i],
                kernel.parameters[i].size);
  return packed;
}

Expected<void> ptxsim::launchCode(const Memory &memory, const KernelCode &code,
                                  const LaunchShape &shape,
                                  const void *const *parameters,
                                  const Options &options) {
  if (Expected<void> fits = checkShape(code.info, shape); !fits)
    return fits;
  std::shared_ptr<const Ranges> snapshot = memory.snapshot();
  Ranges ranges = mergeRanges(*snapshot, *code.variables);
  std::vector<uint8_t> packed = packParameters(code.info, parameters);
  LaunchContext launch(code, shape, options, ranges, packed.data());

  uint64_t count =
      options.workers ? options.workers : std::thread::hardware_concurrency();
  uint64_t blocks = countBlocks(shape);
  if (!options.workers && blocks * countThreads(shape) < threadsWorthSharing)
    count = 1;
  count = std::clamp<uint64_t>(count, 1, blocks);
  std::vector<std::thread> others;
  for (unsigned i = 1; i < count; ++i)
    others.emplace_back([&launch, i, count] {
      Worker(launch, i, static_cast<unsigned>(count)).run();
    });
  Worker(launch, 0, static_cast<unsigned>(count)).run();
  for (std::thread &other : others)
    other.join();
  if (launch.first)
    return dlc::Unexpected(*launch.first);
  return {};
}
