// A file of one text and many blobs in which every changed byte is found.
//
//   offset 0   header, 64 bytes, little endian:
//                magic (8), format version (u32), checksum (u32),
//                file size (u64), text size (u64), number of blobs (u64),
//                zeros to 64
//          64  blob table, 24 bytes a blob:
//                offset (u64), size (u64), checksum (u32), zero (u32)
//              the text
//              each blob at the next multiple of 64, zeros between
//
// The checksum of the header is over the header (with this field zero), the
// table and the text. Checksums are CRC-32: any one changed byte is found.
#include "runtime/artifact/BlobFile.h"
#include "runtime/core/AtomicFile.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <zlib.h>

namespace dlc::artifact {

namespace {

static_assert(std::endian::native == std::endian::little,
              "the file is written as memory has it");

constexpr uint64_t alignment = 64;

struct Header {
  std::array<unsigned char, 8> magic;
  uint32_t version;
  uint32_t checksum;
  uint64_t fileBytes;
  uint64_t textBytes;
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

/// A file in the making: what stands before the blobs, and where they go.
struct Layout {
  std::vector<std::byte> head;
  std::vector<BlobEntry> table;
  uint64_t fileBytes;
};

Layout layOut(const BlobFormat &format, std::string_view text,
              std::span<const Bytes> blobs) {
  Layout layout;
  size_t headBytes =
      sizeof(Header) + blobs.size() * sizeof(BlobEntry) + text.size();
  uint64_t end = headBytes;
  for (Bytes blob : blobs) {
    uint64_t offset = align(end);
    layout.table.push_back({offset, blob.size(), checksum(blob), 0});
    end = offset + blob.size();
  }
  layout.fileBytes = end;
  Header header = {format.magic, format.version, 0,        end,
                   text.size(),  blobs.size(),   {0, 0, 0}};
  layout.head.resize(headBytes);
  std::byte *to = layout.head.data() + sizeof(Header);
  to = std::ranges::copy(std::as_bytes(std::span(layout.table)), to).out;
  std::ranges::copy(std::as_bytes(std::span(text)), to);
  header.checksum =
      checksumOfHeader(header, Bytes(layout.head).subspan(sizeof(Header)));
  std::memcpy(layout.head.data(), &header, sizeof(header));
  return layout;
}

/// Messages about one file.
struct Complaints {
  const BlobFormat &format;
  const std::string &name;

