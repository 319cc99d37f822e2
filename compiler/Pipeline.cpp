// The table of contents of the compiler: every phase in order, a sentence each.
#include "compiler/Pipeline.h"
#include "compiler/Passes.h"
#include "compiler/Targets.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace dlc;

namespace {

struct PhaseBuilder {
  const char *name;
  const char *summary;
  /// Null for the phase that goes by the device.
  void (*build)(OpPassManager &, const CompileOptions &);
};

void buildExpand(OpPassManager &pm, const CompileOptions &) {
  pm.addPass(createExpandLayers());
}

void buildTrain(OpPassManager &pm, const CompileOptions &options) {
  // What gradients need not know is gone before they are taken.
  pm.addNestedPass<func::FuncOp>(createFoldPadding());
  FoldScalesOptions scales;
  scales.maxBatch = options.batch;
  pm.addNestedPass<func::FuncOp>(createFoldScales(scales));
  if (options.zeroBiasGradients)
    pm.addNestedPass<func::FuncOp>(createCancelBiases());
  TrainStepOptions train;
  train.programs.assign(options.programs.begin(), options.programs.end());
  pm.addPass(createTrainStep(train));
}

void buildSimplify(OpPassManager &pm, const CompileOptions &options) {
  pm.addNestedPass<func::FuncOp>(createDecomposeComposites());
  pm.addPass(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createFoldAlgebra());
  pm.addNestedPass<func::FuncOp>(createFoldMovement());
  pm.addNestedPass<func::FuncOp>(createMoveCasts());
  pm.addNestedPass<func::FuncOp>(createFoldConstants());
  pm.addNestedPass<func::FuncOp>(createSinkTransposes());
  // What folding made the same, and what nobody reads any more.
  pm.addPass(createCanonicalizerPass());
  // What forward and backward share is computed once.
  pm.addPass(createCSEPass());
  WidenCallsOptions widen;
  // Unknown targets are an error where code is made for them.
  if (auto targets = parseTargets(options.targets))
    llvm::append_range(widen.halfRoutines, listHalfRoutines(*targets));
  pm.addNestedPass<func::FuncOp>(createWidenCalls(widen));
}

void buildFuse(OpPassManager &pm, const CompileOptions &options) {
  FuseKernelsOptions fuse;
  fuse.fuse = options.fuse;
  fuse.explain = options.explain;
  if (options.fuse)
    pm.addNestedPass<func::FuncOp>(createFuseEpilogues());
  pm.addNestedPass<func::FuncOp>(createFuseKernels(fuse));
  MergeKernelsOptions merge;
  merge.explain = options.explain;
  if (options.fuse) {
    pm.addNestedPass<func::FuncOp>(createMergeKernels(merge));
    pm.addNestedPass<func::FuncOp>(createDeriveInputs());
  }
  // Scalars that several prims of a kernel compute, as constants.
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

constexpr PhaseBuilder phases[] = {
    {"layer", "what Keras says: the model's layers, loss and optimizer",
     [](OpPassManager &, const CompileOptions &) {}},
    {"prim", "every layer states what it means in tensor mathematics",
     buildExpand},
    {"train", "the loss is differentiated and the weights are updated",
     buildTrain},
    {"simplify", "composites open up, and nothing is computed twice",
     buildSimplify},
    {"fused", "loop nests that share a space become one kernel", buildFuse},
    {"plan", "every kernel has its loops and every tensor its place", nullptr},
};

} // namespace

const std::vector<Phase> &dlc::listPhases() {
  static const std::vector<Phase> list = [] {
    std::vector<Phase> all;
    for (const PhaseBuilder &phase : phases)
      all.push_back({phase.name, phase.summary});
    all.push_back({"llvm", "the host's code as LLVM IR, before optimisation"});
    all.push_back({"cuda", "the GPU's code as CUDA C++"});
    all.push_back({"ptx", "the same as PTX"});
    return all;
  }();
  return list;
}

static const char *toOption(Float32Precision precision) {
  switch (precision) {
  case Float32Precision::Ieee:
    return "ieee";
  case Float32Precision::Tf32:
    return "tf32";
  case Float32Precision::Tf32x3:
    return "tf32x3";
  }
  return "ieee";
}

/// Times are those of the newest GPU that is named.
static void addLibraries(OpPassManager &pm, const CompileOptions &options) {
  if (options.libraries == Libraries::None)
    return;
  ChooseLibrariesOptions choose;
  choose.maxBatch = options.batch;
  choose.always = options.libraries == Libraries::Always;
  // Unknown targets are an error where code is made for them.
  if (auto targets = parseTargets(options.targets);
      targets && !targets->capabilities.empty())
    choose.capability = targets->capabilities.back();
  pm.addNestedPass<func::FuncOp>(createChooseLibraries(choose));
}

void dlc::buildPlan(OpPassManager &pm, const CompileOptions &options,
                    Device device) {
  if (device == Device::Cuda) {
    ChoosePrecisionOptions precision;
    precision.precision = toOption(options.float32Precision);
    pm.addNestedPass<func::FuncOp>(createChoosePrecision(precision));
  }
  if (device == Device::Cuda && options.fuse) {
    pm.addNestedPass<func::FuncOp>(createOnePassMoments());
    MergeKernelsOptions merge;
    merge.explain = options.explain;
    pm.addNestedPass<func::FuncOp>(createMergeKernels(merge));
    pm.addNestedPass<func::FuncOp>(createCSEPass());
    // The host's routines are a library's: they take bias and relu along alone.
    pm.addNestedPass<func::FuncOp>(createChainKernels());
    addLibraries(pm, options);
    merge.updates = true;
    pm.addNestedPass<func::FuncOp>(createMergeKernels(merge));
    GroupKernelsOptions group;
    group.maxBatch = options.batch;
    pm.addNestedPass<func::FuncOp>(createGroupKernels(group));
  } else if (device == Device::Cuda) {
    addLibraries(pm, options);
  }
  if (options.explain) {
    ExplainKernelsOptions explain;
    explain.onGpu = device == Device::Cuda && options.fuse;
    pm.addNestedPass<func::FuncOp>(createExplainKernels(explain));
  }
  pm.addNestedPass<func::FuncOp>(createAssignStates());
  if (device == Device::Host) {
    if (options.winograd)
      pm.addNestedPass<func::FuncOp>(createChooseWinograd());
    pm.addNestedPass<func::FuncOp>(createScheduleHost());
  } else {
    ScheduleCudaOptions schedule;
    schedule.maxBatch = options.batch;
    pm.addNestedPass<func::FuncOp>(createScheduleCuda(schedule));
  }
  if (options.fuse) {
    OrderKernelsOptions order;
    order.maxBatch = options.batch;
    pm.addNestedPass<func::FuncOp>(createOrderKernels(order));
  }
  if (options.memoryLimit) {
    RematerialiseOptions rematerialise;
    rematerialise.maxBatch = options.batch;
    rematerialise.limit = *options.memoryLimit;
    pm.addPass(createRematerialise(rematerialise));
  }
  // Side by side more is live at once.
  if (device == Device::Cuda && options.fuse && !options.memoryLimit) {
    AssignStreamsOptions streams;
    streams.maxBatch = options.batch;
    streams.streams = unsigned(options.streams);
    pm.addNestedPass<func::FuncOp>(createAssignStreams(streams));
  }
  PlanMemoryOptions plan;
  plan.maxBatch = options.batch;
  plan.reuse = options.fuse;
  pm.addPass(createPlanMemory(plan));
  pm.addPass(createCheckPlan());
}

void dlc::buildPipeline(OpPassManager &pm, const CompileOptions &options,
                        StringRef last, Device device) {
  for (const PhaseBuilder &phase : phases) {
    if (phase.build)
      phase.build(pm, options);
    else
      buildPlan(pm, options, device);
    if (phase.name == last)
      return;
  }
}

void dlc::registerPipelines() {
  PassPipelineRegistration<>(
      "model-to-plan", "A layer file becomes planned step functions",
      [](OpPassManager &pm) { buildPipeline(pm, CompileOptions()); });
  PassPipelineRegistration<>(
      "model-to-cuda-plan", "The same for a GPU", [](OpPassManager &pm) {
        buildPipeline(pm, CompileOptions(), "plan", Device::Cuda);
      });
}
