// Ranges in a map by address; a copy of them for each launch, made anew only
// after a change.
#include "tools/ptx-sim/engine/Memory.h"

#include <cstdlib>
#include <cstring>

using namespace ptxsim;

static constexpr size_t alignment = 256;

static std::string write(uint64_t number) { return std::to_string(number); }

Memory::~Memory() {
  for (auto &[begin, entry] : entries)
    std::free(entry.owned);
}

Expected<void> Memory::insert(uint64_t begin, Entry entry) {
  std::lock_guard lock(mutex);
  auto next = entries.upper_bound(begin);
  bool overlaps = next != entries.end() && next->first < entry.end;
  if (next != entries.begin())
    overlaps |= std::prev(next)->second.end > begin;
  if (overlaps || begin >= entry.end)
    return fail(Status::InvalidValue,
                "memory: range of " + write(entry.end - begin) +
                    " bytes is empty or overlaps one that is there");
  if (entry.owned)
    allocated += entry.end - begin;
  entries.emplace(begin, entry);
  ranges = nullptr;
  return {};
}

Expected<void *> Memory::allocate(size_t bytes) {
  if (bytes == 0 || bytes > SIZE_MAX / 2)
    return fail(Status::InvalidValue,
                "memory: " + write(bytes) + " bytes cannot be allocated");
  // A gap on both sides, so that no neighbour begins where this one ends.
  size_t total = (bytes + 3 * alignment - 1) / alignment * alignment;
  auto *block = static_cast<uint8_t *>(std::aligned_alloc(alignment, total));
  if (!block)
    return fail(Status::OutOfMemory,
                "memory: the host has no " + write(bytes) + " bytes left");
  std::memset(block, 0xff, total);
  uint8_t *memory = block + alignment;
  auto begin = reinterpret_cast<uint64_t>(memory);
  if (Expected<void> done = insert(begin, {begin + bytes, true, block});
      !done) {
    std::free(block);
    return dlc::Unexpected(done.error());
  }
  return memory;
}

Expected<void> Memory::free(void *allocation) {
  std::lock_guard lock(mutex);
  auto found = entries.find(reinterpret_cast<uint64_t>(allocation));
  if (found == entries.end() || !found->second.owned)
    return fail(Status::InvalidValue,
                "memory: what is to be freed is no allocation of the device");
  allocated -= found->second.end - found->first;
  std::free(found->second.owned);
  entries.erase(found);
  ranges = nullptr;
  return {};
}

Expected<void> Memory::add(void *begin, size_t bytes, bool writable) {
  auto address = reinterpret_cast<uint64_t>(begin);
  return insert(address, {address + bytes, writable, nullptr});
}

Expected<void> Memory::remove(void *begin) {
  std::lock_guard lock(mutex);
  auto found = entries.find(reinterpret_cast<uint64_t>(begin));
  if (found == entries.end() || found->second.owned)
    return fail(Status::InvalidValue,
                "memory: what is to be removed was not added");
  entries.erase(found);
  ranges = nullptr;
  return {};
}

std::optional<Range> Memory::find(const void *address) const {
  std::lock_guard lock(mutex);
  auto wanted = reinterpret_cast<uint64_t>(address);
  auto next = entries.upper_bound(wanted);
  if (next == entries.begin())
    return std::nullopt;
  auto &[begin, entry] = *std::prev(next);
  if (wanted >= entry.end)
    return std::nullopt;
  return Range{begin, entry.end, entry.writable};
}

bool Memory::holds(const void *address, size_t bytes) const {
  std::optional<Range> range = find(address);
  return range && range->holds(reinterpret_cast<uint64_t>(address), bytes);
}

size_t Memory::allocatedBytes() const {
  std::lock_guard lock(mutex);
  return allocated;
}

std::shared_ptr<const Ranges> Memory::snapshot() const {
  std::lock_guard lock(mutex);
  if (!ranges) {
    auto fresh = std::make_shared<Ranges>();
    for (auto &[begin, entry] : entries)
      fresh->push_back({begin, entry.end, entry.writable});
    ranges = std::move(fresh);
  }
  return ranges;
}
