// A cell remembers its last write, and its reads since as one reader, as
// several of one warp, or as many: enough to tell whether a later access is
// ordered.
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

void Shadow::noteRead(size_t index, Stamp now, unsigned line) {
  Stamp before(reads[index]);
  Stamp merged = now;
  bool isNew = before.barriers() != now.barriers();
  bool atomic = now.atomic() && before.atomic();
  if (!isNew && before.warp() != now.warp())
    merged = {now.barriers(), 0, atomic, Stamp::manyWho};
  else if (!isNew && before.warpBarriers() == now.warpBarriers() &&
           before.who() != now.who())
    merged = {now.barriers(), now.warpBarriers(), atomic,
              Stamp::warpWho + now.warp()};
  reads[index] = merged.bits;
  cells[index].readLine = line;
}

Encounter Shadow::meet(size_t index, const Access &access, Stamp now) const {
  const Cell &cell = cells[index];
  auto offset = static_cast<uint32_t>(index << granuleShift);
  if (cell.state == Copying)
    return {Meeting::Unfinished, stampOf(cell.copyThread, false),
            cell.writeLine, offset};
  Stamp written(writes[index]);
  bool bothAtomic = access.atomic && written.atomic();
  if (!bothAtomic && !isOrdered(written, now))
    return {Meeting::RaceWrite, written, cell.writeLine, offset};
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
    Cell &cell = cells[i];
    if (cell.state == NoVariable)
      return {Meeting::Outside, {}, 0, access.offset};
    if (!access.writes && reads[i] == now.bits)
      continue;
    if (Encounter found = meet(i, access, now); found.meeting != Meeting::Fine)
      return found;
    if (access.writes) {
      writes[i] = now.bits;
      cell.writeLine = access.line;
    } else {
      noteRead(i, now, access.line);
    }
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
