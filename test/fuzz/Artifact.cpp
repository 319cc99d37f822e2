// Fuzzes the reader of .dlc files. Its checksums would stop nearly every input
// at once, so they are computed anew: what lies behind them is tested.
#include "runtime/artifact/ArtifactFile.h"
#include "test/fuzz/Temporary.h"

#include <cstring>
#include <vector>
#include <zlib.h>

using namespace dlc;

namespace {

// The places of the header that ArtifactFile.cpp describes.
constexpr size_t headerBytes = 64, entryBytes = 24;
constexpr size_t checksumAt = 12, fileBytesAt = 16, manifestBytesAt = 24,
                 blobCountAt = 32;
constexpr size_t entryChecksumAt = 16;

using Bytes = std::vector<std::byte>;

template <typename T> T get(const Bytes &bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

template <typename T> void set(Bytes &bytes, size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

uint32_t checksum(const Bytes &bytes, size_t begin, size_t size) {
  return uint32_t(
      crc32_z(0, reinterpret_cast<const Bytef *>(bytes.data() + begin), size));
}

/// Makes the checksums fit as far as the sizes in the header do.
void repair(Bytes &bytes) {
  if (bytes.size() < headerBytes)
    return;
  size_t left = bytes.size() - headerBytes;
  set<uint64_t>(bytes, fileBytesAt, bytes.size());
  auto count = get<uint64_t>(bytes, blobCountAt);
  if (count > left / entryBytes)
    return;
  left -= count * entryBytes;
  for (size_t i = 0; i < count; ++i) {
    size_t entry = headerBytes + i * entryBytes;
    auto offset = get<uint64_t>(bytes, entry);
    auto size = get<uint64_t>(bytes, entry + 8);
    if (offset <= bytes.size() && size <= bytes.size() - offset)
      set(bytes, entry + entryChecksumAt, checksum(bytes, offset, size));
  }
  auto manifest = get<uint64_t>(bytes, manifestBytesAt);
  if (manifest > left)
    return;
  set<uint32_t>(bytes, checksumAt, 0);
  set(bytes, checksumAt,
      checksum(bytes, 0, headerBytes + count * entryBytes + manifest));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto given = std::as_bytes(std::span(data, size));
  Bytes bytes(given.begin(), given.end());
  fuzz::checkError(artifact::parse(bytes, "fuzz.dlc"));
  repair(bytes);
  auto read = artifact::parse(bytes, "fuzz.dlc");
  fuzz::checkError(read);
  // What was read can be written, and is read again.
  if (read && !artifact::parse(artifact::serialize(*read), "again.dlc"))
    std::abort();
  return 0;
}
