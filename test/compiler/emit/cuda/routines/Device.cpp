// Runs kernels' text: NVRTC makes PTX of it, and ptx-sim's engine runs that.
#include "test/compiler/emit/cuda/routines/Device.h"

#include "compiler/emit/cuda/device/Nvrtc.h"

#include <cstring>
#include <gtest/gtest.h>

namespace dlc::test {

std::unique_ptr<Device> Device::create(const std::string &text) {
  const auto &nvrtc = emit::cuda::Nvrtc::get();
  if (!nvrtc) {
    ADD_FAILURE() << nvrtc.error().message();
    return nullptr;
  }
  auto compiled = nvrtc->compile(text, "compute_80");
  if (!compiled) {
    ADD_FAILURE() << compiled.error().message();
    return nullptr;
  }
  EXPECT_EQ(compiled->log.find("warning"), std::string::npos) << compiled->log;
  auto module = ptxsim::Module::load(compiled->image);
  if (!module) {
    ADD_FAILURE() << module.error().message;
    return nullptr;
  }
  auto device = std::make_unique<Device>();
  device->module = std::move(*module);
  return device;
}

void *Device::allocate(size_t bytes) {
  auto allocated = memory.allocate(bytes);
  EXPECT_TRUE(allocated) << allocated.error().message;
  allocations.push_back(*allocated);
  return *allocated;
}

void Device::freeAll() {
  for (void *allocation : allocations)
    EXPECT_TRUE(memory.free(allocation));
  allocations.clear();
}

void Device::launch(const artifact::DeviceStage &stage,
                    const std::vector<void *> &pointers, int64_t n,
                    uint64_t seed) {
  const ptxsim::Kernel *kernel = module->findKernel(stage.symbol);
  ASSERT_TRUE(kernel) << stage.symbol;
  int64_t iterations = stage.extent.trips * (stage.extent.timesBatch ? n : 1);
  ptxsim::LaunchShape shape;
  shape.grid = {unsigned((iterations + stage.perBlock - 1) / stage.perBlock),
                stage.gridY, stage.gridZ};
  shape.block = {stage.threads, 1, 1};
  shape.sharedBytes = stage.sharedBytes;

  std::vector<void *> values = pointers;
  if (stage.table) {
    void *table = allocate(pointers.size() * sizeof(void *));
    std::memcpy(table, pointers.data(), pointers.size() * sizeof(void *));
    values = {table};
  }
  int count = int(n);
  std::vector<const void *> parameters;
  for (void *const &value : values)
    parameters.push_back(&value);
  parameters.push_back(&count);
  ptxsim::Options options;
  options.seed = seed;
  auto launched =
      ptxsim::launch(memory, *kernel, shape, parameters.data(), options);
  EXPECT_TRUE(launched) << launched.error().message;
}

} // namespace dlc::test
