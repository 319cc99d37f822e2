// The .dlc file: magic, version, JSON manifest, aligned blobs, checksums.
//
//   offset 0   header, 64 bytes, little endian:
//                magic (8), format version (u32), checksum (u32),
//                file size (u64), manifest size (u64), number of blobs (u64),
//                zeros to 64
//          64  blob table, 24 bytes a blob:
//                offset (u64), size (u64), checksum (u32), zero (u32)
//              manifest, JSON text
//              each blob at the next multiple of 64, zeros between
//
// The checksum of the header is over the header (with this field zero), the
// table and the manifest. Checksums are CRC-32: any one changed byte is found.
#include "runtime/artifact/ArtifactFile.h"
#include "runtime/artifact/ManifestJson.h"
#include "runtime/core/AtomicFile.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <zlib.h>

namespace dlc::artifact {

namespace {

static_assert(std::endian::native == std::endian::little,
              "the file is written as memory has it");

/// A byte that is no text first, then line ends that a careless copy changes.
constexpr std::array<unsigned char, 8> magic = {0x89, 'D',  'L',  'C',
                                                '\r', '\n', 0x1a, '\n'};
constexpr uint32_t formatVersion = 1;
constexpr uint64_t alignment = 64;

struct Header {
  std::array<unsigned char, 8> magic;
  uint32_t version;
  uint32_t checksum;
  uint64_t fileBytes;
  uint64_t manifestBytes;
  uint64_t blobCount;
  uint64_t zeros[3];
};
static_assert(sizeof(Header) == 64);

struct BlobEntry {
  uint64_t offset;
  uint64_t size;
  uint32_t checksum;
  uint32_t zero;
};
static_assert(sizeof(BlobEntry) == 24);

using Bytes = std::span<const std::byte>;

uint64_t align(uint64_t offset) {
  return (offset + alignment - 1) / alignment * alignment;
}

uint32_t checksum(Bytes bytes, uint32_t before = 0) {
  return uint32_t(crc32_z(before, reinterpret_cast<const Bytef *>(bytes.data()),
                          bytes.size()));
}

/// The header with its checksum over itself and `rest`.
uint32_t checksumOfHeader(Header header, Bytes rest) {
  header.checksum = 0;
  return checksum(rest, checksum(std::as_bytes(std::span(&header, 1))));
}

dlc::Unexpected<Error> failDamaged(const std::string &name,
                                   const std::string &what,
                                   const std::string &limit) {
  return fail(name, what, limit,
              "the file is damaged: copy it again or compile the model again");
}

/// A file's bytes, cut into its parts once they are known to be there.
struct Parts {
  std::vector<BlobEntry> table;
  std::string_view manifest;
};

Expected<Header> readHeader(Bytes bytes, const std::string &name) {
  Header header;
  if (bytes.size() < sizeof(header) ||
      !std::equal(magic.begin(), magic.end(),
                  reinterpret_cast<const unsigned char *>(bytes.data())))
    return fail(name, "is not a compiled model",
                "a .dlc file starts with its own mark",
                "make one with: dlc compile MODEL -o OUT.dlc");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.version != formatVersion)
    return fail(name, "has format version " + std::to_string(header.version),
                "this dlc reads version " + std::to_string(formatVersion),
                "compile the model again with this dlc");
  if (header.fileBytes != bytes.size())
    return failDamaged(name, "has " + std::to_string(bytes.size()) + " bytes",
                       "its header says " + std::to_string(header.fileBytes));
  return header;
}

/// Table and manifest; nothing of them is believed before the checksum fits.
Expected<Parts> readParts(Bytes bytes, const Header &header,
                          const std::string &name) {
  Bytes rest = bytes.subspan(sizeof(Header));
  if (header.blobCount > rest.size() / sizeof(BlobEntry))
    return failDamaged(name,
                       "lists " + std::to_string(header.blobCount) + " blobs",
                       "is too short for their table");
  size_t tableBytes = header.blobCount * sizeof(BlobEntry);
  if (header.manifestBytes > rest.size() - tableBytes)
    return failDamaged(name,
                       "has a manifest of " +
                           std::to_string(header.manifestBytes) + " bytes",
                       "is shorter than that");
  rest = rest.first(tableBytes + header.manifestBytes);
  if (checksumOfHeader(header, rest) != header.checksum)
    return failDamaged(name, "has a changed header or manifest",
                       "its checksum must fit");
  Parts parts;
  parts.table.resize(header.blobCount);
  if (tableBytes > 0)
    std::memcpy(parts.table.data(), rest.data(), tableBytes);
  Bytes manifest = rest.subspan(tableBytes);
  parts.manifest = {reinterpret_cast<const char *>(manifest.data()),
                    manifest.size()};
  return parts;
}

/// The blobs, which lie one after the other with nothing but zeros between.
Expected<std::vector<std::vector<std::byte>>>
readBlobs(Bytes bytes, const Parts &parts, const std::string &name) {
  std::vector<std::vector<std::byte>> blobs;
  uint64_t end = sizeof(Header) + parts.table.size() * sizeof(BlobEntry) +
                 parts.manifest.size();
  for (size_t i = 0; i < parts.table.size(); ++i) {
    const BlobEntry &entry = parts.table[i];
    std::string which = name + ": blob " + std::to_string(i);
    if (entry.offset != align(end) || entry.offset > bytes.size() ||
        entry.size > bytes.size() - entry.offset)
      return failDamaged(which,
                         "has offset " + std::to_string(entry.offset) +
                             " and size " + std::to_string(entry.size),
                         "must follow the part before it, inside the file");
    Bytes padding = bytes.subspan(end, entry.offset - end);
    if (std::ranges::any_of(padding,
                            [](std::byte b) { return b != std::byte(0); }))
      return failDamaged(which, "has bytes in the padding before it",
                         "padding is zeros");
    Bytes content = bytes.subspan(entry.offset, entry.size);
    if (checksum(content) != entry.checksum)
      return failDamaged(which, "has changed bytes", "its checksum must fit");
    blobs.emplace_back(content.begin(), content.end());
    end = entry.offset + entry.size;
  }
  if (end != bytes.size())
    return failDamaged(name,
                       "has " + std::to_string(bytes.size() - end) +
                           " bytes after its last part",
                       "must end there");
  return blobs;
}

} // namespace

