// Activations by their Keras name, or as layers that are one, for Activation
// and for layers that have one.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// The names that buildActivation knows.
llvm::ArrayRef<llvm::StringRef> getActivationNames();

bool isActivation(llvm::StringRef name);

/// activation(x), for a name that is one; x is f32.
mlir::Value buildActivation(mlir::ImplicitLocOpBuilder &b,
                            llvm::StringRef activation, mlir::Value x);

/// The same for a config's value: a name, a serialised layer that is one
/// function of x, or null, which is x.
mlir::Value buildActivation(mlir::ImplicitLocOpBuilder &b,
                            mlir::Attribute activation, mlir::Value x);

/// What is wrong with a config's value as an activation of x; empty if nothing.
std::string findActivationProblem(mlir::Attribute activation,
                                  mlir::RankedTensorType x);

/// The shape of activation(x): x's own, but for glu, which halves the last
/// dimension. There is no problem with it.
mlir::RankedTensorType inferActivation(mlir::Attribute activation,
                                       mlir::RankedTensorType x);

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

/// x where it is positive, else alpha (e^(x / alpha) - 1).
mlir::Value buildCelu(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                      double alpha);

/// x where it is further than `t` from 0, else 0.
mlir::Value buildHardShrink(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                            double t);

/// x by `t` nearer to 0, and 0 within `t` of it.
mlir::Value buildSoftShrink(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                            double t);

/// gelu by tanh in the place of the error function.
mlir::Value buildTanhGelu(mlir::ImplicitLocOpBuilder &b, mlir::Value x);

/// (x + sqrt(x^2 + curve)) / 2
mlir::Value buildSquareplus(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                            double curve);

/// The first half of x along a dimension of even size, gated by the second.
mlir::Value buildGlu(mlir::ImplicitLocOpBuilder &b, mlir::Value x, int64_t dim);

/// The type of activation(x), or an error that names the layer.
template <typename Layer>
llvm::FailureOr<mlir::Type> inferActivated(std::optional<mlir::Location> loc,
                                           typename Layer::Adaptor layer,
                                           mlir::RankedTensorType x) {
  mlir::Attribute activation = layer.getActivation();
  if (std::string problem = findActivationProblem(activation, x);
      !problem.empty())
    return emitLayerError<Layer>(loc, layer, problem);
  return mlir::Type(inferActivation(activation, x));
}

} // namespace dlc::layer
