// Prints one launch at a time.
#include "compiler/KernelTexts.h"
#include "compiler/emit/cuda/EmitCuda.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace dlc;

/// CUDA C++; a text holds "@NAME@" where its symbol stands.
static std::string printCuda(Operation *launch, StringRef name,
                             int64_t maxBatch) {
  auto emitted = emit::cuda::emitKernel(launch, maxBatch);
  if (failed(emitted))
    return "";
  constexpr StringRef placeholder = "@NAME@";
  std::string text;
  StringRef rest = emitted->text;
  for (size_t at; (at = rest.find(placeholder)) != StringRef::npos;) {
    text.append(rest.take_front(at)).append(name);
    rest = rest.drop_front(at + placeholder.size());
  }
  return text.append(rest);
}

/// A function around the launch alone, so that its operands have names.
static std::string printIr(Operation *launch, StringRef name) {
  OpBuilder b(launch->getContext());
  auto type =
      b.getFunctionType(launch->getOperandTypes(), launch->getResultTypes());
  auto func = func::FuncOp::create(b, launch->getLoc(), name, type);
  Block *block = func.addEntryBlock();
  IRMapping mapping;
  mapping.map(launch->getOperands(), block->getArguments());
  b.setInsertionPointToEnd(block);
  Operation *shown = b.clone(*launch, mapping);
  // What was decided about places and growth is shown elsewhere.
  for (StringRef key :
       {"kernel.places", "kernel.scratch_place", "kernel.reasons"})
    shown->removeDiscardableAttr(key);
  func::ReturnOp::create(b, launch->getLoc(), shown->getResults());
  std::string text;
  llvm::raw_string_ostream os(text);
  func->print(os, OpPrintingFlags().useLocalScope());
  func.erase();
  return text;
}

std::map<std::string, std::string>
dlc::printKernels(ModuleOp planned, Device device, int64_t maxBatch) {
  std::map<std::string, std::string> texts;
  planned.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!emit::cuda::isLaunch(op))
      return WalkResult::advance();
    auto name = op->getAttrOfType<StringAttr>("name").getValue();
    texts[name.str()] = device == Device::Cuda ? printCuda(op, name, maxBatch)
                                               : printIr(op, name);
    return WalkResult::skip();
  });
  return texts;
}
