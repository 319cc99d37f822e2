// Binary search, and sentences about addresses.
#include "tools/ptx-sim/engine/memory/Ranges.h"

#include <algorithm>
#include <charconv>

using namespace ptxsim;

/// The last range that begins at or before `address`.
static const Range *findBefore(const Ranges &ranges, uint64_t address) {
  auto after = std::upper_bound(
      ranges.begin(), ranges.end(), address,
      [](uint64_t value, const Range &range) { return value < range.begin; });
  return after == ranges.begin() ? nullptr : &*std::prev(after);
}

const Range *ptxsim::findRange(const Ranges &ranges, uint64_t address) {
  const Range *range = findBefore(ranges, address);
  return range && address < range->end ? range : nullptr;
}

std::string ptxsim::writeAddress(uint64_t address) {
  char digits[16];
  auto [end, error] = std::to_chars(digits, digits + 16, address, 16);
  return "0x" + std::string(digits, end);
}

std::string ptxsim::describeAccess(bool writes, unsigned bytes) {
  return std::string(writes ? "writes " : "reads ") + std::to_string(bytes) +
         (bytes == 1 ? " byte" : " bytes");
}

static std::string describeRange(const Range &range) {
  return "the " + std::to_string(range.size()) + " bytes at " +
         writeAddress(range.begin);
}

/// Farther than this an address has nothing to do with its neighbours.
static constexpr uint64_t nearby = 1 << 20;

std::string ptxsim::describePlace(const Ranges &ranges, uint64_t address) {
  const Range *before = findBefore(ranges, address);
  if (before && address < before->end)
    return std::to_string(before->end - address) + " bytes before the end of " +
           describeRange(*before);
  uint64_t past = before ? address - before->end : nearby;
  const Range *after = before ? before + 1 : ranges.data();
  uint64_t ahead =
      after == ranges.data() + ranges.size() ? nearby : after->begin - address;
  if (past < nearby && past <= ahead)
    return (past ? std::to_string(past) + " bytes" : "right") +
           " past the end of " + describeRange(*before);
  if (ahead < nearby)
    return std::to_string(ahead) + " bytes before " + describeRange(*after);
  return "which is in no allocation";
}
