// Tells the formats apart by what is in the file, as names of all end in .h5.
#include "compiler/import/WeightsFile.h"
#include "compiler/import/CheckWeights.h"
#include "compiler/import/legacy/LegacyWeights.h"
#include "runtime/core/AtomicFile.h"

#include "llvm/ADT/STLExtras.h"

using namespace dlc;
using namespace dlc::importer;

keras::WeightMap
importer::modernizePaths(keras::WeightMap weights,
                         std::map<std::string, std::string> *oldPaths) {
  // H5IOStore.get in saving_lib.py.
  const std::string old = "_layer_checkpoint_dependencies";
  keras::WeightMap renamed;
  for (auto &[path, tensor] : weights) {
    std::string name = path;
    for (size_t at = 0; (at = name.find(old, at)) != std::string::npos;)
      name.replace(at, old.size(), "layers");
    if (oldPaths && name != path)
      (*oldPaths)[name] = path;
    renamed[name] = std::move(tensor);
  }
  return renamed;
}

/// The HDF5 content of a .keras archive or of a file that is HDF5 itself.
static Expected<keras::Hdf5File>
readContent(const std::filesystem::path &file) {
  if (file.extension() == ".keras") {
    Expected<keras::Archive> archive = keras::readArchive(file);
    if (!archive)
      return Unexpected(archive.error());
    return keras::readHdf5(std::move(archive->weights),
                           (file / "model.weights.h5").string());
  }
  Expected<std::vector<std::byte>> bytes = readFile(file);
  if (!bytes)
    return Unexpected(bytes.error());
  return keras::readHdf5(*std::move(bytes), file.string());
}

static bool hasState(const keras::WeightMap &weights) {
  return weights.contains("optimizer/vars/0");
}

/// The weights of a legacy file; one of weights alone is written back as such.
static Expected<keras::WeightMap>
takeLegacy(Model &model, keras::Hdf5File content, const std::string &file) {
  Expected<LegacyFile> legacy = sortLegacy(std::move(content), file);
  if (!legacy)
    return Unexpected(legacy.error());
  auto weights = matchLegacy(*model.module, *legacy, file);
  if (weights && !legacy->layout.whole)
    model.legacy = std::move(legacy->layout);
  return weights;
}

Expected<void> importer::replaceWeights(Model &model,
                                        const std::filesystem::path &file) {
  Expected<keras::Hdf5File> content = readContent(file);
  if (!content)
    return Unexpected(content.error());
  bool hadState = hasState(model.weights);
  if (isLegacy(*content)) {
    auto weights = takeLegacy(model, std::move(*content), file.string());
    if (!weights)
      return Unexpected(weights.error());
    model.weights = std::move(*weights);
  } else {
    model.weights = modernizePaths(std::move(content->datasets));
    if (auto done = checkWeights(*model.module, model.weights, file.string());
        !done)
      return done;
  }
  if (hadState && !hasState(model.weights))
    model.notes.push_back("the optimizer starts anew: " + file.string() +
                          " holds none of its state");
  return {};
}
