// A driver that is missing, too old or without a GPU is a clear error.
#include "runtime/cuda/driver/Driver.h"

#include "runtime/cuda/driver/Context.h"
#include "tools/ptx-sim/driver/PtxSim.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace dlc::cuda {
namespace {

std::string explain(const std::string &library) {
  auto driver = Driver::open(library);
  return driver ? "" : driver.error().message();
}

TEST(Driver, SaysThatItIsMissing) {
  std::string message = explain("libno-such-driver.so.1");
  EXPECT_EQ(message.find("CUDA driver libno-such-driver.so.1: cannot be "
                         "opened: "),
            0u)
      << message;
  EXPECT_NE(message.find("install NVIDIA's driver, or run with --device host"),
            std::string::npos)
      << message;
}

TEST(Driver, SaysThatItIsTooOld) {
  setenv("FAKE_CUDA", "old", 1);
  std::string message = explain(DLC_TEST_FAKE_DRIVER);
  EXPECT_NE(message.find("is for CUDA 10.2 but dlc needs CUDA 11.4 or newer; "
                         "install a newer driver"),
            std::string::npos)
      << message;
  // A new number does not help where functions are missing.
  setenv("FAKE_CUDA", "new", 1);
  message = explain(DLC_TEST_FAKE_DRIVER);
  EXPECT_NE(message.find("lacks cuGetErrorName but dlc needs CUDA 11.4"),
            std::string::npos)
      << message;
}

TEST(Driver, OpensOnce) {
  auto first = Driver::open(DLC_TEST_PTX_SIM),
       second = Driver::open(DLC_TEST_PTX_SIM);
  ASSERT_TRUE(first) << first.error().message();
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ((*first)->version(), 13000);
  EXPECT_EQ((*first)->describe(IllegalAddress),
            "CUDA_ERROR_ILLEGAL_ADDRESS (an illegal memory access was "
            "encountered)");
  EXPECT_EQ((*first)->describe(Result(12345)), "CUDA error 12345");
}

TEST(Context, CountsGpus) {
  auto driver = Driver::open(DLC_TEST_PTX_SIM);
  ASSERT_TRUE(driver) << driver.error().message();
  auto context = Context::open(**driver, 1);
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().message(),
            "GPU 1: is not there but this machine has 1; choose one of them, "
            "counted from 0, or --device host");
  auto first = Context::open(**driver, 0);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->computeCapability(), 80);
}

} // namespace
} // namespace dlc::cuda
