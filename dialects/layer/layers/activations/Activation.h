// Activations by their Keras name, for Activation and for layers that have one.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// The names that buildActivation knows.
llvm::ArrayRef<llvm::StringRef> getActivationNames();

bool isActivation(llvm::StringRef name);

/// The shape of activation(x): x's own, but for glu, which halves the last
/// dimension. Failure where that is odd.
llvm::FailureOr<mlir::RankedTensorType>
inferActivation(llvm::StringRef activation, mlir::RankedTensorType x);

/// activation(x), for a name that is one; x is f32.
mlir::Value buildActivation(mlir::ImplicitLocOpBuilder &b,
                            llvm::StringRef activation, mlir::Value x);

/// relu of keras.activations with its three arguments.
mlir::Value buildRelu(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                      double negativeSlope, std::optional<double> maxValue,
                      double threshold);

/// x where it is at least 0, else slope x.
mlir::Value buildLeakyRelu(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                           double slope);

/// x where it is positive, else alpha (e^x - 1).
mlir::Value buildElu(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                     double alpha);

/// The type of activation(x), or an error that names the layer.
template <typename Layer>
llvm::FailureOr<mlir::Type> inferActivated(std::optional<mlir::Location> loc,
                                           typename Layer::Adaptor layer,
                                           mlir::RankedTensorType x) {
  llvm::StringRef name = layer.getActivation();
  if (!isActivation(name)) {
    std::string close = suggestNames(name, getActivationNames());
    return emitLayerError<Layer>(
        loc, layer, "activation is \"", name,
        "\" but Keras has no such function of one argument; ",
        close.empty() ? "choose another or build it from layers"
                      : "did you mean " + close + "?");
  }
  llvm::FailureOr<mlir::RankedTensorType> type = inferActivation(name, x);
  if (failed(type))
    return emitLayerError<Layer>(loc, layer,
                                 "activation glu splits the last dimension of ",
                                 x, " in two but it is odd; make it even");
  return mlir::Type(*type);
}

} // namespace dlc::layer
