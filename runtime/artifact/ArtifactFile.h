// The .dlc file: magic, version, JSON manifest, aligned blobs, checksums.
#pragma once

#include "runtime/artifact/Artifact.h"

#include <filesystem>

namespace dlc::artifact {

/// Writes to a temporary name beside `path`, syncs, renames: `path` holds
/// either the whole artifact or what it held before.
Expected<void> writeFile(const Artifact &artifact,
                         const std::filesystem::path &path);

/// Reads and checks everything before anything may run: every changed byte,
/// padding included, is an error that names the file; so are indices out of
/// range and buffers that leave their region.
Expected<Artifact> readFile(const std::filesystem::path &path);

/// The bytes of the file, for tests and for embedding.
std::vector<std::byte> serialize(const Artifact &artifact);
/// The inverse. First values of states stay where they are in `file`.
Expected<Artifact> parse(std::vector<std::byte> file, const std::string &name);

/// Whether every index, offset and extent of the manifest is in range.
Expected<void> validate(const Artifact &artifact, const std::string &name);

} // namespace dlc::artifact
