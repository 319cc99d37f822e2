// One block of threads: its shared memory, and who waits for whom.
#pragma once

#include "tools/ptx-sim/engine/memory/Shadow.h"
#include "tools/ptx-sim/engine/run/Fiber.h"
#include "tools/ptx-sim/engine/run/LaunchContext.h"

#include <memory>

namespace ptxsim {

/// Runs blocks one after the other: begin, then round until it is Done.
class Block {
public:
  /// `stacks`: one for each thread from `firstStack` on, or a single one if the
  /// kernel's threads never wait.
  Block(LaunchContext &launch, Stacks &stacks, size_t firstStack,
        LastRange *lastRanges, Traffic *traffic);

  void begin(uint64_t index);

  enum class Round : uint8_t {
    Done,
    Worked,
    Spun,    // All that ran wait for memory to change.
    Stopped, // A fault.
  };
  /// Lets each thread that can run go on until it has to wait.
  Round round();

  /// The launch's fault: threads wait for memory that never changes.
  void giveUp();

  // What translated code calls, on the thread's own stack. After each the
  // thread has to halt if the block is broken.
  void arriveAtBarrier(ThreadState &thread, unsigned site);
  void arriveAtCollective(ThreadState &thread, unsigned site, uint32_t mask);
  void pause(ThreadState &thread, unsigned site);
  void endThread(ThreadState &thread);
  /// Checks `bytes` at `offset` of shared memory for the instruction at `site`.
  void accessShared(ThreadState &thread, unsigned site, uint32_t offset,
                    uint32_t bytes);
  /// Checks an access outside the last range and remembers the new one in
  /// `slot`.
  void accessRange(ThreadState &thread, unsigned site, unsigned slot,
                   uint64_t address);
  /// Always a fault: the address is not in the thread's .local memory.
  void accessLocal(ThreadState &thread, unsigned site, uint64_t address);
  void copyAsync(ThreadState &thread, unsigned site, uint32_t to, uint64_t from,
                 uint32_t fromBytes);
  void commitCopies(ThreadState &thread);
  /// Until at most `pending` of the thread's groups are unfinished.
  void waitForCopies(ThreadState &thread, uint32_t pending);
  /// `what` and where it happened become the launch's fault.
  void fault(const ThreadState &thread, unsigned site, Status status,
             const std::string &what);
  bool isBroken() const { return broken; }
  /// Leaves the thread's stack for good. No object that owns memory may live
  /// there.
  [[noreturn]] void halt(ThreadState &thread);

private:
  enum class State : uint8_t { Ready, AtBarrier, AtCollective, Ended };
  struct Copy {
    uint32_t to;
    uint64_t from;
    uint32_t fromBytes;
    uint32_t bytes;
    unsigned line;
    unsigned group;
  };
  struct ThreadRun {
    Fiber fiber;
    State state = State::Ready;
    unsigned site = 0; // Where it waits or spins.
    uint32_t mask = 0;
    unsigned group = 0; // Of cp.async: the one that is open.
    std::vector<Copy> copies;
  };
  struct Warp {
    uint32_t alive = 0;
    uint32_t ready = 0;
    uint32_t waiting = 0; // At a collective.
  };

  static void runThread(void *thread);
  static void runAll(void *block);
  Round roundOfOne();
  Round roundOfAll();
  void resume(unsigned index);
  void suspend(ThreadState &thread);
  void releaseBarrier();
  bool releaseCollective(unsigned warp);
  void checkRows(const Collective &collective, const Lanes &lanes,
                 unsigned site);
  void finishCopy(ThreadState &thread, const Copy &copy);
  void report(const ThreadState &thread, unsigned site, const Encounter &found,
              const Access &access);
  void reportStuck();
  std::string describe(const ThreadState &thread, unsigned site) const;
  const Site &site(unsigned index) const { return launch.code.sites[index]; }

  LaunchContext &launch;
  BlockFacts facts = {};
  size_t sharedBytes;
  std::unique_ptr<uint8_t[], void (*)(void *)> shared;
  Shadow shadow;
  std::vector<ThreadState> threads;
  std::vector<ThreadRun> runs;
  std::vector<Warp> warps;
  Stacks &stacks;
  size_t firstStack;
  uint64_t linear = 0; // Of this block in the grid.
  uint64_t rounds = 0;
  bool broken = false;
  unsigned next = 0; // For a kernel whose threads never wait.
  unsigned alive = 0;
  unsigned atBarrier = 0;
  unsigned barrierSite = 0;
  unsigned spinning = 0;
  uint32_t trueAtBarrier = 0;
};

} // namespace ptxsim
