// Functions of prims as programs of a device: every stage after training.
#include "test/compiler/programs/Programs.h"
#include "compiler/Passes.h"
#include "compiler/pack/Pack.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "runtime/cuda/Executor.h"
#include "runtime/host/Executor.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace mlir;

namespace dlc::test {

static LogicalResult plan(ModuleOp module, int64_t maxBatch, Place place) {
  PassManager pm(module.getContext());
  pm.addNestedPass<func::FuncOp>(createDecomposeComposites());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createFuseEpilogues());
  pm.addNestedPass<func::FuncOp>(createFuseKernels());
  pm.addNestedPass<func::FuncOp>(createMergeKernels());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  if (place == Place::Sim) {
    pm.addNestedPass<func::FuncOp>(createChainKernels());
    GroupKernelsOptions group;
    group.maxBatch = maxBatch;
    pm.addNestedPass<func::FuncOp>(createGroupKernels(group));
  }
  pm.addNestedPass<func::FuncOp>(createAssignStates());
  if (place == Place::Host) {
    pm.addNestedPass<func::FuncOp>(createScheduleHost());
  } else {
    ScheduleCudaOptions schedule;
    schedule.maxBatch = maxBatch;
    pm.addNestedPass<func::FuncOp>(createScheduleCuda(schedule));
  }
  PlanMemoryOptions options;
  options.maxBatch = maxBatch;
  pm.addPass(createPlanMemory(options));
  pm.addPass(createCheckPlan());
  return pm.run(module);
}

static void nameEnds(func::FuncOp function) {
  Builder b(function.getContext());
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    function.setArgAttr(i, "dlc.input", b.getStringAttr("x" + Twine(i)));
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    function.setResultAttr(i, "dlc.output", b.getStringAttr("y" + Twine(i)));
}

/// The value, or null and a failure of the running test.
template <typename T> static T *orFail(Expected<T> &value) {
  if (value)
    return &*value;
  ADD_FAILURE() << value.error().message();
  return nullptr;
}

/// Null, and a failure of the running test, where it does not open.
static std::unique_ptr<Device> open(const artifact::Artifact &artifact,
                                    Place place) {
  if (place == Place::Host) {
    auto host =
        host::Executor::create(artifact, {.threads = 2, .poison = true});
    return orFail(host) ? std::make_unique<host::Executor>(std::move(*host))
                        : nullptr;
  }
  auto sim = cuda::Executor::create(
      artifact, {.library = DLC_TEST_PTX_SIM, .poison = true});
  return orFail(sim) ? std::move(*sim) : nullptr;
}

std::unique_ptr<Programs> Programs::compile(ModuleOp module, int64_t maxBatch,
                                            Place place) {
  for (auto function : module.getOps<func::FuncOp>())
    nameEnds(function);
  if (failed(plan(module, maxBatch, place))) {
    ADD_FAILURE() << "the passes fail";
    return nullptr;
  }
  pack::PackInput input;
  input.modelName = "prims";
  input.initial = [](const artifact::State &) { return std::nullopt; };
  FailureOr<std::vector<emit::host::Object>> objects =
      std::vector<emit::host::Object>();
  FailureOr<emit::cuda::DeviceText> text = emit::cuda::DeviceText();
  Expected<std::vector<emit::cuda::DeviceImage>> images =
      std::vector<emit::cuda::DeviceImage>();
  if (place == Place::Host) {
    input.host = module;
    objects = emit::host::emitHost(module, {"x86-64-v3"});
  } else {
    input.cuda = module;
    text = emit::cuda::emitCuda(module, maxBatch);
    // One unit for all: NVRTC's start costs more than a kernel.
    if (succeeded(text))
      images = emit::cuda::compileDevice(text->text, {}, /*cacheFolder=*/{});
  }
  if (failed(objects) || failed(text)) {
    ADD_FAILURE() << "no code is emitted";
    return nullptr;
  }
  if (!orFail(images))
    return nullptr;
  input.objects = *objects;
  input.device = &*text;
  input.images = *images;
  auto packed = pack::pack(input);
  if (!orFail(packed))
    return nullptr;
  auto programs = std::make_unique<Programs>();
  programs->artifact = std::move(*packed);
  programs->device = open(programs->artifact, place);
  return programs->device ? std::move(programs) : nullptr;
}

// Element i of a buffer of this type.
static double read(const std::byte *buffer, DType type, int64_t i) {
  if (type == DType::F32)
    return reinterpret_cast<const float *>(buffer)[i];
  if (type == DType::I32)
    return reinterpret_cast<const int32_t *>(buffer)[i];
  return static_cast<double>(buffer[i]);
}

static void write(std::byte *buffer, DType type, int64_t i, double value) {
  if (type == DType::F32)
    reinterpret_cast<float *>(buffer)[i] = static_cast<float>(value);
  else if (type == DType::I32)
    reinterpret_cast<int32_t *>(buffer)[i] = static_cast<int32_t>(value);
  else
    buffer[i] = static_cast<std::byte>(value != 0);
}

std::vector<Array> Programs::run(size_t function,
                                 const std::vector<Array> &inputs, int64_t n) {
  const artifact::Program &program = artifact.manifest.programs[function];
  for (auto [port, input] : llvm::zip_equal(program.inputs, inputs)) {
    DType type = program.buffers[port.buffer].dtype;
    auto staged = device->stageInput(function, port.buffer, 0);
    if (!orFail(staged))
      return {};
    for (size_t i = 0; i < input.data.size(); ++i)
      write(*staged, type, i, input.data[i]);
  }
  if (auto ran = device->run(function, n, 1); !ran) {
    ADD_FAILURE() << ran.error().message();
    return {};
  }
  std::vector<Array> outputs;
  for (const artifact::Port &port : program.outputs) {
    const artifact::Buffer &place = program.buffers[port.buffer];
    Array output;
    for (int64_t size : place.shape)
      output.shape.push_back(size == batchDim ? n : size);
    std::vector<std::byte> bytes(count(output.shape) * sizeOf(place.dtype));
    if (auto got = device->readBuffer(function, port.buffer, bytes); !got) {
      ADD_FAILURE() << got.error().message();
      return {};
    }
    for (int64_t i = 0; i < count(output.shape); ++i)
      output.data.push_back(read(bytes.data(), place.dtype, i));
    outputs.push_back(std::move(output));
  }
  return outputs;
}

} // namespace dlc::test
