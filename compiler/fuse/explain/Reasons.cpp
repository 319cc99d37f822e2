// What fusion notes on kernels while it decides, for people to read.
#include "compiler/fuse/explain/Reasons.h"
#include "dialects/kernel/Layers.h"

using namespace mlir;
using namespace dlc;

SmallVector<std::string> dlc::fuse::getStrings(Operation *op, StringRef key) {
  SmallVector<std::string> strings;
  if (auto list = op->getAttrOfType<ArrayAttr>(key))
    for (auto string : list.getAsRange<StringAttr>())
      strings.push_back(string.str());
  return strings;
}

void dlc::fuse::setStrings(Operation *op, StringRef key,
                           ArrayRef<std::string> strings) {
  if (llvm::all_of(strings, [](const std::string &s) { return s.empty(); })) {
    op->removeDiscardableAttr(key);
    return;
  }
  Builder b(op->getContext());
  SmallVector<StringRef> refs(strings.begin(), strings.end());
  op->setDiscardableAttr(key, b.getStrArrayAttr(refs));
}

std::string dlc::fuse::describe(StringRef name, Operation *op) {
  llvm::SetVector<StringRef> layers = kernel::findLayers(op->getLoc());
  std::string text = name.str();
  if (layers.empty())
    return text;
  text += " (" + layers.front().str();
  if (layers.size() == 2)
    text += " and " + layers.back().str();
  else if (layers.size() > 2)
    text += " and " + std::to_string(layers.size() - 1) + " others";
  return text + ")";
}
