// Counts calls of malloc and its relatives in the whole process.
#pragma once

namespace dlc::host::test {

/// Whether this build lets malloc be replaced.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DLC_SANITIZED_MALLOC
#endif
#endif
#ifdef DLC_SANITIZED_MALLOC
inline constexpr bool canCountAllocations = false;
#else
inline constexpr bool canCountAllocations = true;
#endif

/// Counts from its construction on, on all threads. One at a time.
class AllocationCount {
public:
  AllocationCount();
  /// Stops counting; how many allocations there were.
  long stop();
};

} // namespace dlc::host::test
