// CUDA code against the meaning of kernels: every walk, odd sizes, NVRTC's PTX
// on ptx-sim, threads in several orders with the same bits.
#include "compiler/emit/cuda/EmitCuda.h"
#include "test/compiler/emit/cuda/routines/Device.h"
#include "test/compiler/emit/host/Evaluate.h"
#include "test/compiler/emit/host/HostCode.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

namespace {

struct Case {
  const char *name;
  const char *text;
};

} // namespace

static const Case cases[] = {
#include "test/compiler/emit/cuda/CudaCases.inc"
#include "test/compiler/emit/host/KernelCases.inc"
};

static constexpr int64_t largestBatch = 40;

static void expectClose(const Array &actual, const Array &expected,
                        const std::string &what) {
  ASSERT_EQ(actual.size(), expected.size());
  for (int64_t i = 0; i < actual.size(); ++i) {
    double x = actual.get(i), y = expected.get(i);
    if (std::isnan(x) && std::isnan(y))
      continue;
    ASSERT_LE(std::abs(x - y), 2e-5 * (std::abs(y) + 1))
        << what << " element " << i << ": " << x << " but " << y;
  }
}

/// The outputs of a kernel on a device; its scratch is full of NaN.
static std::vector<Array> run(Device &device, kernel::FusedOp kernel,
                              const std::vector<artifact::DeviceStage> &stages,
                              const std::vector<Array> &inputs,
                              int64_t scratchBytes, int64_t n, uint64_t seed) {
  std::vector<void *> pointers;
  std::vector<Array> outputs;
  for (const Array &input : inputs) {
    pointers.push_back(device.allocate(input.bytes()));
    std::memcpy(pointers.back(), input.data(), input.bytes());
  }
  for (Type type : kernel.getOutputs().getTypes())
    pointers.push_back(device.allocate(outputs.emplace_back(type, n).bytes()));
  if (scratchBytes != 0)
    pointers.push_back(device.allocate(scratchBytes));
  for (const artifact::DeviceStage &stage : stages)
    device.launch(stage, pointers, n, seed);
  for (auto [i, output] : llvm::enumerate(outputs))
    std::memcpy(output.data(), pointers[inputs.size() + i], output.bytes());
  device.freeAll();
  return outputs;
}

static void check(Device &device, kernel::FusedOp kernel,
                  const emit::cuda::DeviceText &text, int64_t n) {
  std::string what = kernel.getName().str() + " n = " + std::to_string(n);
  std::mt19937 random(n);
  std::vector<Array> inputs;
  for (Type type : kernel.getInputs().getTypes())
    inputs.emplace_back(type, n).randomise(random);
  std::vector<Array> expected = evaluate(kernel, inputs, n);
  int64_t scratch = emit::cuda::emitKernel(kernel, largestBatch)->scratchBytes;
  auto runOnce = [&](uint64_t seed) {
    return run(device, kernel, text.stages.at(kernel.getName()), inputs,
               scratch, n, seed);
  };
  std::vector<Array> first = runOnce(1);
  for (size_t i = 0; i < first.size(); ++i)
    expectClose(first[i], expected[i], what + " output " + std::to_string(i));
  // Again, with threads and blocks in another order.
  std::vector<Array> second = runOnce(2);
  for (size_t i = 0; i < first.size(); ++i)
    EXPECT_EQ(std::memcmp(first[i].data(), second[i].data(), first[i].bytes()),
              0)
        << what << " differs in another order";
}

namespace {

class CudaKernels : public testing::TestWithParam<Case> {};

} // namespace

TEST_P(CudaKernels, MeanWhatTheySay) {
  auto context = makeContext();
  OwningOpRef<ModuleOp> module = parseScheduled(*context, GetParam().text);
  ASSERT_TRUE(module);
  auto text = emit::cuda::emitCuda(*module, largestBatch);
  ASSERT_TRUE(succeeded(text));
  auto device = Device::create(text->text);
  ASSERT_TRUE(device);
  for (int64_t n : {int64_t(1), int64_t(7), largestBatch})
    module->walk(
        [&](kernel::FusedOp kernel) { check(*device, kernel, *text, n); });
}

INSTANTIATE_TEST_SUITE_P(Cases, CudaKernels, testing::ValuesIn(cases),
                         [](const testing::TestParamInfo<Case> &info) {
                           return std::string(info.param.name);
                         });
