// layer.model ops become a Keras config.
#pragma once

#include "compiler/import/config/Json.h"
#include "dialects/layer/Layer.h"

namespace dlc::importer {

/// A model as Keras serialises it, models that it calls included, without its
/// compile_config. Errors name the model.
Expected<Json> exportModel(layer::ModelOp model);

} // namespace dlc::importer