  Unexpected<Error> damaged(const std::string &thing, const std::string &what,
                            const std::string &limit) const {
    return fail(thing, what, limit,
                "the file is damaged: " + std::string(format.replaceIt));
  }
};

Expected<Header> readHeader(Bytes bytes, const Complaints &complain) {
  const BlobFormat &format = complain.format;
  Header header;
  if (bytes.size() < sizeof(header) ||
      !std::equal(format.magic.begin(), format.magic.end(),
                  reinterpret_cast<const unsigned char *>(bytes.data())))
    return fail(complain.name, "is not " + std::string(format.kind),
                std::string(format.file) + " starts with its own mark",
                std::string(format.makeOne));
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.version != format.version)
    return fail(complain.name,
                "has format version " + std::to_string(header.version),
                "this dlc reads version " + std::to_string(format.version),
                std::string(format.makeAgain));
  if (header.fileBytes != bytes.size())
    return complain.damaged(
        complain.name, "has " + std::to_string(bytes.size()) + " bytes",
        "its header says " + std::to_string(header.fileBytes));
  return header;
}

/// What stands before the blobs, once it is known to be there.
struct Head {
  std::vector<BlobEntry> table;
  std::string_view text;
};

/// Table and text; nothing of them is believed before the checksum fits.
Expected<Head> readHead(Bytes bytes, const Header &header,
                        const Complaints &complain) {
  const std::string &name = complain.name;
  std::string textName(complain.format.textName);
  Bytes rest = bytes.subspan(sizeof(Header));
  if (header.blobCount > rest.size() / sizeof(BlobEntry))
    return complain.damaged(
        name, "lists " + std::to_string(header.blobCount) + " blobs",
        "is too short for their table");
  size_t tableBytes = header.blobCount * sizeof(BlobEntry);
  if (header.textBytes > rest.size() - tableBytes)
    return complain.damaged(name,
                            "has a " + textName + " of " +
                                std::to_string(header.textBytes) + " bytes",
                            "is shorter than that");
  rest = rest.first(tableBytes + header.textBytes);
  if (checksumOfHeader(header, rest) != header.checksum)
    return complain.damaged(name, "has a changed header or " + textName,
                            "its checksum must fit");
  Head head;
  head.table.resize(header.blobCount);
  if (tableBytes > 0)
    std::memcpy(head.table.data(), rest.data(), tableBytes);
  Bytes text = rest.subspan(tableBytes);
  head.text = {reinterpret_cast<const char *>(text.data()), text.size()};
  return head;
}

/// The blobs, which lie one after the other with nothing but zeros between.
Expected<std::vector<Bytes>> readBlobs(Bytes bytes, const Head &head,
                                       const Complaints &complain) {
  std::vector<Bytes> blobs;
  uint64_t end =
      sizeof(Header) + head.table.size() * sizeof(BlobEntry) + head.text.size();
  for (size_t i = 0; i < head.table.size(); ++i) {
    const BlobEntry &entry = head.table[i];
    std::string which = complain.name + ": blob " + std::to_string(i);
    if (entry.offset != align(end) || entry.offset > bytes.size() ||
        entry.size > bytes.size() - entry.offset)
      return complain.damaged(which,
                              "has offset " + std::to_string(entry.offset) +
                                  " and size " + std::to_string(entry.size),
                              "must follow the part before it, inside the "
                              "file");
    Bytes padding = bytes.subspan(end, entry.offset - end);
    if (std::ranges::any_of(padding,
                            [](std::byte b) { return b != std::byte(0); }))
      return complain.damaged(which, "has bytes in the padding before it",
                              "padding is zeros");
    Bytes content = bytes.subspan(entry.offset, entry.size);
    if (checksum(content) != entry.checksum)
      return complain.damaged(which, "has changed bytes",
                              "its checksum must fit");
    blobs.push_back(content);
    end = entry.offset + entry.size;
  }
  if (end != bytes.size())
    return complain.damaged(complain.name,
                            "has " + std::to_string(bytes.size() - end) +
                                " bytes after its last part",
                            "must end there");
  return blobs;
}

} // namespace

std::vector<std::byte> serializeBlobs(const BlobFormat &format,
                                      std::string_view text,
                                      std::span<const Bytes> blobs) {
  Layout layout = layOut(format, text, blobs);
  std::vector<std::byte> bytes = std::move(layout.head);
  bytes.resize(layout.fileBytes);
  for (size_t i = 0; i < blobs.size(); ++i)
    std::ranges::copy(blobs[i], bytes.data() + layout.table[i].offset);
  return bytes;
}

Expected<void> writeBlobFile(const BlobFormat &format, std::string_view text,
                             std::span<const Bytes> blobs,
                             const std::filesystem::path &path) {
  Layout layout = layOut(format, text, blobs);
  auto file = TemporaryFile::create(path);
  if (!file)
    return Unexpected(file.error());
  if (auto written = file->write(layout.head); !written)
    return written;
  uint64_t end = layout.head.size();
  constexpr std::array<std::byte, alignment> zeros = {};
  for (size_t i = 0; i < blobs.size(); ++i) {
    Bytes padding = Bytes(zeros).first(layout.table[i].offset - end);
    if (auto written = file->write(padding); !written)
      return written;
    if (auto written = file->write(blobs[i]); !written)
      return written;
    end = layout.table[i].offset + blobs[i].size();
  }
  return file->commit();
}

Expected<BlobFileParts> parseBlobs(const BlobFormat &format, Bytes bytes,
                                   const std::string &name) {
  Complaints complain{format, name};
  auto header = readHeader(bytes, complain);
  if (!header)
    return Unexpected(header.error());
  auto head = readHead(bytes, *header, complain);
  if (!head)
    return Unexpected(head.error());
  auto blobs = readBlobs(bytes, *head, complain);
  if (!blobs)
    return Unexpected(blobs.error());
  return BlobFileParts{head->text, *std::move(blobs)};
}

} // namespace dlc::artifact
