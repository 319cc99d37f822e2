// Writes the trained model back in Keras' own formats.
#include "runtime/keras/SaveModel.h"
#include "runtime/session/Impl.h"
#include "runtime/session/Metadata.h"

namespace dlc {

std::string Session::Impl::readText(artifact::BlobId id) const {
  return id == artifact::none ? ""
                              : std::string(artifact.blobs[size_t(id)].text());
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
  for (size_t i = 0; i < manifest.states.size(); ++i) {
    const artifact::State &state = manifest.states[i];
    auto read = [this, i] { return readState(i); };
    if (!state.h5Path.empty())
      model.weights.emplace(state.h5Path, read);
    for (const std::string &copy : state.h5Copies)
      model.weights.emplace(copy, read);
  }
  model.config = readText(manifest.kerasConfig);
  model.metadata = session::updateMetadata(readText(manifest.kerasMetadata),
                                           classNames, pictureFormat);
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
