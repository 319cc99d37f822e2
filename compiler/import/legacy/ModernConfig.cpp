// Renames, removes and unwraps what only old configs hold. Keras 3 itself does
// some of it (saving_utils.model_from_config and the layers' own arguments).
#include "compiler/import/legacy/ModernConfig.h"
#include "compiler/import/legacy/ModernCompile.h"

#include "llvm/ADT/StringSwitch.h"

using namespace dlc;
using namespace dlc::importer;

//===-- Values ------------------------------------------------------------===//

/// Tuples, shapes and arrays that old JSON encoders wrapped into objects.
static Json unwrap(const Json &value) {
  if (value.is_array()) {
    Json array = Json::array();
    for (const Json &element : value)
      array.push_back(unwrap(element));
    return array;
  }
  if (!value.is_object())
    return value;
  std::string className = findString(value, "class_name");
  if (className == "__tuple__" || className == "TensorShape")
    if (const Json *items = find(value, "items"))
      return unwrap(*items);
  if (findString(value, "type") == "ndarray")
    if (const Json *number = find(value, "value"))
      return *number;
  Json object = Json::object();
  for (const auto &[key, part] : value.items())
    object[key] = unwrap(part);
  return object;
}

/// Keras 2 gave initializers a dtype, and a layer its policy as an object of
/// another class.
static Json modernizeArgument(const std::string &key, const Json &value) {
  std::string className = findString(value, "class_name");
  const Json *config = find(value, "config");
  if (className.empty() || !config)
    return value;
  if (key == "dtype" && (className == "Policy" || className == "PolicyV1"))
    if (std::string name = findString(*config, "name"); !name.empty())
      return name;
  Json modern = value;
  if (llvm::StringRef(key).ends_with("_initializer") && config->is_object())
    modern["config"].erase("dtype");
  return modern;
}

//===-- Layers ------------------------------------------------------------===//

/// Classes that TensorFlow 1.13 to 2.0 saved under the names of their versions.
static std::string modernizeClass(const std::string &className) {
  return llvm::StringSwitch<std::string>(className)
      .Cases({"BatchNormalizationV1", "BatchNormalizationV2"},
             "BatchNormalization")
      .Case("Model", "Functional")
      .Default(className);
}

static void rename(Json &config, const char *old, const char *modern) {
  const Json *value = find(config, old);
  if (!value)
    return;
  if (!find(config, modern))
    config[modern] = Json(*value);
  config.erase(old);
}

/// A list of one axis, as Keras 2 wrote it.
static void unlistAxis(Json &config) {
  const Json *axis = find(config, "axis");
  if (axis && axis->is_array() && axis->size() == 1) {
    Json only = axis->front();
    config["axis"] = only;
  }
}

/// Arguments that Keras 2 inherited from another layer and never used.
static void dropInherited(Json &config) {
  for (const char *key :
       {"kernel_initializer", "kernel_regularizer", "kernel_constraint"})
    config.erase(key);
  if (const Json *groups = find(config, "groups"); groups && *groups == 1)
    config.erase("groups");
}

static Json modernizeConfig(const std::string &className, const Json &old) {
  Json config = Json::object();
  for (const auto &[key, value] : old.items())
    config[key] = modernizeArgument(key, unwrap(value));
  if (className == "InputLayer") {
    rename(config, "batch_input_shape", "batch_shape");
    return config;
  }
  config.erase("batch_input_shape");
  if (className == "BatchNormalization")
    unlistAxis(config);
  if (className == "LeakyReLU")
    rename(config, "alpha", "negative_slope");
  if (className == "DepthwiseConv1D" || className == "DepthwiseConv2D" ||
      className == "SeparableConv1D" || className == "SeparableConv2D")
    dropInherited(config);
  if (className == "Conv1DTranspose" || className == "Conv2DTranspose")
    if (const Json *groups = find(config, "groups"); groups && *groups == 1)
      config.erase("groups");
  if (className == "Embedding")
    config.erase("input_length");
  return config;
}

//===-- Models ------------------------------------------------------------===//

/// The shape of a Sequential's input, [null, 28, 28], which Keras 2 told by its
/// first layer; null where none does.
static Json findInputShape(const Json &layers) {
  if (!layers.is_array() || layers.empty())
    return nullptr;
  const Json *config = find(layers.front(), "config");
  if (!config)
    return nullptr;
  for (const char *key : {"batch_input_shape", "batch_shape"})
    if (const Json *shape = find(*config, key))
      return unwrap(*shape);
  if (config->is_array())
    return findInputShape(*config);
  const Json *inner = find(*config, "layers");
  return inner ? findInputShape(*inner) : Json();
}

