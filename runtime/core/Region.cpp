// Large zeroed memory in huge pages.
#include "runtime/core/Region.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

namespace dlc {

void Region::Unmap::operator()(std::byte *mapping) const {
  munmap(mapping, length);
}

Expected<Region> Region::create(size_t bytes, const std::string &purpose) {
  Region region;
  if (bytes == 0)
    return region;
  size_t slack = bytes >= hugePage ? hugePage : 0;
  void *mapping = MAP_FAILED;
  errno = ENOMEM;
  if (bytes < std::numeric_limits<size_t>::max() - slack)
    mapping = mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED)
    return fail(purpose,
                "takes " + std::to_string(bytes >> 20) +
                    " MiB, which cannot be had: " + std::strerror(errno),
                "", "free some memory or compile with a smaller --batch");
  region.mapping = {static_cast<std::byte *>(mapping), Unmap{bytes + slack}};
  auto address = reinterpret_cast<uintptr_t>(mapping);
  if (slack)
    address = (address + hugePage - 1) / hugePage * hugePage;
  region.start = reinterpret_cast<std::byte *>(address);
  region.bytes = bytes;
  adviseHugePages(region.start, bytes);
  return region;
}

void adviseHugePages(void *start, size_t bytes) {
  constexpr uintptr_t page = Region::hugePage;
  auto address = reinterpret_cast<uintptr_t>(start);
  // What is left over at the ends would waste most of a page.
  uintptr_t first = (address + page - 1) / page * page;
  uintptr_t last = (address + bytes) / page * page;
  if (first < last)
    madvise(reinterpret_cast<void *>(first), last - first, MADV_HUGEPAGE);
}

} // namespace dlc
