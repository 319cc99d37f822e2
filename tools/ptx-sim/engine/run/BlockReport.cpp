// What a fault says: kernel, line, thread, and what it met.
#include "tools/ptx-sim/engine/memory/Ranges.h"
#include "tools/ptx-sim/engine/run/Block.h"

#include <map>

using namespace ptxsim;

static std::string writeIndex(const uint32_t (&index)[3]) {
  return "(" + std::to_string(index[0]) + "," + std::to_string(index[1]) + "," +
         std::to_string(index[2]) + ")";
}

/// `kernel "k", line 7 (ld.shared.f32): thread (1,0,0) of block (0,0,0) `
std::string Block::describe(const ThreadState &thread, unsigned site) const {
  const Site &where = this->site(site);
  return "kernel \"" + launch.code.info.name + "\", line " +
         std::to_string(where.line) + " (" + where.opcode + "): thread " +
         writeIndex(thread.threadIndex) + " of block " +
         writeIndex(facts.blockIndex) + " ";
}

void Block::fault(const ThreadState &thread, unsigned site, Status status,
                  const std::string &what) {
  launch.stop({status, describe(thread, site) + what});
  broken = true;
}

/// Who: "thread (3,0,0)", "several threads of warp 2", "threads of several
/// warps".
static std::string describeWho(Stamp stamp,
                               const std::vector<ThreadState> &threads) {
  if (stamp.who() == Stamp::manyWho)
    return "threads of several warps";
  if (stamp.who() >= Stamp::warpWho)
    return "several threads of warp " + std::to_string(stamp.warp());
  return "thread " + writeIndex(threads[stamp.who() - 1].threadIndex);
}

void Block::report(const ThreadState &thread, unsigned site,
                   const Encounter &found, const Access &access) {
  std::string what = describeAccess(access.writes, access.bytes) +
                     " at offset " + std::to_string(access.offset) +
                     " of shared memory";
  if (found.meeting == Meeting::Outside) {
    const SharedLayout &layout = launch.code.shared;
    std::vector<SharedVariable> variables = layout.variables;
    variables.push_back({layout.dynamicOffset, launch.shape.sharedBytes});
    what += ", which no variable holds";
    for (const SharedVariable &variable : variables) {
      size_t end = variable.offset + variable.bytes;
      // An access may begin inside and end outside.
      if (variable.bytes && access.offset + access.bytes > end &&
          access.offset < end + 4096)
        what += "; one of " + std::to_string(variable.bytes) +
                " bytes ends at offset " + std::to_string(end);
    }
    return fault(thread, site, Status::IllegalAddress, what);
  }
  std::string who = describeWho(found.other, threads);
  std::string line = std::to_string(found.line);
  if (found.meeting == Meeting::Unfinished)
    what += ", which the cp.async of " + who + " in line " + line +
            " still writes; wait for it with cp.async.wait_group, then "
            "synchronise";
  else
    what += ", which " + who +
            (found.meeting == Meeting::RaceRead ? " read" : " write") +
            (found.other.who() >= Stamp::warpWho ? "" : "s") + " in line " +
            line + " with no barrier between: a race";
  fault(thread, site, Status::LaunchFailed, what);
}

/// No thread can go on: says what each waits for.
void Block::reportStuck() {
  std::map<unsigned, unsigned> waiting; // Line of the barrier -> threads.
  const ThreadState *first = nullptr;
  unsigned ended = 0;
  for (const ThreadState &thread : threads) {
    const ThreadRun &run = runs[thread.linear];
    if (run.state == State::Ended) {
      ++ended;
      continue;
    }
    ++waiting[site(run.site).line];
    if (!first || site(run.site).line < site(runs[first->linear].site).line)
      first = &thread;
  }
  const ThreadRun &run = runs[first->linear];
  std::string what = run.state == State::AtBarrier
                         ? "waits at a divergent barrier:"
                         : "waits for the other threads of its mask " +
                               writeAddress(run.mask) + ":";
  for (auto [line, count] : waiting)
    what += " " + std::to_string(count) + " threads wait in line " +
            std::to_string(line) + ",";
  what += " " + std::to_string(ended) + " have ended";
  launch.stop({Status::LaunchFailed, describe(*first, run.site) + what});
}

void Block::giveUp() {
  for (const ThreadState &thread : threads) {
    const ThreadRun &run = runs[thread.linear];
    if (run.state != State::Ready)
      continue;
    launch.stop({Status::LaunchTimeout,
                 describe(thread, run.site) +
                     "waits in a loop for memory that no thread changes"});
    return;
  }
}
