// The tensors of a call that go by the names of Keras' `call`.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// Operands by name.
class Tensors {
public:
  Tensors(mlir::ArrayAttr arguments, llvm::ArrayRef<llvm::StringRef> parameters,
          mlir::ValueRange operands)
      : names(nameOperands(arguments, parameters, operands.size())),
        operands(operands) {}

  /// Null where the call does not give it.
  mlir::Value find(llvm::StringRef name) const {
    for (auto [i, each] : llvm::enumerate(names))
      if (each == name)
        return operands[i];
    return {};
  }

  llvm::SmallVector<llvm::StringRef> names;

private:
  mlir::ValueRange operands;
};

/// The tensors of a call of the layer, or an error that names it: each has one
/// name, which is a tensor's and its own, and `required` are among them.
template <typename Layer>
llvm::FailureOr<Tensors> readTensors(std::optional<mlir::Location> loc,
                                     typename Layer::Adaptor layer,
                                     llvm::ArrayRef<llvm::StringRef> required) {
  llvm::ArrayRef<llvm::StringRef> parameters = Layer::getParameters();
  mlir::ValueRange operands = layer.getXs();
  Tensors tensors(layer.getArgumentsAttr(), parameters, operands);
  if (tensors.names.size() != operands.size())
    return emitLayerError<Layer>(loc, layer, "is given ", operands.size(),
                                 " tensors but names ", tensors.names.size(),
                                 " of them; name each in arguments");
  llvm::SmallVector<llvm::StringRef> known;
  for (llvm::StringRef parameter : parameters)
    if (parameter != "training" &&
        !llvm::is_contained(Layer::getCallKeys(), parameter))
      known.push_back(parameter);
  for (auto [i, name] : llvm::enumerate(tensors.names)) {
    if (!llvm::is_contained(known, name))
      return emitLayerError<Layer>(
          loc, layer, "is given the tensor \"", name, "\" but its call takes ",
          llvm::join(known, ", "), "; choose one of these");
    if (llvm::is_contained(llvm::ArrayRef(tensors.names).take_front(i), name))
      return emitLayerError<Layer>(loc, layer, "is given the tensor \"", name,
                                   "\" twice but takes one; leave one of them "
                                   "out");
  }
  for (llvm::StringRef name : required)
    if (!tensors.find(name))
      return emitLayerError<Layer>(loc, layer, "is given no ", name,
                                   " but computes with one; give it");
  return tensors;
}

} // namespace dlc::layer
