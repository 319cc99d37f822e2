// The .keras archive: three members of a zip file or of a folder.
#include "runtime/core/AtomicFile.h"
#include "runtime/keras/KerasFile.h"

#include <fmt/format.h>
#include <memory>
#include <string_view>
#include <zip.h>

namespace dlc::keras {

namespace {

constexpr const char *configName = "config.json";
constexpr const char *metadataName = "metadata.json";
constexpr const char *weightsName = "model.weights.h5";

/// The limits of Keras' own check against zip bombs (`_reject_zip_bomb`).
constexpr uint64_t trustedSize = uint64_t(4) << 30;
constexpr uint64_t maxRatio = 100;
/// The largest config.json met is 3 MB; parsed, it takes some fifteen times as
/// much memory.
constexpr uint64_t maxTextSize = uint64_t(64) << 20;

struct ZipDiscard {
  void operator()(zip_t *zip) const { zip_discard(zip); }
};
struct ZipFileClose {
  void operator()(zip_file_t *file) const { zip_fclose(file); }
};
struct ZipSourceFree {
  void operator()(zip_source_t *source) const { zip_source_free(source); }
};
using Zip = std::unique_ptr<zip_t, ZipDiscard>;
using ZipFile = std::unique_ptr<zip_file_t, ZipFileClose>;
using ZipSource = std::unique_ptr<zip_source_t, ZipSourceFree>;

/// `model.keras/config.json`, as errors call a member.
std::string memberName(const std::filesystem::path &path, const char *member) {
  return (path / member).string();
}

Unexpected<Error> failMissing(const std::filesystem::path &path,
                              const char *member) {
  return fail(path.string(), fmt::format("has no member {}", member),
              "every .keras file holds one",
              "save the model again with model.save(\"model.keras\")");
}

Unexpected<Error> failTooLarge(const std::string &thing, uint64_t size,
                               uint64_t maxSize) {
  return fail(thing, fmt::format("has {} bytes", size),
              fmt::format("at most {} are read", maxSize),
              "check that this is a Keras model");
}

std::string toText(const std::vector<std::byte> &bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

//===-- Reading -----------------------------------------------------------===//

/// libzip reads the first of two members of one name, Python the last: what one
/// of them has checked the other would not run.
Expected<void> refuseRepeatedMembers(zip_t *zip,
                                     const std::filesystem::path &path) {
  zip_int64_t entries = zip_get_num_entries(zip, 0);
  for (const char *member : {configName, metadataName, weightsName}) {
    int found = 0;
    for (zip_int64_t i = 0; i < entries; ++i) {
      const char *name = zip_get_name(zip, zip_uint64_t(i), 0);
      found += name && std::string_view(name) == member;
    }
    if (found > 1)
      return fail(path.string(),
                  fmt::format("holds {} members {}", found, member),
                  "readers differ in which of them they take",
                  "save the model again with model.save(\"model.keras\")");
  }
  return {};
}

/// One member, or an empty vector where the archive lacks it.
Expected<std::vector<std::byte>> readMember(zip_t *zip,
                                            const std::filesystem::path &path,
                                            const char *member,
                                            uint64_t maxSize) {
  zip_stat_t status;
  zip_stat_init(&status);
  if (zip_stat(zip, member, 0, &status) != 0)
    return std::vector<std::byte>();
  std::string thing = memberName(path, member);
  constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if ((status.valid & needed) != needed)
    return fail(thing, "does not declare its size",
                "a member is read by its declared size",
                "save the model again");
  if (status.size > maxSize)
    return failTooLarge(thing, status.size, maxSize);
  if (status.size > trustedSize && status.size / maxRatio > status.comp_size)
    return fail(
        thing,
        fmt::format("expands from {} to {} bytes", status.comp_size,
                    status.size),
        fmt::format("a member over 4 GiB may expand {} times", maxRatio),
        "save the model again with Keras, which does not compress");

  ZipFile file(zip_fopen(zip, member, 0));
  std::vector<std::byte> bytes;
  constexpr size_t step = 1 << 20;
  // Grows with what is really there, not with what a header promises; the read
  // past the end makes libzip compare the checksum.
  while (file) {
    size_t done = bytes.size();
    bytes.resize(done + step);
    zip_int64_t got = zip_fread(file.get(), bytes.data() + done, step);
    bytes.resize(done + size_t(std::max<zip_int64_t>(got, 0)));
    if (got < 0)
      break;
    if (got == 0 && bytes.size() == status.size)
      return bytes;
    if (got == 0 || bytes.size() > status.size)
      break;
  }
  return fail(thing, "is damaged", "its size and checksum must fit its content",
              "copy or save the file again");
}

Expected<Archive> readZip(const std::filesystem::path &path) {
  if (auto regular = checkRegularFile(path); !regular)
    return Unexpected(regular.error());
  int code = 0;
  Zip zip(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!zip)
    return fail(path.string(), "is not a zip archive",
                "a .keras file is one, or a folder of its members",
                "save the model again with model.save(\"model.keras\")");
  if (auto single = refuseRepeatedMembers(zip.get(), path); !single)
    return Unexpected(single.error());
  auto config = readMember(zip.get(), path, configName, maxTextSize);
  if (!config)
    return Unexpected(config.error());
  if (zip_name_locate(zip.get(), configName, 0) < 0)
    return failMissing(path, configName);
  auto metadata = readMember(zip.get(), path, metadataName, maxTextSize);
  if (!metadata)
    return Unexpected(metadata.error());
  auto weights = readMember(zip.get(), path, weightsName, UINT64_MAX);
  if (!weights)
    return Unexpected(weights.error());
  return Archive{toText(*config), toText(*metadata), std::move(*weights)};
}

Expected<Archive> readFolder(const std::filesystem::path &folder) {
  std::error_code ignored;
  if (!std::filesystem::exists(folder / configName, ignored))
    return failMissing(folder, configName);
  Archive archive;
  for (auto [member, text] : {std::pair(configName, &archive.config),
                              std::pair(metadataName, &archive.metadata)}) {
    if (!std::filesystem::exists(folder / member, ignored))
      continue;
    auto bytes = readFile(folder / member);
    if (!bytes)
      return Unexpected(bytes.error());
    if (bytes->size() > maxTextSize)
      return failTooLarge(memberName(folder, member), bytes->size(),
                          maxTextSize);
    *text = toText(*bytes);
  }
  if (std::filesystem::exists(folder / weightsName, ignored)) {
    auto bytes = readFile(folder / weightsName);
    if (!bytes)
      return Unexpected(bytes.error());
    archive.weights = std::move(*bytes);
  }
  return archive;
}

//===-- Writing -----------------------------------------------------------===//

/// Adds a member stored, not deflated, as Keras writes it. `bytes` must outlive
/// the archive.
bool addMember(zip_t *zip, const char *member,
               std::span<const std::byte> bytes) {
  zip_source_t *source =
      zip_source_buffer(zip, bytes.data(), bytes.size(), /*freep=*/0);
  if (!source)
    return false;
  zip_int64_t index = zip_file_add(zip, member, source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return false;
  }
  return zip_set_file_compression(zip, zip_uint64_t(index), ZIP_CM_STORE, 0) ==
         0;
}

/// What libzip wrote into a buffer source.
std::vector<std::byte> readBack(zip_source_t *source) {
  zip_stat_t status;
  zip_stat_init(&status);
  std::vector<std::byte> bytes;
  if (zip_source_open(source) != 0)
    return bytes;
  if (zip_source_stat(source, &status) == 0 &&
      (status.valid & ZIP_STAT_SIZE) != 0) {
    bytes.resize(status.size);
    if (zip_source_read(source, bytes.data(), bytes.size()) !=
        zip_int64_t(bytes.size()))
      bytes.clear();
  }
  zip_source_close(source);
  return bytes;
}

/// The archive's bytes, or none where libzip fails.
std::vector<std::byte> packZip(const Archive &archive) {
  ZipSource buffer(zip_source_buffer_create(nullptr, 0, 0, nullptr));
  if (!buffer)
    return {};
  // zip_close gives its reference up; this one keeps the bytes alive.
  zip_source_keep(buffer.get());
  Zip zip(zip_open_from_source(buffer.get(), ZIP_TRUNCATE, nullptr));
  if (!zip) {
    zip_source_free(buffer.get());
    return {};
  }
  bool added = true;
  if (!archive.metadata.empty())
    added &= addMember(zip.get(), metadataName,
                       std::as_bytes(std::span(archive.metadata)));
  added &= addMember(zip.get(), configName,
                     std::as_bytes(std::span(archive.config)));
  if (!archive.weights.empty())
    added &= addMember(zip.get(), weightsName, archive.weights);
  if (!added || zip_close(zip.get()) != 0)
    return {};
  (void)zip.release();
  return readBack(buffer.get());
}

} // namespace

Expected<Archive> readArchive(const std::filesystem::path &path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return fail(path.string(), "does not exist", "", "check the path");
  if (std::filesystem::is_directory(path, ignored))
    return readFolder(path);
  return readZip(path);
}

Expected<void> writeArchive(const Archive &archive,
                            const std::filesystem::path &path) {
  std::vector<std::byte> bytes = packZip(archive);
  if (bytes.empty())
    return fail(path.string(), "could not be packed as a zip archive", "",
                "free some memory and try again");
  return writeFileAtomically(path, bytes);
}

} // namespace dlc::keras
