// What a compiled model is: look-ups in its plain structs.
#include "runtime/artifact/Artifact.h"

#include <algorithm>

namespace dlc::artifact {

namespace {

template <typename T>
const T *findByName(const std::vector<T> &list, std::string_view name) {
  auto found = std::find_if(list.begin(), list.end(),
                            [&](const T &item) { return item.name == name; });
  return found == list.end() ? nullptr : &*found;
}

} // namespace

std::string nameLaunch(const Program &program, const Launch &launch) {
  std::string text =
      "program \"" + program.name + "\": launch \"" + launch.name + "\"";
  for (size_t i = 0; i < launch.layers.size(); ++i)
    text += (i == 0 ? " (" : ", ") + launch.layers[i];
  return launch.layers.empty() ? text : text + ")";
}

const Program *Artifact::findProgram(std::string_view name,
                                     std::string_view device) const {
  for (const Program &program : manifest.programs)
    if (program.name == name && program.device == device)
      return &program;
  return nullptr;
}

const State *Artifact::findState(std::string_view name) const {
  return findByName(manifest.states, name);
}

BlobId Artifact::addBlob(Blob blob) {
  blobs.push_back(std::move(blob));
  return BlobId(blobs.size() - 1);
}

} // namespace dlc::artifact
