// Writes the trained model back in Keras' own formats.
#include "runtime/keras/SaveModel.h"
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

/// The file's own metadata with the date of now and the names of the classes;
/// its keras_version stays.
std::string updateMetadata(const std::string &metadata,
                           const std::vector<std::string> &classNames) {
  nlohmann::json object = nlohmann::json::parse(metadata, nullptr, false);
  if (!object.is_object())
    object = nlohmann::json::object();
  object["date_saved"] = formatDate();
  if (!object["dlc"].is_object())
    object.erase("dlc");
  if (!classNames.empty())
    object["dlc"]["class_names"] = classNames;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

std::string Session::Impl::readText(artifact::BlobId id) const {
  return id == artifact::none ? "" : toText(artifact.blobs[size_t(id)]);
}

Expected<void> Session::save(const std::filesystem::path &path) const {
  session::Turns::Alone alone(*impl->turns);
  return impl->save(path);
}

Expected<void> Session::Impl::save(const std::filesystem::path &path) const {
  std::optional<keras::Format> format = keras::findFormat(path);
  const artifact::Manifest &manifest = this->manifest();
  if (format != keras::Format::Weights &&
      manifest.kerasConfig == artifact::none)
    return fail(modelName(), "was compiled without its Keras config",
                "a .keras file holds it",
                "save the weights alone, as NAME.weights.h5");

  keras::SavedModel model;
  for (size_t i = 0; i < manifest.states.size(); ++i)
    if (!manifest.states[i].h5Path.empty())
      model.weights.emplace(manifest.states[i].h5Path,
                            [this, i] { return readState(i); });
  model.config = readText(manifest.kerasConfig);
  model.metadata = updateMetadata(readText(manifest.kerasMetadata), classNames);
  if (format == keras::Format::Legacy || manifest.kerasLegacy) {
    auto layout = keras::parseLayout(
        readText(manifest.kerasLegacy.value_or(artifact::none)),
        manifest.model);
    if (!layout)
      return Unexpected(layout.error());
    model.legacy = std::move(*layout);
  }
  return keras::saveModel(std::move(model), path);
}

} // namespace dlc
