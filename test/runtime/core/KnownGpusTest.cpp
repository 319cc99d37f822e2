// How much of a processor a kernel's blocks fill, by hand.
#include "runtime/core/KnownGpus.h"

#include <gtest/gtest.h>

namespace dlc {
namespace {

TEST(Occupancy, IsLimitedByWhatRunsOutFirst) {
  const KnownGpu &a100 = findGpu(80), &rtx5090 = findGpu(120);
  // Nothing does: eight blocks of 256 threads.
  EXPECT_EQ(countOccupancy(a100, 256, 32, 0), 1);
  // 64 registers for each of 1024 threads are all that there are.
  EXPECT_EQ(countOccupancy(a100, 256, 64, 0), 0.5);
  // One more is eight more: three blocks are left.
  EXPECT_EQ(countOccupancy(a100, 256, 65, 0), 0.375);
  // 164 KB hold three blocks of 48 and the driver's one, 100 KB two.
  EXPECT_EQ(countOccupancy(a100, 128, 32, 48 << 10), 3 * 128 / 2048.0);
  EXPECT_EQ(countOccupancy(rtx5090, 128, 32, 48 << 10), 2 * 128 / 1536.0);
  // 32 blocks, however small.
  EXPECT_EQ(countOccupancy(a100, 32, 16, 0), 0.5);
  // A block that fits no processor.
  EXPECT_EQ(countOccupancy(a100, 1024, 128, 0), 0);
}

} // namespace
} // namespace dlc
