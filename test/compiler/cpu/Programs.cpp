// Functions of prims as programs on this CPU: every stage after training.
#include "test/compiler/cpu/Programs.h"
#include "compiler/Passes.h"
#include "compiler/pack/Pack.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace mlir;

namespace dlc::test {

static LogicalResult plan(ModuleOp module, int64_t maxBatch) {
  PassManager pm(module.getContext());
  pm.addNestedPass<func::FuncOp>(createDecomposeComposites());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createFuseEpilogues());
  pm.addNestedPass<func::FuncOp>(createFuseKernels());
  pm.addNestedPass<func::FuncOp>(createMergeKernels());
  pm.addNestedPass<func::FuncOp>(createAssignStates());
  pm.addNestedPass<func::FuncOp>(createScheduleHost());
  PlanMemoryOptions options;
  options.maxBatch = maxBatch;
  pm.addPass(createPlanMemory(options));
  return pm.run(module);
}

static void nameEnds(func::FuncOp function) {
  Builder b(function.getContext());
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    function.setArgAttr(i, "dlc.input", b.getStringAttr("x" + Twine(i)));
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    function.setResultAttr(i, "dlc.output", b.getStringAttr("y" + Twine(i)));
}

std::unique_ptr<Programs> Programs::compile(ModuleOp module, int64_t maxBatch) {
  for (auto function : module.getOps<func::FuncOp>())
    nameEnds(function);
  if (failed(plan(module, maxBatch))) {
    ADD_FAILURE() << "the passes fail";
    return nullptr;
  }
  auto objects = emit::host::emitHost(module, {"x86-64-v3"});
  if (failed(objects)) {
    ADD_FAILURE() << "no code is emitted";
    return nullptr;
  }
  pack::PackInput input;
  input.host = module;
  input.modelName = "prims";
  input.objects = *objects;
  input.initial = [](const artifact::State &) { return std::nullopt; };
  Expected<artifact::Artifact> packed = pack::pack(input);
  if (!packed) {
    ADD_FAILURE() << packed.error().message();
    return nullptr;
  }
  auto programs = std::make_unique<Programs>();
  programs->artifact = std::move(*packed);
  auto executor = host::Executor::create(programs->artifact,
                                         {.threads = 2, .poison = true});
  if (!executor) {
    ADD_FAILURE() << executor.error().message();
    return nullptr;
  }
  programs->executor.emplace(std::move(*executor));
  return programs;
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
    std::byte *buffer = executor->buffer(function, port.buffer);
    for (size_t i = 0; i < input.data.size(); ++i)
      write(buffer, type, i, input.data[i]);
  }
  if (auto ran = executor->run(function, n, 1); !ran) {
    ADD_FAILURE() << ran.error().message();
    return {};
  }
  std::vector<Array> outputs;
  for (const artifact::Port &port : program.outputs) {
    const artifact::Buffer &place = program.buffers[port.buffer];
    Array output;
    for (int64_t size : place.shape)
      output.shape.push_back(size == batchDim ? n : size);
    for (int64_t i = 0; i < count(output.shape); ++i)
      output.data.push_back(
          read(executor->buffer(function, port.buffer), place.dtype, i));
    outputs.push_back(std::move(output));
  }
  return outputs;
}

} // namespace dlc::test
