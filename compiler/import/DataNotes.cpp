// What a trained model keeps of its data, on its way through files.
#include "compiler/import/DataNotes.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

static constexpr const char *metadataKey = "dlc";
static constexpr const char *dataAttr = "layer.data";

/// Texts alone, and settings that are no nests: files come from strangers, and
/// names of attributes are not empty.
static Json clean(const Json &notes) {
  Json kept = Json::object();
  if (const Json *names = find(notes, "class_names");
      names && names->is_array() && !names->empty() &&
      llvm::all_of(*names, [](const Json &name) { return name.is_string(); }))
    kept["class_names"] = *names;
  const Json *pictures = find(notes, "pictures");
  if (!pictures || !pictures->is_object())
    return kept;
  for (const auto &[key, value] : pictures->items())
    if (!key.empty() && value.is_primitive())
      kept["pictures"][key] = value;
  return kept;
}

Json importer::findDataNotes(const std::string &metadataJson) {
  Expected<Json> metadata = parseJson(metadataJson, "metadata.json");
  const Json *notes = metadata ? find(*metadata, metadataKey) : nullptr;
  return notes ? clean(*notes) : Json::object();
}

std::string importer::withDataNotes(const std::string &metadataJson,
                                    const Json &notes) {
  Expected<Json> metadata = parseJson(metadataJson, "metadata.json");
  if (!metadata || !metadata->is_object())
    return metadataJson;
  metadata->erase(metadataKey);
  if (Json cleaned = clean(notes); !cleaned.empty())
    (*metadata)[metadataKey] = std::move(cleaned);
  return printJson(*metadata);
}

void importer::writeDataNotes(ModuleOp module,
                              const std::string &metadataJson) {
  if (Json notes = findDataNotes(metadataJson); !notes.empty())
    module->setAttr(dataAttr, toAttribute(module.getContext(), notes));
}

std::string importer::readDataNotes(ModuleOp module, std::string metadataJson) {
  auto notes = module->getAttrOfType<DictionaryAttr>(dataAttr);
  if (!notes)
    return metadataJson;
  return withDataNotes(metadataJson, toJson(notes));
}
