// Who touched which bytes of a block's shared memory, and when: what races and
// unfinished copies are found by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace ptxsim {

/// When and who, as one number that is equal exactly for the same thread (or
/// group of threads) between two synchronisations: the block's barriers so far,
/// the warp's since the last of those, whether atomically, and who.
class Stamp {
public:
  static constexpr unsigned barrierShift = 36;
  static constexpr unsigned warpShift = 12;
  static constexpr uint64_t manyWho = 2047;
  static constexpr uint64_t warpWho = 1025; // + warp; 1 + thread below.

  Stamp() = default;
  Stamp(uint64_t barriers, uint64_t warpBarriers, bool atomic, uint64_t who)
      : bits(barriers << barrierShift | warpBarriers << warpShift |
             uint64_t{atomic} << 11 | who) {}
  explicit Stamp(uint64_t bits) : bits(bits) {}

  uint64_t barriers() const { return bits >> barrierShift; }
  uint64_t warpBarriers() const { return bits >> warpShift & 0xffffff; }
  bool atomic() const { return bits >> 11 & 1; }
  uint64_t who() const { return bits & 2047; }
  bool operator==(const Stamp &) const = default;

  /// The warp of who; 32 for many.
  unsigned warp() const {
    uint64_t id = who();
    if (id == manyWho)
      return 32;
    return static_cast<unsigned>(id >= warpWho ? id - warpWho : (id - 1) / 32);
  }

  uint64_t bits = 0;
};

/// What an access met.
enum class Meeting : uint8_t {
  Fine,
  Outside,    // No variable is there.
  RaceRead,   // Another thread reads it.
  RaceWrite,  // Another thread writes it.
  Unfinished, // A cp.async still writes it.
};

/// Who else was there.
struct Encounter {
  Meeting meeting = Meeting::Fine;
  Stamp other;
  unsigned line = 0; // Of the other access, of the cp.async.
  uint32_t offset = 0;
};

/// One shared access of a thread.
struct Access {
  uint32_t offset = 0;
  uint32_t bytes = 0;
  bool writes = false;
  bool atomic = false;
  unsigned thread = 0;
  unsigned line = 0;
};

/// The shadow of one block's shared memory.
class Shadow {
public:
  /// `granule`: the fewest bytes that an access of the kernel takes.
  Shadow(size_t bytes, unsigned granule);

  /// Says that a variable lies there.
  void addVariable(size_t offset, size_t bytes);

  /// A new block: what the last one did is no race.
  void beginBlock();

  void passBarrier();
  void passWarpBarrier(unsigned warp) {
    warpStamps[warp] += uint64_t{1} << Stamp::warpShift;
  }

  // For translated code, which lets a read pass whose cells hold a stamp of the
  // reading thread, of its warp or of many from the same time: such a read was
  // found right before.

  /// When the warp is now: a stamp of nobody.
  const uint64_t *warpStamp(unsigned warp) const { return &warpStamps[warp]; }
  /// The stamps of reads, one a granule.
  const uint64_t *readStamps() const { return reads.data(); }

  /// True if all bytes belong to one variable or to neighbours.
  bool isInside(uint32_t offset, uint32_t bytes) const;

  /// Takes note of an access, unless it meets something.
  Encounter access(const Access &access);

  /// The same where nobody, or for a read the thread alone, touched the bytes
  /// since the last barrier: what most accesses are. False if it is not so.
  bool tryAccess(const Access &access) {
    uint64_t stamp = warpStamps[access.thread / 32];
    uint64_t interval = stamp >> Stamp::barrierShift << Stamp::barrierShift;
    uint64_t own = stamp | (access.thread + 1);
    uint64_t first = access.offset >> granuleShift;
    uint64_t last =
        (uint64_t{access.offset} + access.bytes - 1) >> granuleShift;
    if (access.atomic || last >= cells.size())
      return false;
    for (uint64_t i = first; i <= last; ++i)
      if (writes[i] >= interval ||
          (reads[i] >= interval && (access.writes || reads[i] != own)))
        return false;
    for (uint64_t i = first; i <= last; ++i) {
      (access.writes ? writes : reads)[i] = own;
      (access.writes ? cells[i].writeLine : cells[i].readLine) = access.line;
    }
    return true;
  }

  /// Between a cp.async and its completion no one may touch the bytes.
  Encounter beginCopy(const Access &access);
  void endCopy(const Access &access);

private:
  enum State : uint8_t {
    NoVariable,
    Settled,
    Copying, // A cp.async of copyThread has not finished, of line writeLine.
  };
  struct Cell {
    uint32_t writeLine = 0;
    uint32_t readLine = 0;
    uint16_t copyThread = 0;
    State state = NoVariable;
  };
  /// An ordinary write, of a line.
  struct Write {
    Stamp stamp;
    unsigned line = 0;
  };
  /// The stamp of writes to cells that are not Settled: later than all.
  static constexpr uint64_t never = ~uint64_t{0};

  Stamp stampOf(unsigned thread, bool atomic) const {
    return Stamp(warpStamps[thread / 32] | uint64_t{atomic} << 11 |
                 (thread + 1));
  }
  bool isOrdered(Stamp earlier, Stamp now) const;
  void noteRead(size_t index, Stamp now, unsigned line);
  void noteWrite(size_t index, const Access &access, Stamp now);
  Encounter meetWrite(size_t index, const Access &access, Stamp now) const;
  Encounter meet(size_t index, const Access &access, Stamp now) const;

  unsigned granuleShift;
  std::vector<Cell> cells;
  std::vector<uint64_t> writes; // Stamps of the last ones; atomic ones merged.
  std::vector<uint64_t> reads;  // Stamps of those since, merged.
  /// By cell, the last ordinary write before the atomic ones in `writes`.
  std::unordered_map<size_t, Write> beforeAtomics;
  uint64_t barriers = 1;
  uint64_t warpStamps[32] = {};
};

} // namespace ptxsim
