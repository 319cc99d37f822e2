// A zip archive, read with limits: archives come from strangers.
#include "runtime/zip/ZipReader.h"
#include "runtime/core/AtomicFile.h"
#include "runtime/core/Region.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>

namespace dlc {

namespace {

struct MemberClose {
  void operator()(zip_file_t *file) const { zip_fclose(file); }
};
using Member = std::unique_ptr<zip_file_t, MemberClose>;

} // namespace

void ZipReader::Discard::operator()(::zip *archive) const {
  zip_discard(archive);
}

Expected<ZipReader> ZipReader::open(const std::filesystem::path &path,
                                    Words words) {
  if (auto regular = checkRegularFile(path); !regular)
    return Unexpected(regular.error());
  ZipReader reader;
  std::error_code failed;
  uint64_t bytes = std::filesystem::file_size(path, failed);
  if (!failed)
    reader.archiveBytes = bytes;
  int code = 0;
  reader.archive.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  // To libzip an empty file is an archive without members.
  if (!reader.archive || reader.archiveBytes == 0)
    return fail(path.string(), fmt::format("is not {}", words.kind),
                std::move(words.limit), std::move(words.remedy));
  reader.words = std::move(words);
  return reader;
}

uint64_t ZipReader::count() const {
  return uint64_t(
      std::max<zip_int64_t>(0, zip_get_num_entries(archive.get(), 0)));
}

std::string_view ZipReader::name(uint64_t member) const {
  const char *name = zip_get_name(archive.get(), member, ZIP_FL_ENC_GUESS);
  return name ? name : "";
}

std::optional<uint64_t> ZipReader::find(const std::string &name) const {
  zip_int64_t index = zip_name_locate(archive.get(), name.c_str(), 0);
  return index < 0 ? std::nullopt : std::optional(uint64_t(index));
}

Expected<ZipSizes> ZipReader::sizes(uint64_t member,
                                    const std::string &thing) const {
  zip_stat_t status;
  zip_stat_init(&status);
  constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if (zip_stat_index(archive.get(), member, 0, &status) != 0 ||
      (status.valid & needed) != needed)
    return fail(thing, "does not tell its size",
                "a member is read by the size that it tells", words.remedy);
  if ((status.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 &&
      status.encryption_method != ZIP_EM_NONE)
    return fail(thing, "is encrypted", "archives are read without a password",
                "unpack the archive, and pack it again without a password");
  if (status.size / maxZipRatio > status.comp_size)
    return fail(thing,
                fmt::format("expands from {} to {} bytes", status.comp_size,
                            status.size),
                "no data do", words.remedy);
  return ZipSizes{status.comp_size, status.size};
}

std::vector<std::byte> ZipReader::readStart(uint64_t member,
                                            size_t count) const {
  Member open(zip_fopen_index(archive.get(), member, 0));
  std::vector<std::byte> bytes(count);
  size_t done = 0;
  while (open && done < count) {
    zip_int64_t got = zip_fread(open.get(), bytes.data() + done, count - done);
    if (got <= 0)
      break;
    done += size_t(got);
  }
  bytes.resize(done);
  return bytes;
}

Expected<std::vector<std::byte>> ZipReader::read(uint64_t member,
                                                 const std::string &thing,
                                                 uint64_t maxBytes) const {
  auto told = sizes(member, thing);
  if (!told)
    return Unexpected(told.error());
  if (told->unpacked > maxBytes)
    return fail(thing, fmt::format("has {} bytes", told->unpacked),
                fmt::format("at most {} are read", maxBytes), words.remedy);
  Member open(zip_fopen_index(archive.get(), member, 0));
  std::vector<std::byte> bytes;
  // What is stored, as large data are, is no larger than the archive, and takes
  // its memory once.
  bytes.reserve(std::min(told->unpacked, archiveBytes.value_or(0)) + 1);
  adviseHugePages(bytes.data(), bytes.capacity());
  // The read past the end makes libzip compare the checksum.
  constexpr uint64_t maxStep = 4 << 20;
  while (open) {
    size_t done = bytes.size();
    size_t step = std::min(maxStep, told->unpacked - done + 1);
    bytes.resize(done + step);
    zip_int64_t got = zip_fread(open.get(), bytes.data() + done, step);
    bytes.resize(done + size_t(std::max<zip_int64_t>(got, 0)));
    if (got == 0 && bytes.size() == told->unpacked)
      return bytes;
    if (got <= 0 || bytes.size() > told->unpacked)
      break;
  }
  return fail(thing, "is damaged", "its size and checksum must fit its content",
              words.remedy);
}

} // namespace dlc
