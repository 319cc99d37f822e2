// The memory that kernels may touch: device allocations, module variables and
// pinned host memory. A device address is the host's own.
#pragma once

#include "tools/ptx-sim/engine/Fault.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace ptxsim {

/// Bytes [begin, end).
struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;
  bool writable = true;

  uint64_t size() const { return end - begin; }
  bool holds(uint64_t address, uint64_t bytes) const {
    return address >= begin && address <= end && bytes <= end - address;
  }
};

/// Ranges in order of their addresses, as they were when a launch began.
using Ranges = std::vector<Range>;

/// All memory of one device. Safe to call from several threads: a launch sees
/// the ranges that there were when it began.
class Memory {
public:
  Memory() = default;
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;
  ~Memory();

  /// Fresh memory, every byte 0xff (NaN, -1), aligned to 256 bytes as CUDA's
  /// is. Memory that no allocation holds lies on both sides of it.
  Expected<void *> allocate(size_t bytes);

  /// Gives back what allocate made; anything else is a fault.
  Expected<void> free(void *allocation);

  /// Lets kernels touch memory that someone else owns: pinned host memory,
  /// variables of a module.
  Expected<void> add(void *begin, size_t bytes, bool writable = true);

  /// Undoes add.
  Expected<void> remove(void *begin);

  /// The range that holds `address`; none if it is in no range.
  std::optional<Range> find(const void *address) const;

  /// True if all `bytes` from `address` are in one range.
  bool holds(const void *address, size_t bytes) const;

  /// Bytes that allocate has given out.
  size_t allocatedBytes() const;

  /// All ranges as they are now.
  std::shared_ptr<const Ranges> snapshot() const;

private:
  struct Entry {
    uint64_t end;
    bool writable;
    void *owned; // What to hand to std::free; null for memory of others.
  };

  Expected<void> insert(uint64_t begin, Entry entry);

  mutable std::mutex mutex;
  std::map<uint64_t, Entry> entries;
  mutable std::shared_ptr<const Ranges> ranges; // Null after a change.
  size_t allocated = 0;
};

} // namespace ptxsim
