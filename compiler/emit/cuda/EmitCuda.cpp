// Gathers the texts of kernels under names that say what they serve.
#include "compiler/emit/cuda/EmitCuda.h"
#include "compiler/emit/cuda/kernels/CodeText.h"
#include "compiler/emit/cuda/kernels/Fused.h"
#include "compiler/emit/cuda/routines/Routines.h"
#include "compiler/emit/cuda/routines/attention/AttentionText.h"
#include "compiler/emit/cuda/routines/product/TensorText.h"
#include "dialects/kernel/Layers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::emit::cuda;

/// Stands in a kernel's text for its name.
static constexpr llvm::StringLiteral placeholder = "@NAME@";

/// Layers that a symbol names.
static constexpr size_t mostNamed = 2;

static std::string replaceName(StringRef text, StringRef name) {
  std::string replaced;
  size_t at;
  while ((at = text.find(placeholder)) != StringRef::npos) {
    replaced.append(text.take_front(at)).append(name);
    text = text.drop_front(at + placeholder.size());
  }
  return replaced.append(text);
}

//===-- Names -------------------------------------------------------------===//

static StringRef symbolOf(Operation *kernel) {
  return kernel->getAttrOfType<StringAttr>("name").getValue();
}

/// "train_k16_conv2": the kernel's name and its first layers.
static std::string makeSymbol(Operation *kernel,
                              const llvm::SetVector<StringRef> &layers) {
  std::string symbol = symbolOf(kernel).str();
  llvm::SetVector<StringRef> names;
  for (StringRef layer : layers)
    names.insert(layer.contains(' ') ? layer.split(' ').second : layer);
  for (StringRef name : names.getArrayRef().take_front(mostNamed))
    symbol += "_" + name.str();
  for (char &c : symbol)
    if (!llvm::isAlnum(c))
      c = '_';
  return symbol;
}

//===-- Texts -------------------------------------------------------------===//

/// The routines' kernels count blocks times threads in 32 bits, so an array
/// must not have more elements than that holds.
static LogicalResult checkElements(Operation *kernel, int64_t maxBatch) {
  SmallVector<Type> arrays(kernel->getOperandTypes());
  llvm::append_range(arrays, kernel->getResultTypes());
  for (Type array : arrays) {
    double count = 1;
    for (int64_t size : cast<RankedTensorType>(array).getShape())
      count *= double(ShapedType::isDynamic(size) ? maxBatch : size);
    if (count > double(INT32_MAX))
      return kernel->emitError()
             << "kernel \"" << symbolOf(kernel) << "\": takes " << array
             << " at batch " << maxBatch
             << " but a routine's array has at most 2^31 - 1 elements on a "
                "GPU; use a smaller --batch";
  }
  return success();
}

bool dlc::emit::cuda::isLaunch(Operation *op) {
  return isa<kernel::FusedOp, kernel::GroupOp, kernel::LibraryOp,
             kernel::ChainOp>(op);
}

llvm::FailureOr<KernelText> dlc::emit::cuda::emitKernel(Operation *kernel,
                                                        int64_t maxBatch) {
  bool isRoutine = isa<kernel::LibraryOp, kernel::ChainOp>(kernel);
  if (isRoutine && failed(checkElements(kernel, maxBatch)))
    return failure();
  using Text = Expected<KernelText>;
  Text text =
      TypeSwitch<Operation *, Text>(kernel)
          .Case([&](kernel::FusedOp op) { return emitFused(op, maxBatch); })
          .Case([&](kernel::GroupOp op) { return emitGroup(op, maxBatch); })
          .Default([&](Operation *op) { return emitRoutine(op, maxBatch); });
  if (text)
    return std::move(*text);
  kernel->emitError() << text.error().message();
  return failure();
}

StringRef dlc::emit::cuda::skipComments(StringRef text) {
  while (text.starts_with("//"))
    text = text.split('\n').second;
  return text;
}

bool dlc::emit::cuda::countsBlocks(const KernelText &text) {
  return StringRef(text.text).contains("isLastBlock(");
}

/// What kernels that share code have in common. Code that counts blocks is
/// shared only by launches that the plan keeps one after the other.
static std::string findKey(Operation *op, StringRef text) {
  auto code = op->getAttrOfType<IntegerAttr>("kernel.shared_code");
  return (code ? std::to_string(code.getInt()) : "") + skipComments(text).str();
}

namespace {

/// Kernels with one code.
struct Unit {
  std::string symbol;
  KernelText code;
  SmallVector<std::string> users; // name and layers
};

} // namespace

llvm::FailureOr<DeviceText> dlc::emit::cuda::emitCuda(ModuleOp module,
                                                      int64_t maxBatch) {
  DeviceText device;
  std::vector<Unit> units;
  llvm::StringMap<size_t> known; // code to unit
  WalkResult walked = module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isLaunch(op))
      return WalkResult::advance();
    auto text = emitKernel(op, maxBatch);
    if (failed(text))
      return WalkResult::interrupt();
    llvm::SetVector<StringRef> layers = kernel::findLayers(op->getLoc());
    if (text->product) {
      device.stages[symbolOf(op)];
      device.products[symbolOf(op)] = *text->product;
      return WalkResult::skip();
    }
    if (text->convolution)
      device.convolutions[symbolOf(op)] = *text->convolution;
    auto [entry, isNew] =
        known.try_emplace(findKey(op, text->text), units.size());
    if (isNew)
      units.push_back({makeSymbol(op, layers), std::move(*text), {}});
    Unit &unit = units[entry->second];
    unit.users.push_back(symbolOf(op).str());
    if (!layers.empty())
      unit.users.back() += ": " + llvm::join(layers, ", ");
    auto &stages = device.stages[symbolOf(op)];
    stages = unit.code.stages;
    for (artifact::DeviceStage &stage : stages)
      stage.symbol = replaceName(stage.symbol, unit.symbol);
    return WalkResult::skip();
  });
  if (walked.wasInterrupted())
    return failure();

  device.text = getPrelude().str();
  auto anyUses = [&](bool (*uses)(std::string_view)) {
    return llvm::any_of(units,
                        [&](const Unit &unit) { return uses(unit.code.text); });
  };
  if (anyUses(routines::usesTensorText))
    device.text += routines::getTensorText();
  if (anyUses(routines::usesAttentionText))
    device.text += routines::getAttentionText();
  if (anyUses(routines::usesTensorAttentionText))
    device.text += routines::getTensorAttentionText();
  for (const Unit &unit : units) {
    device.text += '\n';
    CodeText users;
    for (const std::string &user : unit.users)
      users.comment(user);
    device.text += users.take();
    device.text += replaceName(unit.code.text, unit.symbol);
  }
  return device;
}
