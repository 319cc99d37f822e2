// Large zeroed memory in huge pages.
#pragma once

#include "runtime/core/Error.h"

#include <cstddef>
#include <memory>

namespace dlc {

/// A mapping that is zero at first, aligned to a huge page if it is large and
/// to a page else.
class Region {
public:
  /// Bytes; from this size on a region is large.
  static constexpr size_t hugePage = size_t(2) << 20;

  Region() = default;
  /// Errors name `purpose`, as in "memory for weights".
  static Expected<Region> create(size_t bytes, const std::string &purpose);

  std::byte *data() const { return start; }
  size_t size() const { return bytes; }

private:
  struct Unmap {
    size_t length;
    void operator()(std::byte *mapping) const;
  };
  std::unique_ptr<std::byte, Unmap> mapping;
  std::byte *start = nullptr;
  size_t bytes = 0;
};

/// Asks for huge pages in the part of [start, start + bytes) that can have
/// them, before it is touched first. Only a hint: without them everything
/// works, more slowly.
void adviseHugePages(void *start, size_t bytes);

} // namespace dlc