/// Functions of keras.ops in an .h5 file look like layers, but have no config
/// beside their names.
static bool isFunction(const Json &entry, const Json &config) {
  const Json *nodes = find(entry, "inbound_nodes");
  return !find(entry, "module") && nodes && !nodes->empty() &&
         nodes->is_array() && nodes->front().is_object() &&
         !find(config, "trainable") && !find(config, "layers");
}

static Json modernizeEntry(const Json &entry) {
  const Json *config = find(entry, "config");
  if (config && (config->is_array() || find(*config, "layers")))
    return modernizeModel(entry);
  if (!config || !config->is_object())
    return entry;
  Json modern = entry;
  std::string className = modernizeClass(findString(entry, "class_name"));
  modern["config"] = modernizeConfig(className, *config);
  // A class that is not Keras' has its package in its name: "Acme>Scale".
  if (size_t at = className.rfind('>'); at != std::string::npos) {
    modern["registered_name"] = className;
    className.erase(0, at + 1);
  }
  modern["class_name"] = className;
  if (isFunction(entry, *config))
    modern["module"] = "keras.src.ops";
  return modern;
}

/// Puts an InputLayer before the first layer of a Sequential that told its
/// input's shape itself.
static void addInputLayer(Json &layers, const Json &shape) {
  if (layers.empty() || shape.is_null() ||
      findString(layers.front(), "class_name") == "InputLayer")
    return;
  Json input = {{"class_name", "InputLayer"},
                {"config", {{"batch_shape", shape}, {"name", "input_layer"}}}};
  layers.insert(layers.begin(), input);
}

Json importer::modernizeModel(const Json &object) {
  const Json *config = find(object, "config");
  if (!config)
    return object;
  // Before 2.2.3 the config of a Sequential was its list of layers.
  bool isList = config->is_array();
  const Json *layers = isList ? config : find(*config, "layers");
  if (!layers || !layers->is_array())
    return object;
  Json modern = object;
  modern["class_name"] = modernizeClass(findString(object, "class_name"));
  if (isList) {
    std::string name = findString(object, "name");
    modern["config"] = {{"name", name.empty() ? "sequential" : name}};
  }
  Json list = Json::array();
  for (const Json &entry : *layers)
    list.push_back(modernizeEntry(entry));
  Json &modernConfig = modern["config"];
  for (const char *key : {"build_input_shape", "batch_input_shape", "dtype"})
    if (const Json *value = find(modernConfig, key))
      modernConfig[key] = modernizeArgument(key, unwrap(*value));
  if (!find(modernConfig, "output_layers"))
    addInputLayer(list, findInputShape(*layers));
  modernConfig["layers"] = std::move(list);
  if (const Json *compile = find(object, "compile_config"))
    modern["compile_config"] = modernizeCompile(*compile);
  return modern;
}

Json importer::joinConfigs(const Json &modelConfig,
                           const Json &trainingConfig) {
  Json object = modelConfig;
  if (!object.is_object() || !trainingConfig.is_object())
    return object;
  Json compile = trainingConfig;
  rename(compile, "optimizer_config", "optimizer");
  compile.erase("sample_weight_mode");
  object["compile_config"] = compile;
  return object;
}

//===-- Classes that are gone ---------------------------------------------===//

std::string importer::findRemedy(const std::string &className) {
  using Names = std::initializer_list<llvm::StringLiteral>;
  const llvm::StringRef name = className;
  auto isOneOf = [&](Names names) { return llvm::is_contained(names, name); };
  if (isOneOf({"Lambda"}))
    return "say its Python code with keras.ops in a functional model and save "
           "it "
           "again with Keras 3";
  if (isOneOf({"TFOpLambda", "SlicingOpLambda", "ClassMethod",
               "TensorFlowOpLayer", "InstanceProperty", "AddV2"}))
    return "say this operation of TensorFlow with keras.ops and save the model "
           "again with Keras 3";
  if (isOneOf({"ThresholdedReLU"}))
    return "use layers.ReLU(threshold=theta), as Keras 3 has none either, and "
           "save the model again";
  if (isOneOf({"LocallyConnected1D", "LocallyConnected2D"}))
    return "rebuild the model without it: Keras 3 has none either";
  if (isOneOf({"CuDNNLSTM", "CuDNNGRU"}))
    return "use layers." + className.substr(5) +
           ", as Keras 3 has none either, and load the weights with Keras 2";
  if (isOneOf({"Convolution1D", "Convolution2D", "Convolution3D",
               "AtrousConvolution2D", "Deconvolution2D", "Merge", "MaxoutDense",
               "Highway", "SeparableConvolution2D"}))
    return "load this model of Keras 1 with Keras 2 and save it again";
  return "";
}
