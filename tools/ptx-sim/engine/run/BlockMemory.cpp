// Accesses that the translated code could not see to be right by itself, and
// cp.async, whose bytes arrive as late as the kernel allows.
#include "tools/ptx-sim/engine/memory/Ranges.h"
#include "tools/ptx-sim/engine/run/Block.h"

#include <cstring>

using namespace ptxsim;

void Block::accessShared(ThreadState &thread, unsigned site, uint32_t offset,
                         uint32_t bytes) {
  const Site &where = this->site(site);
  Access access = {offset,       bytes,         where.writes,
                   where.atomic, thread.linear, where.line};
  bool aligned = (offset & (bytes - 1)) == 0;
  if (aligned && launch.options.races && shadow.tryAccess(access))
    return;
  if (!aligned)
    return fault(thread, site, Status::MisalignedAddress,
                 describeAccess(where.writes, bytes) + " at offset " +
                     std::to_string(offset) +
                     " of shared memory, which is no " + "multiple of " +
                     std::to_string(bytes));
  if (!launch.options.races) {
    if (!shadow.isInside(offset, bytes))
      return report(thread, site, {Meeting::Outside, {}, 0, offset}, access);
    return;
  }
  Encounter found = shadow.access(access);
  if (found.meeting != Meeting::Fine)
    report(thread, site, found, access);
}

void Block::accessRange(ThreadState &thread, unsigned site, unsigned slot,
                        uint64_t address) {
  const Site &where = this->site(site);
  auto sharedBegin = reinterpret_cast<uint64_t>(thread.shared);
  if (address - sharedBegin < sharedBytes)
    return accessShared(thread, site,
                        static_cast<uint32_t>(address - sharedBegin),
                        where.bytes);
  auto what = [&] {
    return describeAccess(where.writes, where.bytes) + " at " +
           writeAddress(address) + ", ";
  };
  if (address & (where.bytes - 1))
    return fault(thread, site, Status::MisalignedAddress,
                 what() + "which is no multiple of " +
                     std::to_string(where.bytes));
  auto localBegin = reinterpret_cast<uint64_t>(thread.local);
  if (localBegin && address >= localBegin &&
      address - localBegin + where.bytes <= thread.localBytes)
    return;
  const Range *range = findRange(launch.ranges, address);
  if (!range || !range->holds(address, where.bytes))
    return fault(thread, site, Status::IllegalAddress,
                 what() + describePlace(launch.ranges, address));
  if (where.writes && !range->writable)
    return fault(thread, site, Status::IllegalAddress,
                 what() + "which is memory that kernels may only read");
  thread.facts->lastRanges[slot] = {range->begin,
                                    range->size() - where.bytes + 1};
}

void Block::accessLocal(ThreadState &thread, unsigned site, uint64_t address) {
  const Site &where = this->site(site);
  auto begin = reinterpret_cast<uint64_t>(thread.local);
  std::string what = describeAccess(where.writes, where.bytes) + " at offset " +
                     std::to_string(static_cast<int64_t>(address - begin)) +
                     " of .local memory";
  if (address & (where.bytes - 1))
    return fault(thread, site, Status::MisalignedAddress,
                 what + ", which is no multiple of " +
                     std::to_string(where.bytes));
  fault(thread, site, Status::IllegalAddress,
        what + ", which has " + std::to_string(thread.localBytes) + " bytes");
}

void Block::copyAsync(ThreadState &thread, unsigned site, uint32_t to,
                      uint64_t from, uint32_t fromBytes) {
  const Site &where = this->site(site);
  Access access = {to, where.bytes, true, false, thread.linear, where.line};
  if (to & (where.bytes - 1))
    return fault(thread, site, Status::MisalignedAddress,
                 "copies " + std::to_string(where.bytes) + " bytes to offset " +
                     std::to_string(to) +
                     " of shared memory, which is no multiple");
  if (fromBytes > where.bytes)
    return fault(thread, site, Status::LaunchFailed,
                 "copies " + std::to_string(fromBytes) + " bytes to where " +
                     std::to_string(where.bytes) + " are");
  if (fromBytes > 0) {
    const Range *range = findRange(launch.ranges, from);
    std::string what = "copies " + std::to_string(fromBytes) + " bytes from " +
                       writeAddress(from);
    if (from & (where.bytes - 1))
      return fault(thread, site, Status::MisalignedAddress,
                   what + ", which is no multiple of " +
                       std::to_string(where.bytes));
    if (!range || !range->holds(from, fromBytes))
      return fault(thread, site, Status::IllegalAddress,
                   what + ", " + describePlace(launch.ranges, from));
  }
  Encounter found;
  if (launch.options.races)
    found = shadow.beginCopy(access);
  else if (!shadow.isInside(to, where.bytes))
    found = {Meeting::Outside, {}, 0, to};
  if (found.meeting != Meeting::Fine)
    return report(thread, site, found, access);
  ThreadRun &run = runs[launch.code.waits ? thread.linear : 0];
  run.copies.push_back(
      {to, from, fromBytes, where.bytes, where.line, run.group});
}

void Block::commitCopies(ThreadState &thread) {
  ++runs[launch.code.waits ? thread.linear : 0].group;
}

/// Groups are counted from 0; `group` is the open one, which no wait covers.
void Block::waitForCopies(ThreadState &thread, uint32_t pending) {
  ThreadRun &run = runs[launch.code.waits ? thread.linear : 0];
  if (run.copies.empty())
    return;
  size_t kept = 0;
  for (const Copy &copy : run.copies)
    if (copy.group + uint64_t{pending} < run.group)
      finishCopy(thread, copy);
    else
      run.copies[kept++] = copy;
  run.copies.resize(kept);
}

void Block::finishCopy(ThreadState &thread, const Copy &copy) {
  uint8_t *to = shared.get() + copy.to;
  std::memcpy(to, reinterpret_cast<const void *>(copy.from), copy.fromBytes);
  std::memset(to + copy.fromBytes, 0, copy.bytes - copy.fromBytes);
  if (launch.options.races)
    shadow.endCopy(
        {copy.to, copy.bytes, true, false, thread.linear, copy.line});
}
