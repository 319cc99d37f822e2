// Members of a zip archive, read with limits: archives come from strangers.
#pragma once

#include "runtime/core/Error.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

struct zip;

namespace dlc::data {

/// What deflate reaches at best, about 1,030 times, and some room: more is a
/// lie about sizes, or bytes that members share. It is no limit on what deflate
/// makes; a reader that knows its data has its own (images/ZipLimits.h).
inline constexpr uint64_t maxZipRatio = 1100;

struct ZipSizes {
  uint64_t packed = 0, unpacked = 0;
};

/// What a member says of itself. Errors call it `thing` and end in `remedy`: it
/// does not tell its sizes, is encrypted, or expands as no data do.
Expected<ZipSizes> findSizes(::zip *archive, uint64_t member,
                             const std::string &thing,
                             const std::string &remedy);

/// The first `count` bytes of a member, or fewer where there are not as many or
/// they cannot be read; nothing further is inflated.
std::vector<std::byte> readZipMemberStart(::zip *archive, uint64_t member,
                                          size_t count);

/// The content of a member of at most `maxBytes`. What is read grows with what
/// is really there, and must have the size and checksum that the member tells.
Expected<std::vector<std::byte>> readZipMember(::zip *archive, uint64_t member,
                                               const std::string &thing,
                                               uint64_t maxBytes,
                                               const std::string &remedy);

} // namespace dlc::data
