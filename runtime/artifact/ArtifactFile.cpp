// The .dlc file: the manifest as JSON text, and the artifact's blobs.
#include "runtime/artifact/ArtifactFile.h"
#include "runtime/artifact/BlobFile.h"
#include "runtime/artifact/ManifestJson.h"
#include "runtime/core/AtomicFile.h"

namespace dlc::artifact {

namespace {

constexpr BlobFormat format = {
    // A byte that is no text first, then line ends that a careless copy
    // changes.
    .magic = {0x89, 'D', 'L', 'C', '\r', '\n', 0x1a, '\n'},
    .version = 1,
    .kind = "a compiled model",
    .file = "a .dlc file",
    .textName = "manifest",
    .makeOne = "make one with: dlc compile MODEL -o OUT.dlc",
    .makeAgain = "compile the model again with this dlc",
    .replaceIt = "copy it again or compile the model again",
};

/// Copies what a session keeps for as long as it lives, code and texts: first
/// values alone hold on to the file, and are dropped when they are in place.
void keepSmallBlobs(Artifact &artifact) {
  std::vector<bool> isValue(artifact.blobs.size());
  for (const State &state : artifact.manifest.states)
    if (state.initial != none)
      isValue[size_t(state.initial)] = true;
  for (size_t i = 0; i < artifact.blobs.size(); ++i)
    if (Blob &blob = artifact.blobs[i]; !isValue[i])
      blob = std::vector(blob.begin(), blob.end());
}

} // namespace

std::vector<std::byte> serialize(const Artifact &artifact) {
  std::vector<Bytes> blobs(artifact.blobs.begin(), artifact.blobs.end());
  return serializeBlobs(format, writeManifest(artifact.manifest), blobs);
}

Expected<Artifact> parse(std::vector<std::byte> file, const std::string &name) {
  auto bytes = std::make_shared<const std::vector<std::byte>>(std::move(file));
  auto parts = parseBlobs(format, *bytes, name);
  if (!parts)
    return Unexpected(parts.error());
  auto manifest = readManifest(parts->text, name);
  if (!manifest)
    return Unexpected(manifest.error());
  Artifact artifact{*std::move(manifest), {}};
  for (Bytes blob : parts->blobs)
    artifact.blobs.emplace_back(bytes, blob);
  if (auto valid = validate(artifact, name); !valid)
    return Unexpected(valid.error());
  keepSmallBlobs(artifact);
  return artifact;
}

Expected<void> writeFile(const Artifact &artifact,
                         const std::filesystem::path &path) {
  if (auto valid = validate(artifact, path.string()); !valid)
    return valid;
  std::vector<Bytes> blobs(artifact.blobs.begin(), artifact.blobs.end());
  return writeBlobFile(format, writeManifest(artifact.manifest), blobs, path);
}

Expected<Artifact> readFile(const std::filesystem::path &path) {
  auto bytes = dlc::readFile(path);
  if (!bytes)
    return Unexpected(bytes.error());
  return parse(std::move(*bytes), path.string());
}

} // namespace dlc::artifact
