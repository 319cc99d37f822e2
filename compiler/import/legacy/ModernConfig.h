// What Keras 1 and 2 wrote into configs, as Keras 3 would.
#pragma once

#include "compiler/import/config/Json.h"

namespace dlc::importer {

/// A serialised model, and those nested in it, in Keras 3's words: class and
/// argument names, an InputLayer at the start of a Sequential, plain lists and
/// numbers. What Keras 3 wrote stays as it is, but for `model_config` of its
/// .h5 files, which lacks modules. Its compile_config is made modern too.
Json modernizeModel(const Json &object);

/// The model in attributes of a legacy file as one object with its
/// compile_config; `trainingConfig` may be null.
Json joinConfigs(const Json &modelConfig, const Json &trainingConfig);

/// What to do about a layer of a class that Keras had once and dlc has not;
/// empty for other classes.
std::string findRemedy(const std::string &className);

} // namespace dlc::importer
