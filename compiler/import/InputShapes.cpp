// Fills in the shapes where Keras 2 and 3 write them, before anything is read.
#include "compiler/import/InputShapes.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

//===-- In a config -------------------------------------------------------===//

static Json *findMember(Json &object, const char *key) {
  if (!object.is_object())
    return nullptr;
  auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

/// The list of a config's layers; before Keras 2.2.3 a Sequential's config was
/// that list.
static Json *findLayers(Json &object) {
  Json *config = findMember(object, "config");
  if (config && config->is_array())
    return config;
  Json *layers = config ? findMember(*config, "layers") : nullptr;
  return layers && layers->is_array() ? layers : nullptr;
}

/// The shape with the batch that a layer gives its input.
static Json *findBatchShape(Json &layer) {
  Json *config = findMember(layer, "config");
  if (!config)
    return nullptr;
  for (const char *key : {"batch_shape", "batch_input_shape"})
    if (Json *shape = findMember(*config, key))
      return shape;
  return nullptr;
}

/// In a Sequential without an InputLayer the first layer tells the shape, as
/// deep as models nest.
static Json *findFirstShape(Json &layers) {
  if (layers.empty())
    return nullptr;
  if (Json *shape = findBatchShape(layers.front()))
    return shape;
  Json *inner = findLayers(layers.front());
  return inner ? findFirstShape(*inner) : nullptr;
}

static bool fill(Json *batchShape, const Shape &sample) {
  // TensorFlow wrapped some shapes.
  if (Json *items = batchShape ? findMember(*batchShape, "items") : nullptr)
    batchShape = items;
  if (!batchShape || !batchShape->is_array() ||
      batchShape->size() != sample.size() + 1)
    return false;
  bool wrote = false;
  for (size_t i = 0; i < sample.size(); ++i)
    if (Json &size = (*batchShape)[i + 1];
        size.is_null() && sample[i] != batchDim) {
      size = sample[i];
      wrote = true;
    }
  return wrote;
}

static bool fillSequential(Json &object, Json &layers, const Shape &sample) {
  bool wrote = fill(findFirstShape(layers), sample);
  // Keras builds the model for these two when it loads it.
  for (auto [part, key] : {std::pair("config", "build_input_shape"),
                           std::pair("build_config", "input_shape")})
    if (Json *holder = findMember(object, part))
      wrote |= fill(findMember(*holder, key), sample);
  return wrote;
}

bool importer::fillInputShapes(Json &object, const InputShapes &shapes) {
  Json *layers = findLayers(object);
  if (!layers || shapes.empty())
    return false;
  SmallVector<Json *> inputs;
  for (Json &layer : *layers)
    if (findString(layer, "class_name") == "InputLayer")
      inputs.push_back(&layer);
  Json *config = findMember(object, "config");
  bool sequential = config->is_array() || !findMember(*config, "output_layers");

  bool wrote = false;
  for (const auto &[name, sample] : shapes) {
    if (sequential) {
      wrote |= fillSequential(object, *layers, sample);
      continue;
    }
    for (Json *input : inputs) {
      Json *config = findMember(*input, "config");
      if (name.empty() ? inputs.size() == 1
                       : config && findString(*config, "name") == name)
        wrote |= fill(findBatchShape(*input), sample);
    }
  }
  return wrote;
}

//===-- In a module -------------------------------------------------------===//

Expected<layer::InputOp> importer::findInput(ArrayRef<layer::InputOp> inputs,
                                             const std::string &name) {
  if (name.empty() && inputs.size() == 1)
    return inputs.front();
  std::string names;
  for (layer::InputOp input : inputs) {
    if (!name.empty() && input.getName() == name)
      return input;
    names += (names.empty() ? "" : ", ") + input.getName().str();
  }
  return fail("input \"" + name + "\"",
              name.empty() ? "is not named" : "does not exist",
              "the model takes " + names, "give NAME=96x96x3");
}

Expected<void> importer::checkInputShapes(layer::ModelOp main,
                                          const InputShapes &shapes) {
  auto inputs = llvm::to_vector(main.getBody().getOps<layer::InputOp>());
  for (const auto &[name, sample] : shapes) {
    Expected<layer::InputOp> input = findInput(inputs, name);
    if (!input)
      return Unexpected(input.error());
    if (llvm::is_contained(sample, batchDim))
      continue;
    auto type = cast<RankedTensorType>(input->getResult().getType());
    ArrayRef<int64_t> has = type.getShape().drop_front();
    if (has != ArrayRef(sample))
      return fail(
          "input \"" + input->getName().str() + "\"",
          "has samples of shape " + formatShape(Shape(has.begin(), has.end())),
          "the file fixes that, and " + formatShape(sample) + " is asked for",
          "change it by dlc edit --input-shape");
  }
  return {};
}
