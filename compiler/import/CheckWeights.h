// Whether a file's weights are those of its layers.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "runtime/keras/KerasFile.h"

namespace dlc::importer {

/// Every layer of the module finds its weights under its path, as many as it
/// has and of their shapes. Errors name `file`, the layer and the weight.
Expected<void> checkWeights(mlir::ModuleOp module,
                            const keras::WeightMap &weights,
                            const std::string &file);

/// A sentence about weights that hold NaN or infinities, which Keras and dlc
/// compute with: the first of them and how many there are. Empty for none.
std::string noteNonFinite(const keras::WeightMap &weights);

} // namespace dlc::importer
