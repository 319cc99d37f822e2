// Reads keras_version.
#include "compiler/import/Version.h"
#include "compiler/import/config/Json.h"

#include "llvm/ADT/StringExtras.h"

using namespace dlc;
using namespace dlc::importer;

bool importer::honoursTraining(const std::string &metadataJson,
                               TrainingArgument option) {
  if (option != TrainingArgument::Auto)
    return option == TrainingArgument::Honour;
  Expected<Json> metadata = parseJson(metadataJson, "metadata.json");
  if (!metadata)
    return false;
  std::string version = findString(*metadata, "keras_version");
  auto [majorText, rest] = llvm::StringRef(version).split('.');
  int major = 0, minor = 0;
  if (majorText.getAsInteger(10, major))
    return false;
  (void)rest.split('.').first.getAsInteger(10, minor);
  return major < 3 || (major == 3 && minor >= 16);
}