std::vector<std::byte> serialize(const Artifact &artifact) {
  std::string manifest = writeManifest(artifact.manifest);
  std::vector<BlobEntry> table;
  uint64_t end = sizeof(Header) + artifact.blobs.size() * sizeof(BlobEntry) +
                 manifest.size();
  for (const auto &blob : artifact.blobs) {
    uint64_t offset = align(end);
    table.push_back({offset, blob.size(), checksum(blob), 0});
    end = offset + blob.size();
  }
  Header header = {magic,           formatVersion, 0,        end,
                   manifest.size(), table.size(),  {0, 0, 0}};

  std::vector<std::byte> bytes(end);
  std::byte *to = bytes.data() + sizeof(Header);
  to = std::ranges::copy(std::as_bytes(std::span(table)), to).out;
  to = std::ranges::copy(std::as_bytes(std::span(manifest)), to).out;
  Bytes rest(bytes.data() + sizeof(Header), to);
  header.checksum = checksumOfHeader(header, rest);
  std::memcpy(bytes.data(), &header, sizeof(header));
  for (size_t i = 0; i < table.size(); ++i)
    std::ranges::copy(artifact.blobs[i], bytes.data() + table[i].offset);
  return bytes;
}

Expected<Artifact> parse(std::span<const std::byte> bytes,
                         const std::string &name) {
  auto header = readHeader(bytes, name);
  if (!header)
    return Unexpected(header.error());
  auto parts = readParts(bytes, *header, name);
  if (!parts)
    return Unexpected(parts.error());
  Artifact artifact;
  auto blobs = readBlobs(bytes, *parts, name);
  if (!blobs)
    return Unexpected(blobs.error());
  artifact.blobs = *std::move(blobs);
  auto manifest = readManifest(parts->manifest, name);
  if (!manifest)
    return Unexpected(manifest.error());
  artifact.manifest = *std::move(manifest);
  if (auto valid = validate(artifact, name); !valid)
    return Unexpected(valid.error());
  return artifact;
}

Expected<void> writeFile(const Artifact &artifact,
                         const std::filesystem::path &path) {
  if (auto valid = validate(artifact, path.string()); !valid)
    return valid;
  return writeFileAtomically(path, serialize(artifact));
}

Expected<Artifact> readFile(const std::filesystem::path &path) {
  auto bytes = dlc::readFile(path);
  if (!bytes)
    return Unexpected(bytes.error());
  return parse(*bytes, path.string());
}

} // namespace dlc::artifact
