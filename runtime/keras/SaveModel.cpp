// Chooses between the writers of Keras' formats.
#include "runtime/keras/SaveModel.h"
#include "runtime/core/AtomicFile.h"

namespace dlc::keras {

std::optional<Format> findFormat(const std::filesystem::path &path) {
  std::string name = path.filename().string();
  if (name.ends_with(".weights.h5"))
    return Format::Weights;
  if (name.ends_with(".h5") || name.ends_with(".hdf5"))
    return Format::Legacy;
  if (name.ends_with(".keras"))
    return Format::Archive;
  return std::nullopt;
}

Expected<void> saveModel(SavedModel model, const std::filesystem::path &path) {
  std::optional<Format> format = findFormat(path);
  if (!format)
    return fail(path.string(), "has no suffix that tells its format", "",
                "save as NAME.keras, as NAME.h5 for older programs, or as "
                "NAME.weights.h5 for weights alone");
  if (*format == Format::Legacy) {
    if (model.legacy.attributes.empty())
      model.legacy.attributes = makeAttributes(model.config, model.metadata);
    updateDataAttribute(model.legacy.attributes, model.metadata);
    return writeLegacy(model.legacy, std::move(model.weights), path);
  }
  for (const auto &[path, old] : model.legacy.oldPaths)
    if (auto weight = model.weights.extract(path)) {
      weight.key() = old;
      model.weights.insert(std::move(weight));
    }
  // Weights go to the disk one by one: a copy of all of them might be more than
  // training took.
  auto file = TemporaryFile::create(path);
  if (!file)
    return Unexpected(file.error());
  std::string name = path.string();
  if (*format == Format::Archive)
    name += ": model.weights.h5";
  if (auto written = writeHdf5(model.weights, {}, file->name(), name); !written)
    return written;
  if (*format == Format::Weights)
    return file->commit();
  file->hide();
  return writeArchive({std::move(model.config), std::move(model.metadata), {}},
                      file->descriptor(), path);
}

} // namespace dlc::keras
