// A file of one text and many blobs in which every changed byte is found: what
// .dlc files and a run's backups are.
#pragma once

#include "runtime/core/Error.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace dlc::artifact {

/// What tells one kind of such files from the others, in bytes and in messages.
struct BlobFormat {
  std::array<unsigned char, 8> magic;
  uint32_t version;
  std::string_view kind;      // "a compiled model"
  std::string_view file;      // "a .dlc file"
  std::string_view textName;  // "manifest"
  std::string_view makeOne;   // what to do for a file of another kind,
  std::string_view makeAgain; // of another version,
  std::string_view replaceIt; // and for a damaged one
};

using Bytes = std::span<const std::byte>;

/// The parts of a file. They point into its bytes.
struct BlobFileParts {
  std::string_view text;
  std::vector<Bytes> blobs;
};

/// The bytes of the file.
std::vector<std::byte> serializeBlobs(const BlobFormat &format,
                                      std::string_view text,
                                      std::span<const Bytes> blobs);

/// Writes it to a temporary name beside `path`, syncs, renames. Errors name
/// `path`.
Expected<void> writeBlobFile(const BlobFormat &format, std::string_view text,
                             std::span<const Bytes> blobs,
                             const std::filesystem::path &path);

/// Cuts a file into its parts. Any changed byte, padding included, is an error
/// that names `name`.
Expected<BlobFileParts> parseBlobs(const BlobFormat &format, Bytes bytes,
                                   const std::string &name);

} // namespace dlc::artifact
