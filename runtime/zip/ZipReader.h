// A zip archive, read with limits: archives come from strangers.
#pragma once

#include "runtime/core/Error.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct zip;

namespace dlc {

/// What deflate reaches at best, about 1,030 times, and some room: more is a
/// lie about sizes, or bytes that members share. It is no limit on what deflate
/// makes; a reader that knows its data has its own
/// (runtime/data/images/zip/ZipLimits.h).
inline constexpr uint64_t maxZipRatio = 1100;

struct ZipSizes {
  uint64_t packed = 0, unpacked = 0;
};

/// Members are known by their number. For one thread at a time.
class ZipReader {
public:
  /// What errors say: `kind` is what the file should be, "a zip archive", with
  /// a word on it, and `remedy` ends all of them.
  struct Words {
    std::string kind, limit, remedy;
  };

  /// Errors: `path` is no regular file, or no archive.
  static Expected<ZipReader> open(const std::filesystem::path &path,
                                  Words words);

  /// Bytes of the archive itself; nothing where they cannot be told.
  std::optional<uint64_t> bytes() const { return archiveBytes; }
  /// How many members there are.
  uint64_t count() const;
  /// As UTF-8: read as such where it is, else as code page 437.
  std::string_view name(uint64_t member) const;
  /// The first member of this name.
  std::optional<uint64_t> find(const std::string &name) const;

  /// What a member says of itself. Errors call it `thing`: it does not tell its
  /// sizes, is encrypted, or expands as no data do.
  Expected<ZipSizes> sizes(uint64_t member, const std::string &thing) const;

  /// The first `count` bytes of a member, or fewer where there are not as many
  /// or they cannot be read; nothing further is inflated.
  std::vector<std::byte> readStart(uint64_t member, size_t count) const;

  /// The content of a member of at most `maxBytes`. What is read grows with
  /// what is really there, and must have the size and checksum that the member
  /// tells.
  Expected<std::vector<std::byte>>
  read(uint64_t member, const std::string &thing, uint64_t maxBytes) const;

private:
  struct Discard {
    void operator()(::zip *archive) const;
  };

  std::unique_ptr<::zip, Discard> archive;
  std::optional<uint64_t> archiveBytes;
  Words words;
};

} // namespace dlc
