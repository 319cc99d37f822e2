// Writes the trained model back in Keras' own formats.
#include "runtime/core/AtomicFile.h"
#include "runtime/keras/KerasFile.h"
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

} // namespace

Expected<void> Session::save(const std::filesystem::path &path) const {
  std::string name = path.filename().string();
  bool weightsOnly = name.ends_with(".weights.h5");
  if (!weightsOnly && !name.ends_with(".keras"))
    return fail(path.string(), "has no suffix that tells its format", "",
                "save as NAME.keras, or as NAME.weights.h5 for weights alone");
  const artifact::Manifest &manifest = impl->manifest();
  if (!weightsOnly && manifest.kerasConfig == artifact::none)
    return fail(impl->modelName(), "was compiled without its Keras config",
                "a .keras file holds it",
                "save the weights alone, as NAME.weights.h5");

  keras::WeightMap weights;
  for (size_t i = 0; i < manifest.states.size(); ++i)
    if (!manifest.states[i].h5Path.empty())
      weights.emplace(manifest.states[i].h5Path, impl->readState(i));
  auto bytes = keras::writeWeights(weights);
  if (!bytes)
    return Unexpected(bytes.error());
  if (weightsOnly)
    return writeFileAtomically(path, *bytes);

  keras::Archive archive;
  archive.config = toText(impl->artifact.blobs[size_t(manifest.kerasConfig)]);
  archive.metadata = updateDate(
      manifest.kerasMetadata == artifact::none
          ? ""
          : toText(impl->artifact.blobs[size_t(manifest.kerasMetadata)]));
  archive.weights = std::move(*bytes);
  return keras::writeArchive(archive, path);
}

} // namespace dlc
