// dlc edit: a model's file with other layers, flags or input sizes.
#include "compiler/build/Model.h"
#include "compiler/build/graph/LoadFile.h"

#include "llvm/ADT/StringExtras.h"

using namespace dlc;
using llvm::StringRef;

/// The parts between commas that are inside no bracket or quotes.
static std::vector<std::string> splitParts(StringRef text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  char quote = 0;
  for (char c : text) {
    if (quote ? c == quote : c == '"' || c == '\'')
      quote = quote ? 0 : c;
    else if (!quote)
      depth += StringRef("([{").contains(c)   ? 1
               : StringRef(")]}").contains(c) ? -1
                                              : 0;
    if (c == ',' && depth == 0 && !quote)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// "optimizer=adam,loss=mse,metrics=accuracy"; a part without a key belongs to
/// the one before it, as in "metrics=accuracy,mse".
static Expected<TrainingOptions> parseCompile(const std::string &text) {
  TrainingOptions training;
  std::string *current = nullptr;
  for (const std::string &part : splitParts(text)) {
    StringRef key, value(part);
    size_t equals = value.find_first_of("=([{");
    if (equals != StringRef::npos && value[equals] == '=') {
      key = value.take_front(equals).trim();
      value = value.drop_front(equals + 1);
      current = key == "optimizer" ? &training.optimizer
                : key == "loss"    ? &training.loss
                : key == "metrics" ? &training.metrics
                                   : nullptr;
      if (!current)
        return fail("--compile", "has the key \"" + key.str() + "\"",
                    "it takes optimizer, loss and metrics",
                    "write it as optimizer=adam,loss=mse,metrics=accuracy");
    } else if (!current) {
      return fail("--compile", "is \"" + text + "\"", "it is keys and values",
                  "write it as optimizer=adam,loss=mse,metrics=accuracy");
    } else {
      *current += ",";
    }
    *current += value.trim().str();
  }
  return training;
}

/// All edits in their order: a model to be saved, or one with an error.
static Expected<Model> applyEdits(Model model, const EditOptions &options) {
  if (!options.cutAt.empty())
    model = model.cut(options.cutAt);
  if (!options.inputShapes.empty())
    model = model.withInputShapes(options.inputShapes);
  for (const EditOptions::Trainable &change : options.trainable) {
    auto done = change.trainable ? model.unfreeze(change.pattern)
                                 : model.freeze(change.pattern);
    if (!done)
      return dlc::Unexpected(done.error());
  }
  for (const std::string &layer : options.append)
    model = model.append(layer);
  if (!options.dtypePolicy.empty() && !model.error())
    model = model.withDtypePolicy(options.dtypePolicy);
  if (model.error())
    return dlc::Unexpected(*model.error());
  if (options.compile.empty())
    return model;
  auto training = parseCompile(options.compile);
  if (!training)
    return dlc::Unexpected(training.error());
  if (auto done = model.compile(*training); !done)
    return dlc::Unexpected(done.error());
  return model;
}

Expected<void> dlc::edit(const std::filesystem::path &model,
                         const std::filesystem::path &keras,
                         const EditOptions &options) {
  // What is cut off need not fit the sizes that an input has fixed.
  auto loaded = build::loadFile(model, {options.plugins, options.onNote,
                                        options.weights, options.inputShapes});
  if (!loaded)
    return dlc::Unexpected(loaded.error());
  Expected<Model> edited = applyEdits(Model(std::move(*loaded)), options);
  if (!edited)
    return dlc::Unexpected(edited.error());
  return edited->save(keras, options.seed, options.onNote);
}
