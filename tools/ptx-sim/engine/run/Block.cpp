// Rounds over the threads of a block, in an order that the seed chooses anew
// for each round.
#include "tools/ptx-sim/engine/run/Block.h"
#include "tools/ptx-sim/engine/run/Order.h"

#include <cstdlib>
#include <cstring>

using namespace ptxsim;

static constexpr size_t sharedAlignment = 4096;

static uint8_t *allocateShared(size_t bytes) {
  size_t rounded =
      (bytes + sharedAlignment) / sharedAlignment * sharedAlignment;
  return static_cast<uint8_t *>(std::aligned_alloc(sharedAlignment, rounded));
}

static unsigned countThreads(const LaunchShape &shape) {
  return shape.block[0] * shape.block[1] * shape.block[2];
}

Block::Block(LaunchContext &launch, Stacks &stacks, size_t firstStack,
             LastRange *lastRanges, Traffic *traffic)
    : launch(launch),
      sharedBytes(launch.code.shared.dynamicOffset + launch.shape.sharedBytes),
      shared(allocateShared(sharedBytes), &std::free),
      shadow(sharedBytes, launch.code.shared.granule),
      threads(countThreads(launch.shape)),
      runs(launch.code.waits ? threads.size() : 1),
      warps((threads.size() + 31) / 32), stacks(stacks),
      firstStack(firstStack) {
  for (const SharedVariable &variable : launch.code.shared.variables)
    shadow.addVariable(variable.offset, variable.bytes);
  shadow.addVariable(launch.code.shared.dynamicOffset,
                     launch.shape.sharedBytes);
  for (int i = 0; i < 3; ++i) {
    facts.blockSize[i] = launch.shape.block[i];
    facts.gridSize[i] = launch.shape.grid[i];
  }
  facts.dynamicBytes = launch.shape.sharedBytes;
  facts.sharedBytes = static_cast<uint32_t>(launch.code.info.sharedBytes);
  facts.parameters = launch.parameters;
  facts.lastRanges = lastRanges;
  facts.traffic = traffic;
  facts.sharedEnd = sharedBytes;
  facts.sharedReads = shadow.readStamps();
  for (unsigned i = 0; i < threads.size(); ++i) {
    ThreadState &thread = threads[i];
    thread.facts = &facts;
    thread.shared = shared.get();
    thread.linear = i;
    thread.lane = i % 32;
    thread.warp = i / 32;
    thread.threadIndex[0] = i % facts.blockSize[0];
    thread.threadIndex[1] = i / facts.blockSize[0] % facts.blockSize[1];
    thread.threadIndex[2] = i / facts.blockSize[0] / facts.blockSize[1];
    thread.warpStamp = shadow.warpStamp(thread.warp);
    thread.local = nullptr;
    thread.localBytes = launch.code.info.localBytes;
    thread.block = this;
  }
}

void Block::begin(uint64_t index) {
  linear = index;
  rounds = 0;
  facts.blockIndex[0] = static_cast<uint32_t>(index % facts.gridSize[0]);
  index /= facts.gridSize[0];
  facts.blockIndex[1] = static_cast<uint32_t>(index % facts.gridSize[1]);
  facts.blockIndex[2] = static_cast<uint32_t>(index / facts.gridSize[1]);
  std::memset(shared.get(), 0xff, sharedBytes);
  shadow.beginBlock();
  alive = static_cast<unsigned>(threads.size());
  atBarrier = trueAtBarrier = next = 0;
  for (size_t warp = 0; warp < warps.size(); ++warp) {
    size_t lanes = std::min<size_t>(32, threads.size() - 32 * warp);
    warps[warp].alive = warps[warp].ready =
        static_cast<uint32_t>((uint64_t{1} << lanes) - 1);
    warps[warp].waiting = 0;
  }
  if (!launch.code.waits) {
    runs[0].copies.clear();
    runs[0].fiber.prepare(stacks.end(firstStack), &Block::runAll, this);
    return;
  }
  for (unsigned i = 0; i < threads.size(); ++i) {
    runs[i].state = State::Ready;
    runs[i].copies.clear();
    runs[i].group = 0;
    runs[i].fiber.prepare(stacks.end(firstStack + i), &Block::runThread,
                          &threads[i]);
  }
}

void Block::runThread(void *argument) {
  auto *thread = static_cast<ThreadState *>(argument);
  thread->block->launch.code.function(thread);
  thread->block->endThread(*thread);
  thread->block->halt(*thread);
}

/// All threads one after the other on one stack.
void Block::runAll(void *argument) {
  auto *block = static_cast<Block *>(argument);
  uint64_t seed = block->launch.options.seed + block->linear;
  Order order(block->threads.size(), seed);
  while (block->next < block->threads.size()) {
    ThreadState &thread = block->threads[order[block->next++]];
    block->launch.code.function(&thread);
    block->endThread(thread);
  }
  block->runs[0].fiber.suspend();
}

Block::Round Block::round() {
  return launch.code.waits ? roundOfAll() : roundOfOne();
}

Block::Round Block::roundOfOne() {
  while (true) {
    runs[0].fiber.resume();
    if (launch.stopped.load(std::memory_order_relaxed))
      return Round::Stopped;
    if (next == threads.size())
      return Round::Done;
    // A thread left from within a function; the others need a fresh stack.
    runs[0].fiber.prepare(stacks.end(firstStack), &Block::runAll, this);
  }
}

void Block::resume(unsigned index) {
  warps[index / 32].ready &= ~(1u << index % 32);
  runs[index].fiber.resume();
}

