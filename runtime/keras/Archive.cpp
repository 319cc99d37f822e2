// The .keras archive: three members of a zip file or of a folder.
#include "runtime/core/AtomicFile.h"
#include "runtime/keras/KerasFile.h"

#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <string_view>
#include <unistd.h>
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
struct CloseFile {
  void operator()(std::FILE *file) const { std::fclose(file); }
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
  // What Keras stores is no larger than the archive; a header may lie.
  std::error_code failed;
  uint64_t archiveBytes = std::filesystem::file_size(path, failed);
  constexpr size_t step = 1 << 20;
  if (!failed)
    bytes.reserve(std::min<uint64_t>(status.size, archiveBytes) + step);
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

/// Adds a member stored, not deflated, as Keras writes it; takes the source,
/// whose bytes must outlive the archive.
bool addMember(zip_t *zip, const char *member, zip_source_t *source) {
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

bool addMember(zip_t *zip, const char *member,
               std::span<const std::byte> bytes) {
  return addMember(
      zip, member,
      zip_source_buffer(zip, bytes.data(), bytes.size(), /*freep=*/0));
}

/// Writes the texts and what `addWeights(zip)` adds.
template <typename AddWeights>
Expected<void> writeZip(const Archive &archive,
                        const std::filesystem::path &path,
                        AddWeights addWeights) {
  auto file = TemporaryFile::create(path);
  if (!file)
    return Unexpected(file.error());
  Zip zip(zip_open(file->name().c_str(), ZIP_TRUNCATE, nullptr));
  bool added = zip != nullptr;
  if (added && !archive.metadata.empty())
    added = addMember(zip.get(), metadataName,
                      std::as_bytes(std::span(archive.metadata)));
  added = added &&
          addMember(zip.get(), configName,
                    std::as_bytes(std::span(archive.config))) &&
          addWeights(zip.get());
  if (!added || zip_close(zip.get()) != 0)
    return fail(path.string(), "could not be packed as a zip archive", "",
                "free some memory and room on the disk and try again");
  (void)zip.release();
  return file->commit();
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
  return writeZip(archive, path, [&](zip_t *zip) {
    return archive.weights.empty() ||
           addMember(zip, weightsName, archive.weights);
  });
}

Expected<void> writeArchive(const Archive &archive, int weights,
                            const std::filesystem::path &path) {
  std::unique_ptr<std::FILE, CloseFile> file(::fdopen(::dup(weights), "rb"));
  return writeZip(archive, path, [&](zip_t *zip) {
    constexpr zip_int64_t toItsEnd = -1;
    zip_source_t *source =
        file ? zip_source_filep(zip, file.get(), /*start=*/0, toItsEnd)
             : nullptr;
    if (source) // which closes the file
      (void)file.release();
    return addMember(zip, weightsName, source);
  });
}

} // namespace dlc::keras
