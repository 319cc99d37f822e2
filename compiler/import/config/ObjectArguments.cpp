// "L2(0.01)" is {"class_name": "L2", "config": {"l2": 0.01}}.
#include "compiler/import/config/ObjectArguments.h"

#include "llvm/ADT/StringSwitch.h"

using namespace dlc;

std::vector<std::string>
importer::listObjectArguments(llvm::StringRef className) {
  using Names = std::vector<std::string>;
  return llvm::StringSwitch<Names>(className)
      .Cases({"Constant", "constant"}, Names{"value"})
      .Cases({"RandomNormal", "random_normal", "TruncatedNormal",
              "truncated_normal"},
             Names{"mean", "stddev", "seed"})
      .Cases({"RandomUniform", "random_uniform"},
             Names{"minval", "maxval", "seed"})
      .Cases({"VarianceScaling", "variance_scaling"},
             Names{"scale", "mode", "distribution", "seed"})
      .Cases({"GlorotUniform", "glorot_uniform", "GlorotNormal",
              "glorot_normal", "HeUniform", "he_uniform", "HeNormal",
              "he_normal", "LecunUniform", "lecun_uniform"},
             Names{"seed"})
      .Cases({"LecunNormal", "lecun_normal"}, Names{"seed"})
      .Cases({"Orthogonal", "orthogonal"}, Names{"gain", "seed"})
      .Cases({"Identity", "identity"}, Names{"gain"})
      .Cases({"L1", "l1"}, Names{"l1"})
      .Cases({"L2", "l2"}, Names{"l2"})
      .Cases({"L1L2", "l1_l2"}, Names{"l1", "l2"})
      .Cases({"OrthogonalRegularizer", "orthogonal_regularizer"},
             Names{"factor", "mode"})
      .Cases({"MaxNorm", "max_norm"}, Names{"max_value", "axis"})
      .Cases({"MinMaxNorm", "min_max_norm"},
             Names{"min_value", "max_value", "rate", "axis"})
      .Cases({"UnitNorm", "unit_norm"}, Names{"axis"})
      .Default({});
}
