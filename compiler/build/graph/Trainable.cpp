// Matches paths of layers and sets Keras' flag on their ops.
#include "compiler/build/graph/Trainable.h"
#include "compiler/build/graph/KerasOrder.h"

#include <fnmatch.h>

using namespace mlir;
using namespace dlc;
using namespace dlc::build;

namespace {

class TrainableSetter {
public:
  TrainableSetter(const std::string &pattern, bool trainable)
      : pattern(pattern), trainable(trainable) {}

  /// Whether a layer among `ops` or below matched.
  bool visit(ArrayRef<Operation *> ops, const std::string &prefix);
  /// All paths that were looked at.
  const std::vector<std::string> &paths() const { return seen; }

private:
  void setAll(Operation *op);
  void set(Operation *op, bool value);

  const std::string &pattern;
  bool trainable;
  std::vector<std::string> seen;
};

} // namespace

static SmallVector<Operation *> listOps(layer::ModelOp model) {
  return llvm::map_to_vector(model.getBody().front().without_terminator(),
                             [](Operation &op) { return &op; });
}

void TrainableSetter::set(Operation *op, bool value) {
  auto flag = BoolAttr::get(op->getContext(), value);
  op->setAttr("trainable", flag);
  if (auto call = dyn_cast<layer::CallOp>(op))
    findNested(call).setTrainableAttr(flag);
}

/// As Keras' setter of `trainable` does, which visits sublayers.
void TrainableSetter::setAll(Operation *op) {
  set(op, trainable);
  if (auto call = dyn_cast<layer::CallOp>(op))
    for (Operation *inner : listOps(findNested(call)))
      if (isLayer(inner) && !isa<layer::InputOp>(inner))
        setAll(inner);
}

bool TrainableSetter::visit(ArrayRef<Operation *> ops,
                            const std::string &prefix) {
  bool matched = false;
  for (Operation *op : ops) {
    // An InputLayer has no such argument.
    if (!isLayer(op) || isa<layer::InputOp>(op))
      continue;
    std::string path = prefix + getLayerName(op).str();
    seen.push_back(path);
    if (fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0) {
      setAll(op);
      matched = true;
    }
    auto call = dyn_cast<layer::CallOp>(op);
    if (!call || !visit(listOps(findNested(call)), path + "/"))
      continue;
    matched = true;
    if (trainable)
      set(op, true);
  }
  return matched;
}

Expected<void> build::setTrainable(ModelState &model,
                                   const std::string &pattern, bool trainable) {
  TrainableSetter setter(pattern, trainable);
  KerasOrder order = sortAsKeras(model.inputs, model.outputs);
  if (setter.visit(order.ops, "")) {
    if (trainable)
      model.trainable = true;
    return {};
  }
  SmallVector<StringRef> names(setter.paths().begin(), setter.paths().end());
  std::string nearest = layer::suggestNames(pattern, names);
  return fail("pattern \"" + pattern + "\"", "matches no layer",
              "the model has " + std::to_string(names.size()) + " layers",
              nearest.empty() ? "see dlc summary for their names"
                              : "did you mean " + nearest + "?");
}
