// Writes the trained model back in Keras' own formats.
#include "runtime/core/AtomicFile.h"
#include "runtime/keras/Legacy.h"
#include "runtime/session/Impl.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <ctime>

namespace dlc {
namespace {

std::string toText(const std::vector<std::byte> &bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

/// Now, as Keras writes it: "2026-07-31@12:00:00".
std::string formatDate() {
  std::time_t now =
      std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm local{};
  localtime_r(&now, &local);
  char text[32];
  size_t length = std::strftime(text, sizeof text, "%Y-%m-%d@%H:%M:%S", &local);
  return std::string(text, length);
}

/// The file's own metadata with the date of now; its keras_version stays.
std::string updateDate(const std::string &metadata) {
  nlohmann::json object = nlohmann::json::parse(metadata, nullptr, false);
  if (!object.is_object())
    object = nlohmann::json::object();
  object["date_saved"] = formatDate();
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// The text of a blob; empty where there is none.
std::string readText(const artifact::Artifact &artifact, artifact::BlobId id) {
  return id == artifact::none ? "" : toText(artifact.blobs[size_t(id)]);
}

Expected<void> saveLegacy(const artifact::Artifact &artifact,
                          keras::WeightMap weights,
                          const std::filesystem::path &path) {
  const artifact::Manifest &manifest = artifact.manifest;
  auto layout = keras::parseLayout(
      readText(artifact, manifest.kerasLegacy.value_or(artifact::none)),
      manifest.model);
  if (!layout)
    return Unexpected(layout.error());
  if (layout->attributes.empty())
    layout->attributes =
        keras::makeAttributes(readText(artifact, manifest.kerasConfig),
                              readText(artifact, manifest.kerasMetadata));
  return keras::writeLegacy(*layout, std::move(weights), path);
}

} // namespace

Expected<void> Session::save(const std::filesystem::path &path) const {
  std::string name = path.filename().string();
  bool weightsOnly = name.ends_with(".weights.h5");
  bool isLegacy =
      !weightsOnly && (name.ends_with(".h5") || name.ends_with(".hdf5"));
  if (!weightsOnly && !isLegacy && !name.ends_with(".keras"))
    return fail(path.string(), "has no suffix that tells its format", "",
                "save as NAME.keras, as NAME.h5 for older programs, or as "
                "NAME.weights.h5 for weights alone");
  const artifact::Manifest &manifest = impl->manifest();
  if (!weightsOnly && manifest.kerasConfig == artifact::none)
    return fail(impl->modelName(), "was compiled without its Keras config",
                "a .keras file holds it",
                "save the weights alone, as NAME.weights.h5");

  keras::WeightMap weights;
  for (size_t i = 0; i < manifest.states.size(); ++i)
    if (!manifest.states[i].h5Path.empty())
      weights.emplace(manifest.states[i].h5Path, impl->readState(i));
  if (isLegacy)
    return saveLegacy(impl->artifact, std::move(weights), path);
  auto bytes = keras::writeWeights(weights);
  if (!bytes)
    return Unexpected(bytes.error());
  if (weightsOnly)
    return writeFileAtomically(path, *bytes);

  keras::Archive archive;
  archive.config = readText(impl->artifact, manifest.kerasConfig);
  archive.metadata =
      updateDate(readText(impl->artifact, manifest.kerasMetadata));
  archive.weights = std::move(*bytes);
  return keras::writeArchive(archive, path);
}

} // namespace dlc
