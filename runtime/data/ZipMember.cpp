// Members of a zip archive, read with limits: archives come from strangers.
#include "runtime/data/ZipMember.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <memory>

namespace dlc::data {

namespace {

struct MemberClose {
  void operator()(zip_file_t *file) const { zip_fclose(file); }
};
using Member = std::unique_ptr<zip_file_t, MemberClose>;

} // namespace

Expected<ZipSizes> findSizes(::zip *archive, uint64_t member,
                             const std::string &thing,
                             const std::string &remedy) {
  zip_stat_t status;
  zip_stat_init(&status);
  constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if (zip_stat_index(archive, member, 0, &status) != 0 ||
      (status.valid & needed) != needed)
    return fail(thing, "does not tell its size",
                "a member is read by the size that it tells", remedy);
  if ((status.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 &&
      status.encryption_method != ZIP_EM_NONE)
    return fail(thing, "is encrypted", "archives are read without a password",
                "unpack the archive, and pack it again without a password");
  if (status.size / maxZipRatio > status.comp_size)
    return fail(thing,
                fmt::format("expands from {} to {} bytes", status.comp_size,
                            status.size),
                "no data do", remedy);
  return ZipSizes{status.comp_size, status.size};
}

std::vector<std::byte> readZipMemberStart(::zip *archive, uint64_t member,
                                          size_t count) {
  Member open(zip_fopen_index(archive, member, 0));
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

Expected<std::vector<std::byte>> readZipMember(::zip *archive, uint64_t member,
                                               const std::string &thing,
                                               uint64_t maxBytes,
                                               const std::string &remedy) {
  auto sizes = findSizes(archive, member, thing, remedy);
  if (!sizes)
    return Unexpected(sizes.error());
  if (sizes->unpacked > maxBytes)
    return fail(thing, fmt::format("has {} bytes", sizes->unpacked),
                fmt::format("at most {} are read", maxBytes), remedy);
  Member open(zip_fopen_index(archive, member, 0));
  std::vector<std::byte> bytes;
  // The read past the end makes libzip compare the checksum.
  constexpr uint64_t maxStep = 4 << 20;
  while (open) {
    size_t done = bytes.size();
    size_t step = std::min(maxStep, sizes->unpacked - done + 1);
    bytes.resize(done + step);
    zip_int64_t got = zip_fread(open.get(), bytes.data() + done, step);
    bytes.resize(done + size_t(std::max<zip_int64_t>(got, 0)));
    if (got == 0 && bytes.size() == sizes->unpacked)
      return bytes;
    if (got <= 0 || bytes.size() > sizes->unpacked)
      break;
  }
  return fail(thing, "is damaged", "its size and checksum must fit its content",
              remedy);
}

} // namespace dlc::data
