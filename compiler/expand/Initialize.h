// Weights that no file gives: Keras' initializers, by seed.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "runtime/core/Error.h"
#include "runtime/core/Tensor.h"

#include <map>
#include <string>

namespace dlc::expand {

/// How one weight begins.
struct InitialWeight {
  /// Its dataset in model.weights.h5: "layers/dense/vars/0".
  std::string h5Path;
  Shape shape;
  /// A Keras initializer: its name, or the serialised object.
  mlir::Attribute initializer;
  /// F32, or I32 for a counter.
  DType dtype = DType::F32;
};

/// The weights of a layer module by state name ("fc/kernel", and in a nested
/// model "encoder/fc/kernel").
using InitialWeights = std::map<std::string, InitialWeight>;

InitialWeights collectInitialWeights(mlir::ModuleOp module);

/// The first value of the weight of that name, as
/// keras/src/initializers/random_initializers.py defines it. Random numbers
/// depend on the seed and the name alone, so that adding a layer changes no
/// other one; they are not Keras' bits. An initializer that dlc does not know
/// is an error that names the weight.
Expected<Tensor> initializeWeight(const std::string &name,
                                  const InitialWeight &weight, uint64_t seed);

/// All of them by path in model.weights.h5.
Expected<std::map<std::string, Tensor>>
initializeWeights(const InitialWeights &weights, uint64_t seed);

} // namespace dlc::expand
