// Counts calls of malloc and its relatives in the whole process.
#include "test/runtime/host/AllocationCount.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace dlc::host::test {
namespace {

std::atomic<bool> counting = false;
std::atomic<long> allocations = 0;

[[maybe_unused]] void note() {
  if (counting)
    ++allocations;
}

} // namespace

AllocationCount::AllocationCount() {
  allocations = 0;
  counting = true;
}

long AllocationCount::stop() {
  counting = false;
  return allocations;
}

} // namespace dlc::host::test

#ifndef DLC_SANITIZED_MALLOC
extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  dlc::host::test::note();
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  dlc::host::test::note();
  return __libc_calloc(count, size);
}
void *realloc(void *memory, size_t size) {
  dlc::host::test::note();
  return __libc_realloc(memory, size);
}
void *memalign(size_t alignment, size_t size) {
  dlc::host::test::note();
  return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  dlc::host::test::note();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **memory, size_t alignment, size_t size) {
  dlc::host::test::note();
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}
}
#endif
