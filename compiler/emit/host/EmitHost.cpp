// A module as one translation unit: kernels one after the other, then each CPU
// level by itself.
#include "compiler/emit/host/EmitHost.h"
#include "compiler/emit/host/LinkShared.h"
#include "compiler/emit/host/ObjectCode.h"
#include "compiler/emit/host/ToLlvm.h"
#include "compiler/emit/host/kernels/KernelLoops.h"
#include "compiler/emit/host/kernels/ScalarCode.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::host;

static constexpr StringLiteral finishSuffix = "_finish";

SmallVector<artifact::Launch::Stage>
dlc::emit::host::stagesOf(kernel::FusedOp kernel) {
  kernel::HostScheduleAttr schedule = kernel.getScheduleAttr();
  std::string symbol = kernel.getName().str();
  if (schedule.getChunks() > 1)
    return {{symbol, {schedule.getChunks(), /*timesBatch=*/false}},
            {symbol + finishSuffix.str(), {1, /*timesBatch=*/false}}};
  artifact::Extent extent;
  for (int64_t size : kernel.getSpace().take_front(schedule.getParallel()))
    if (ShapedType::isDynamic(size))
      extent.timesBatch = true;
    else
      extent.trips *= size;
  return {{symbol, extent}};
}

/// The batch may only be a tensor's first dim, or strides would depend on it.
static bool hasInnerBatch(Type type) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(type).getShape();
  return llvm::is_contained(shape.drop_front(shape.empty() ? 0 : 1),
                            ShapedType::kDynamic);
}

/// kernel.fused "k0": what it has, the limit, the remedy.
static LogicalResult verifySchedule(kernel::FusedOp kernel) {
  auto fail = [&](const Twine &problem) {
    return kernel.emitError("kernel.fused \"")
           << kernel.getName() << "\": " << problem;
  };
  kernel::HostScheduleAttr schedule = kernel.getScheduleAttr();
  if (!schedule)
    return fail("has no schedule but code is written by one; run "
                "schedule-host before");
  if (llvm::any_of(kernel->getOperandTypes(), hasInnerBatch) ||
      llvm::any_of(kernel->getResultTypes(), hasInnerBatch))
    return fail("has a tensor with the batch inside but strides must be known; "
                "make the batch its first dim");
  int64_t parallel = schedule.getParallel(), batches = 0;
  if (parallel < 0 || parallel > int64_t(kernel.getSpace().size()))
    return fail("runs " + Twine(parallel) + " loops side by side but has " +
                Twine(kernel.getSpace().size()) + "; run schedule-host again");
  for (int64_t dim = 0; dim < parallel; ++dim) {
    int64_t size = kernel.getSpace()[dim];
    batches += ShapedType::isDynamic(size);
    bool folds = size != 1 && llvm::is_contained(kernel.getReduced(), dim);
    if (batches > 1 || folds)
      return fail("runs " + Twine(parallel) +
                  " loops side by side but those may hold no reduced loop and "
                  "one over the batch; run schedule-host again");
  }
  return success();
}

static void writeStage(ModuleOp target, kernel::FusedOp kernel,
                       StringRef symbol, StageKind stage) {
  KernelCode code(target, kernel, symbol, stage != StageKind::Whole);
  if (kernel::isColumnNest(kernel, code.nest))
    writeColumns(code, stage);
  else
    writeRows(code, stage);
}

static LogicalResult writeKernel(ModuleOp target, kernel::FusedOp kernel) {
  if (failed(verifySchedule(kernel)) || failed(verifyScalars(kernel)))
    return failure();
  SmallVector<artifact::Launch::Stage> stages = stagesOf(kernel);
  if (stages.size() == 1) {
    writeStage(target, kernel, stages[0].symbol, StageKind::Whole);
    return success();
  }
  writeStage(target, kernel, stages[0].symbol, StageKind::Chunks);
  writeStage(target, kernel, stages[1].symbol, StageKind::Finish);
  return success();
}

static std::unique_ptr<llvm::Module> writeModule(ModuleOp module,
                                                 llvm::LLVMContext &context) {
  loadDialects(*module.getContext());
  OwningOpRef<ModuleOp> target = ModuleOp::create(module.getLoc());
  WalkResult walked = module.walk([&](kernel::FusedOp kernel) {
    return WalkResult(writeKernel(*target, kernel));
  });
  if (walked.wasInterrupted())
    return nullptr;
  return translateToLlvm(*target, context);
}

static llvm::Expected<Object> compileFor(const llvm::Module &module,
                                         StringRef cpu) {
  auto level = findCpuLevel(cpu);
  if (!level)
    return level.takeError();
  std::unique_ptr<llvm::Module> copy = llvm::CloneModule(module);
  auto object = compileObject(*copy, *level);
  if (!object)
    return object.takeError();
  auto shared = linkShared(*object);
  if (!shared)
    return shared.takeError();
  return Object{level->name, level->features, std::move(*shared)};
}

llvm::FailureOr<std::vector<Object>>
dlc::emit::host::emitHost(ModuleOp module, ArrayRef<std::string> cpus,
                          std::string *llvmText) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code = writeModule(module, context);
  if (!code)
    return failure();
  if (llvmText) {
    llvm::raw_string_ostream os(*llvmText);
    os << *code;
  }
  std::vector<Object> objects;
  for (const std::string &cpu : cpus) {
    llvm::Expected<Object> object = compileFor(*code, cpu);
    if (!object) {
      module.emitError() << "host code: " << llvm::toString(object.takeError());
      return failure();
    }
    objects.push_back(std::move(*object));
  }
  return objects;
}
