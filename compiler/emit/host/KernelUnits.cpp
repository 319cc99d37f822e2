// Kernels are written side by side, each into a module of its own, and compared
// as text.
#include "compiler/emit/host/KernelUnits.h"
#include "compiler/emit/host/EmitHost.h"
#include "compiler/emit/host/ToLlvm.h"
#include "compiler/emit/host/kernels/KernelLoops.h"
#include "compiler/emit/host/kernels/ScalarCode.h"
#include "mlir/IR/Threading.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::host;

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

static OwningOpRef<ModuleOp> writeKernel(kernel::FusedOp kernel) {
  OwningOpRef<ModuleOp> code = ModuleOp::create(kernel.getLoc());
  SmallVector<artifact::Launch::Stage> stages = stagesOf(kernel);
  if (stages.size() == 1) {
    writeStage(*code, kernel, stages[0].symbol, StageKind::Whole);
    return code;
  }
  writeStage(*code, kernel, stages[0].symbol, StageKind::Chunks);
  writeStage(*code, kernel, stages[1].symbol, StageKind::Finish);
  return code;
}

/// The code without the kernel's name, which starts every symbol in it.
static std::string printNameless(ModuleOp code, kernel::FusedOp kernel) {
  std::string text;
  llvm::raw_string_ostream os(text);
  code.print(os, OpPrintingFlags().useLocalScope().assumeVerified());
  std::string symbol = "@" + kernel.getName().str();
  std::string nameless;
  size_t from = 0;
  for (size_t at; (at = text.find(symbol, from)) != std::string::npos;
       from = at + symbol.size())
    nameless.append(text, from, at - from).push_back('@');
  return nameless.append(text, from);
}

llvm::FailureOr<std::vector<KernelUnit>>
dlc::emit::host::writeUnits(ModuleOp module) {
  SmallVector<kernel::FusedOp> kernels;
  WalkResult walked = module.walk([&](kernel::FusedOp kernel) {
    kernels.push_back(kernel);
    return WalkResult(failure(failed(verifySchedule(kernel)) ||
                              failed(verifyScalars(kernel))));
  });
  if (walked.wasInterrupted())
    return failure();

  loadDialects(*module.getContext());
  std::vector<OwningOpRef<ModuleOp>> codes(kernels.size());
  std::vector<std::string> texts(kernels.size());
  parallelFor(module.getContext(), 0, kernels.size(), [&](size_t i) {
    codes[i] = writeKernel(kernels[i]);
    texts[i] = printNameless(*codes[i], kernels[i]);
  });

  std::vector<KernelUnit> units;
  llvm::StringMap<size_t> known; // text to unit
  for (size_t i = 0; i < kernels.size(); ++i) {
    auto [entry, isNew] = known.try_emplace(texts[i], units.size());
    if (isNew)
      units.push_back({std::move(codes[i]), {}});
    units[entry->second].users.push_back(kernels[i]);
  }
  return units;
}
