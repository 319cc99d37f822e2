// Writes a whole file or nothing of it.
#pragma once

#include "runtime/core/Error.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace dlc {

/// Writes `bytes` under a temporary name in the same folder, syncs, and
/// renames: a reader sees the old file or the new one, and a failure leaves
/// neither a part nor a temporary file behind. Errors name `path`.
Expected<void> writeFileAtomically(const std::filesystem::path &path,
                                   std::span<const std::byte> bytes);

/// Whether `path` is a file that can be read to its end: no folder, pipe or
/// device. For what libraries are to open by name.
Expected<void> checkRegularFile(const std::filesystem::path &path);

/// The whole file, which must be a regular one. Errors name `path`.
Expected<std::vector<std::byte>> readFile(const std::filesystem::path &path);

} // namespace dlc
