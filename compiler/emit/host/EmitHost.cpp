// Kernels go through LLVM a few at a time, side by side, for each CPU level;
// then all of a level are linked.
#include "compiler/emit/host/EmitHost.h"
#include "compiler/emit/host/KernelUnits.h"
#include "compiler/emit/host/LinkShared.h"
#include "compiler/emit/host/ObjectCode.h"
#include "compiler/emit/host/ToLlvm.h"
#include "mlir/IR/Threading.h"
#include "llvm/IR/LLVMContext.h"
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

/// Units that are compiled together: few, so that all threads have work, and
/// the same few whatever the number of threads.
static constexpr size_t unitsInShard = 8;

/// The symbols of kernels that share another's code.
static void addAliases(llvm::Module &code, const KernelUnit &unit) {
  auto stages = stagesOf(unit.users.front());
  for (kernel::FusedOp user : ArrayRef(unit.users).drop_front())
    for (auto [own, shared] : llvm::zip_equal(stagesOf(user), stages))
      llvm::GlobalAlias::create(own.symbol, code.getFunction(shared.symbol));
}

/// Null with an error emitted if some code has no translation.
static std::unique_ptr<llvm::Module>
translateUnits(MutableArrayRef<KernelUnit> units, Location loc,
               llvm::LLVMContext &context) {
  OwningOpRef<ModuleOp> joined = ModuleOp::create(loc);
  auto &functions = joined->getBody()->getOperations();
  for (KernelUnit &unit : units)
    functions.splice(functions.end(), unit.code->getBody()->getOperations());
  std::unique_ptr<llvm::Module> code = translateToLlvm(*joined, context);
  if (code)
    for (const KernelUnit &unit : units)
      addAliases(*code, unit);
  return code;
}

namespace {

/// Some units on their way through LLVM.
struct Shard {
  MutableArrayRef<KernelUnit> units;
  std::vector<ObjectFile> objects; // one a level
};

} // namespace

static LogicalResult emitError(ModuleOp module, llvm::Error error) {
  return module.emitError()
         << "host code: " << llvm::toString(std::move(error));
}

static LogicalResult compileShard(Shard &shard, ModuleOp module,
                                  ArrayRef<CpuLevel> levels,
                                  std::string *llvmText) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code =
      translateUnits(shard.units, module.getLoc(), context);
  if (!code)
    return failure();
  if (llvmText) {
    llvm::raw_string_ostream os(*llvmText);
    os << *code;
  }
  for (const CpuLevel &level : levels) {
    std::unique_ptr<llvm::Module> copy = llvm::CloneModule(*code);
    auto object = compileObject(*copy, level);
    if (!object)
      return emitError(module, object.takeError());
    shard.objects.push_back(std::move(*object));
  }
  return success();
}

/// At least one shard; only one if its text is wanted.
static std::vector<Shard> cutShards(MutableArrayRef<KernelUnit> units,
                                    bool asOne) {
  std::vector<Shard> shards;
  do {
    auto taken = units.take_front(asOne ? units.size() : unitsInShard);
    shards.push_back({taken, {}});
    units = units.drop_front(taken.size());
  } while (!units.empty());
  return shards;
}

llvm::FailureOr<std::vector<Object>>
dlc::emit::host::emitHost(ModuleOp module, ArrayRef<std::string> cpus,
                          std::string *llvmText) {
  std::vector<CpuLevel> levels;
  for (const std::string &cpu : cpus) {
    auto level = findCpuLevel(cpu);
    if (!level)
      return emitError(module, level.takeError());
    levels.push_back(std::move(*level));
  }
  auto units = writeUnits(module);
  if (failed(units))
    return failure();
  std::vector<Shard> shards = cutShards(*units, /*asOne=*/llvmText != nullptr);
  if (failed(failableParallelForEach(
          module.getContext(), shards, [&](Shard &shard) {
            return compileShard(shard, module, levels, llvmText);
          })))
    return failure();

  std::vector<Object> objects;
  for (auto [i, level] : llvm::enumerate(levels)) {
    std::vector<ObjectFile> parts;
    for (Shard &shard : shards)
      parts.push_back(std::move(shard.objects[i]));
    auto linked = linkShared(parts);
    if (!linked)
      return emitError(module, linked.takeError());
    objects.push_back({level.name, level.features, std::move(*linked)});
  }
  return objects;
}