Block::Round Block::roundOfAll() {
  uint64_t seed = launch.options.seed * 31 + linear * 1021 + rounds++;
  Order warpOrder(warps.size(), seed);
  Order laneOrder(32, seed + 1);
  unsigned ran = 0;
  spinning = 0;
  for (size_t i = 0; i < warps.size(); ++i) {
    auto warp = static_cast<unsigned>(warpOrder[i]);
    // Those that can go on now; a spinning one is ready again, but next round.
    uint32_t ready = warps[warp].ready;
    for (unsigned j = 0; ready && j < 32; ++j) {
      auto lane = static_cast<unsigned>(laneOrder[j]);
      if (!(ready >> lane & 1))
        continue;
      ++ran;
      resume(32 * warp + lane);
      if (launch.stopped.load(std::memory_order_relaxed))
        return Round::Stopped;
    }
  }
  if (alive == 0)
    return Round::Done;
  if (ran == 0) {
    reportStuck();
    return Round::Stopped;
  }
  return ran == spinning ? Round::Spun : Round::Worked;
}

void Block::suspend(ThreadState &thread) {
  runs[launch.code.waits ? thread.linear : 0].fiber.suspend();
}

void Block::endThread(ThreadState &thread) {
  commitCopies(thread);
  waitForCopies(thread, 0);
  --alive;
  Warp &warp = warps[thread.warp];
  warp.alive &= ~(1u << thread.lane);
  if (!launch.code.waits)
    return;
  runs[thread.linear].state = State::Ended;
  while (releaseCollective(thread.warp)) {
  }
}

void Block::halt(ThreadState &thread) {
  suspend(thread);
  std::abort(); // Nobody resumes it.
}

void Block::pause(ThreadState &thread, unsigned site) {
  ++spinning;
  runs[thread.linear].site = site;
  warps[thread.warp].ready |= 1u << thread.lane;
  suspend(thread);
}

void Block::arriveAtBarrier(ThreadState &thread, unsigned site) {
  ThreadRun &run = runs[thread.linear];
  if (atBarrier == 0)
    barrierSite = site;
  if (this->site(barrierSite).line != this->site(site).line)
    return fault(thread, site, Status::LaunchFailed,
                 "waits at this barrier while " + std::to_string(atBarrier) +
                     " threads of its block wait at the one in line " +
                     std::to_string(this->site(barrierSite).line) +
                     ": the barrier is divergent");
  run.site = site;
  trueAtBarrier += thread.operands[0];
  if (++atBarrier == threads.size())
    return releaseBarrier();
  run.state = State::AtBarrier;
  suspend(thread);
}

/// The last thread to arrive runs on, the others are ready.
void Block::releaseBarrier() {
  auto count = static_cast<unsigned>(threads.size());
  for (ThreadState &thread : threads) {
    ThreadRun &run = runs[thread.linear];
    thread.results[0] = trueAtBarrier;
    thread.results[1] = trueAtBarrier == count;
    thread.results[2] = trueAtBarrier > 0;
    if (run.state == State::AtBarrier) {
      run.state = State::Ready;
      warps[thread.warp].ready |= 1u << thread.lane;
    }
  }
  atBarrier = trueAtBarrier = 0;
  shadow.passBarrier();
}

void Block::arriveAtCollective(ThreadState &thread, unsigned site,
                               uint32_t mask) {
  if (!(mask >> thread.lane & 1))
    return fault(thread, site, Status::LaunchFailed,
                 "is not in the mask that it gives");
  ThreadRun &run = runs[thread.linear];
  run.site = site;
  run.mask = mask;
  run.state = State::AtCollective;
  warps[thread.warp].waiting |= 1u << thread.lane;
  while (releaseCollective(thread.warp)) {
  }
  if (run.state == State::AtCollective) {
    suspend(thread);
    return;
  }
  // The last to arrive goes on without a round of its own.
  warps[thread.warp].ready &= ~(1u << thread.lane);
}

/// ldmatrix: the lane that names a row has been checked; those that receive its
/// elements read it too, and the first and the last stand for all of them.
void Block::checkRows(const Collective &collective, const Lanes &lanes,
                      unsigned site) {
  for (unsigned lane = 0; lane < 8 * collective.count; ++lane) {
    unsigned row = lane % 8;
    unsigned first = collective.transposed ? row / 2 : 4 * row;
    unsigned last = first + (collective.transposed ? 28 : 3);
    for (unsigned receiver : {first, last})
      if (!broken && lanes[lane] && lanes[receiver])
        accessShared(*lanes[receiver], site, lanes[lane]->operands[0], 16);
  }
}

/// True if a group of the warp's threads was complete and goes on.
bool Block::releaseCollective(unsigned index) {
  Warp &warp = warps[index];
  for (uint32_t rest = warp.waiting; rest; rest &= rest - 1) {
    const ThreadRun &first = runs[32 * index + std::countr_zero(rest)];
    uint32_t members = first.mask & warp.alive;
    if (members & ~warp.waiting)
      continue;
    Lanes lanes = {};
    bool complete = true;
    for (uint32_t left = members; left && complete; left &= left - 1) {
      unsigned lane = std::countr_zero(left);
      const ThreadRun &run = runs[32 * index + lane];
      complete = run.mask == first.mask &&
                 site(run.site).line == site(first.site).line;
      lanes[lane] = &threads[32 * index + lane];
    }
    if (!complete)
      continue;
    const Collective &collective = site(first.site).collective;
    if (collective.kind == Collective::LoadMatrix && launch.options.races)
      checkRows(collective, lanes, first.site);
    compute(collective, lanes);
    if (collective.kind == Collective::SyncWarp)
      shadow.passWarpBarrier(index);
    warp.waiting &= ~members;
    warp.ready |= members;
    for (uint32_t left = members; left; left &= left - 1)
      runs[32 * index + std::countr_zero(left)].state = State::Ready;
    return true;
  }
  return false;
}
