// The .keras archive: three members of a zip file or of a folder.
#include "runtime/core/AtomicFile.h"
#include "runtime/keras/KerasFile.h"
#include "runtime/zip/ZipReader.h"

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

constexpr const char *saveAgain =
    "save the model again with model.save(\"model.keras\")";

struct ZipDiscard {
  void operator()(zip_t *zip) const { zip_discard(zip); }
};
struct ZipSourceFree {
  void operator()(zip_source_t *source) const { zip_source_free(source); }
};
struct CloseFile {
  void operator()(std::FILE *file) const { std::fclose(file); }
};
using Zip = std::unique_ptr<zip_t, ZipDiscard>;
using ZipSource = std::unique_ptr<zip_source_t, ZipSourceFree>;

/// `model.keras/config.json`, as errors call a member.
std::string memberName(const std::filesystem::path &path, const char *member) {
  return (path / member).string();
}

Unexpected<Error> failMissing(const std::filesystem::path &path,
                              const char *member) {
  return fail(path.string(), fmt::format("has no member {}", member),
              "every .keras file holds one", saveAgain);
}

std::string toText(const std::vector<std::byte> &bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

//===-- Reading -----------------------------------------------------------===//

/// libzip reads the first of two members of one name, Python the last: what one
/// of them has checked the other would not run.
Expected<void> refuseRepeatedMembers(const ZipReader &zip,
                                     const std::filesystem::path &path) {
  for (const char *member : {configName, metadataName, weightsName}) {
    int found = 0;
    for (uint64_t i = 0; i < zip.count(); ++i)
      found += zip.name(i) == member;
    if (found > 1)
      return fail(path.string(),
                  fmt::format("holds {} members {}", found, member),
                  "readers differ in which of them they take", saveAgain);
  }
  return {};
}

/// One member, or an empty vector where the archive lacks it.
Expected<std::vector<std::byte>> readMember(const ZipReader &zip,
                                            const std::filesystem::path &path,
                                            const char *member,
                                            uint64_t maxSize) {
  auto index = zip.find(member);
  if (!index)
    return std::vector<std::byte>();
  std::string thing = memberName(path, member);
  auto sizes = zip.sizes(*index, thing);
  if (!sizes)
    return Unexpected(sizes.error());
  if (sizes->unpacked > trustedSize &&
      sizes->unpacked / maxRatio > sizes->packed)
    return fail(
        thing,
        fmt::format("expands from {} to {} bytes", sizes->packed,
                    sizes->unpacked),
        fmt::format("a member over 4 GiB may expand {} times", maxRatio),
        "save the model again with Keras, which does not compress");
  return zip.read(*index, thing, maxSize);
}

Expected<Archive> readZip(const std::filesystem::path &path) {
  auto zip = ZipReader::open(
      path, {"a zip archive",
             "a .keras file is one, or a folder of its members", saveAgain});
  if (!zip)
    return Unexpected(zip.error());
  if (auto single = refuseRepeatedMembers(*zip, path); !single)
    return Unexpected(single.error());
  auto config = readMember(*zip, path, configName, maxTextSize);
  if (!config)
    return Unexpected(config.error());
  if (!zip->find(configName))
    return failMissing(path, configName);
  auto metadata = readMember(*zip, path, metadataName, maxTextSize);
  if (!metadata)
    return Unexpected(metadata.error());
  auto weights = readMember(*zip, path, weightsName, UINT64_MAX);
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
      return fail(memberName(folder, member),
                  fmt::format("has {} bytes", bytes->size()),
                  fmt::format("at most {} are read", maxTextSize),
                  "check that this is a Keras model");
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
    return fail(path.string(),
                fmt::format("could not be packed as a zip archive: {}",
                            zip ? zip_strerror(zip.get()) : "no memory"),
                "", "free some memory and room on the disk and try again");
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
