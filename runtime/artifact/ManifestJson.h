// The manifest as JSON text: the readable part of a .dlc file.
#pragma once

#include "runtime/artifact/Artifact.h"

namespace dlc::artifact {

/// One JSON object, keys named as the fields of the structs.
std::string writeManifest(const Manifest &manifest);

/// The inverse. Every field must be there with its own type and in its range;
/// the error names `name` and the path of the field, as in
/// `m.dlc: manifest.programs[0].buffers[3].offset: is missing`.
Expected<Manifest> readManifest(std::string_view text, const std::string &name);

} // namespace dlc::artifact
