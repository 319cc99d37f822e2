// A cell remembers its last write, and its reads since as one reader, as
// several of one warp, or as many: enough to tell whether a later access is
// ordered. Atomic writes may be many too, for none of them orders the others.
#include "tools/ptx-sim/engine/memory/Shadow.h"

#include <algorithm>
#include <bit>

using namespace ptxsim;

/// Stamps have 28 bits for barriers.
static constexpr uint64_t barrierLimit = (uint64_t{1} << 28) - 2;

Shadow::Shadow(size_t bytes, unsigned granule)
    : granuleShift(static_cast<unsigned>(std::countr_zero(granule))),
      cells((bytes >> granuleShift) + 1), writes(cells.size(), never),
      reads(cells.size()) {}

void Shadow::addVariable(size_t offset, size_t bytes) {
  size_t end =
      (offset + bytes + (size_t{1} << granuleShift) - 1) >> granuleShift;
  for (size_t i = offset >> granuleShift; i < end; ++i) {
    cells[i].state = Settled;
    writes[i] = 0;
  }
}

void Shadow::beginBlock() {
  if (barriers >= barrierLimit / 2) {
    for (uint64_t &write : writes)
      write = write == never ? never : 0;
    std::fill(reads.begin(), reads.end(), 0);
    barriers = 0;
  }
  beforeAtomics.clear();
  passBarrier();
}

void Shadow::passBarrier() {
  barriers = std::min(barriers + 1, barrierLimit);
  std::fill(std::begin(warpStamps), std::end(warpStamps),
            barriers << Stamp::barrierShift);
}

bool Shadow::isInside(uint32_t offset, uint32_t bytes) const {
  uint64_t last = (uint64_t{offset} + bytes - 1) >> granuleShift;
  if (last >= cells.size())
    return false;
  for (uint64_t i = offset >> granuleShift; i <= last; ++i)
    if (cells[i].state == NoVariable)
      return false;
  return true;
}

/// True if `earlier` happened before `now` by a barrier or in the same thread.
bool Shadow::isOrdered(Stamp earlier, Stamp now) const {
  if (earlier.barriers() != now.barriers() || earlier.who() == now.who())
    return true;
  return earlier.warp() == now.warp() &&
         earlier.warpBarriers() < now.warpBarriers();
}

/// One stamp for two accesses, neither of them ordered before the other, or for
/// the later of two that are. It is atomic if both are.
static Stamp merge(Stamp before, Stamp now) {
  if (before.barriers() != now.barriers())
    return now;
  bool atomic = now.atomic() && before.atomic();
  if (before.warp() != now.warp())
    return {now.barriers(), 0, atomic, Stamp::manyWho};
  if (before.warpBarriers() != now.warpBarriers())
    return now;
  return {now.barriers(), now.warpBarriers(), atomic,
          before.who() == now.who() ? now.who() : Stamp::warpWho + now.warp()};
}

void Shadow::noteRead(size_t index, Stamp now, unsigned line) {
  reads[index] = merge(Stamp(reads[index]), now).bits;
  cells[index].readLine = line;
}

void Shadow::noteWrite(size_t index, const Access &access, Stamp now) {
  Stamp before(writes[index]);
  if (access.atomic && !before.atomic())
    beforeAtomics[index] = {before, cells[index].writeLine};
  if (access.atomic && before.atomic())
    now = merge(before, now);
  writes[index] = now.bits;
  cells[index].writeLine = access.line;
}

/// Atomic writes meet freely, but not the ordinary one that they hide.
Encounter Shadow::meetWrite(size_t index, const Access &access,
                            Stamp now) const {
  Write last = {Stamp(writes[index]), cells[index].writeLine};
  if (access.atomic && last.stamp.atomic()) {
    auto hidden = beforeAtomics.find(index);
    if (hidden == beforeAtomics.end())
      return {};
    last = hidden->second;
  }
  if (isOrdered(last.stamp, now))
    return {};
  return {Meeting::RaceWrite, last.stamp, last.line,
          static_cast<uint32_t>(index << granuleShift)};
}

Encounter Shadow::meet(size_t index, const Access &access, Stamp now) const {
  const Cell &cell = cells[index];
  auto offset = static_cast<uint32_t>(index << granuleShift);
  if (cell.state == Copying)
    return {Meeting::Unfinished, stampOf(cell.copyThread, false),
            cell.writeLine, offset};
  if (Encounter found = meetWrite(index, access, now);
      found.meeting != Meeting::Fine)
    return found;
  Stamp read(reads[index]);
  if (access.writes && !isOrdered(read, now) &&
      !(access.atomic && read.atomic()))
    return {Meeting::RaceRead, read, cell.readLine, offset};
  return {};
}

Encounter Shadow::access(const Access &access) {
  uint64_t last = (uint64_t{access.offset} + access.bytes - 1) >> granuleShift;
  if (last >= cells.size())
    return {Meeting::Outside, {}, 0, access.offset};
  Stamp now = stampOf(access.thread, access.atomic);
  for (uint64_t i = access.offset >> granuleShift; i <= last; ++i) {
    if (cells[i].state == NoVariable)
      return {Meeting::Outside, {}, 0, access.offset};
    if (!access.writes && reads[i] == now.bits)
      continue;
    if (Encounter found = meet(i, access, now); found.meeting != Meeting::Fine)
      return found;
    if (access.writes)
      noteWrite(i, access, now);
    else
      noteRead(i, now, access.line);
  }
  return {};
}

Encounter Shadow::beginCopy(const Access &access) {
  Encounter found = this->access(access);
  if (found.meeting != Meeting::Fine)
    return found;
  uint64_t last = (uint64_t{access.offset} + access.bytes - 1) >> granuleShift;
  for (uint64_t i = access.offset >> granuleShift; i <= last; ++i) {
    cells[i].state = Copying;
    cells[i].copyThread = static_cast<uint16_t>(access.thread);
    writes[i] = never;
    reads[i] = 0;
  }
  return found;
}

void Shadow::endCopy(const Access &access) {
  Stamp now = stampOf(access.thread, false);
  uint64_t last = (uint64_t{access.offset} + access.bytes - 1) >> granuleShift;
  for (uint64_t i = access.offset >> granuleShift; i <= last; ++i)
    if (cells[i].state == Copying) {
      cells[i].state = Settled;
      writes[i] = now.bits;
      cells[i].writeLine = access.line;
    }
}
