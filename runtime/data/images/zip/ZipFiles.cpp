// The pictures of a zip archive, which is never unpacked: members are read by
// their index, and no path of theirs is used for anything but its text.
#include "runtime/data/images/zip/ZipFiles.h"
#include "runtime/data/images/Listing.h"
#include "runtime/data/images/zip/ZipLimits.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

namespace dlc::data {

namespace {

constexpr const char *packAgain = "pack the folder of pictures again";

/// A member's name with single slashes of one kind between its parts: archives
/// made on Windows may have the other. None where it leads out of the archive.
std::optional<std::string> cleanName(std::string_view name) {
  bool hasDrive = name.size() > 1 && name[1] == ':';
  if (name.starts_with('/') || name.starts_with('\\') || hasDrive)
    return std::nullopt;
  std::string clean;
  while (!name.empty()) {
    size_t end = std::min(name.find_first_of("/\\"), name.size());
    std::string_view part = name.substr(0, end);
    if (part == "..")
      return std::nullopt;
    if (!part.empty() && part != ".")
      clean.append(clean.empty() ? "" : "/").append(part);
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return clean;
}

/// Whether the name or that of a folder around it is left out.
bool isIgnoredPath(std::string_view name) {
  for (; !name.empty(); name = folderOf(name)) {
    std::string_view folder = folderOf(name);
    if (isIgnoredName(name.substr(folder.empty() ? 0 : folder.size() + 1)))
      return true;
  }
  return false;
}

} // namespace

Expected<std::shared_ptr<const ImageFiles>>
ZipFiles::open(const std::filesystem::path &path) {
  auto archive = ZipReader::open(
      path, {"a zip archive", "pictures come as a folder or a zip of one",
             "pack the folder of pictures again"});
  if (!archive)
    return Unexpected(archive.error());
  std::shared_ptr<ZipFiles> files(
      new ZipFiles(path.string(), *std::move(archive)));
  if (auto listed = files->list(); !listed)
    return Unexpected(listed.error());
  return std::shared_ptr<const ImageFiles>(std::move(files));
}

/// Takes a member into the listing, or leaves it out.
Expected<void> ZipFiles::addMember(uint64_t index) {
  std::string_view name = archive.name(index);
  std::optional<std::string> clean = cleanName(name);
  if (!clean)
    return fail(path, fmt::format("holds a member named \"{}\"", name),
                "no name may lead out of the archive", packAgain);
  if (clean->empty() || isIgnoredPath(*clean))
    return {};
  if (name.ends_with('/') || name.ends_with('\\')) {
    directories.push_back(*std::move(clean));
    return {};
  }
  auto sizes = archive.sizes(index, path + "/" + *clean);
  if (!sizes)
    return Unexpected(sizes.error());
  declared += std::min(sizes->unpacked, UINT64_MAX - declared);
  if (inner.empty() && clean->ends_with(".zip"))
    inner = *clean;
  if (hasImageSuffix(*clean))
    members.push_back({*std::move(clean), index});
  return {};
}

Expected<void> ZipFiles::list() {
  for (uint64_t i = 0; i < archive.count(); ++i)
    if (auto added = addMember(i); !added)
      return added;
  if (members.empty() && !inner.empty())
    return fail(path, "holds no pictures",
                fmt::format("it holds another archive, \"{}\"", inner),
                "unpack it, and give what is in it");
  // Members may share their bytes: each is then small, all of them are not.
  std::optional<uint64_t> bytes = archive.bytes();
  if (bytes && declared / maxZipRatio > *bytes)
    return fail(path,
                fmt::format("expands from {} to {} bytes", *bytes, declared),
                "no archive of pictures does", packAgain);
  std::ranges::sort(members, isListedBefore, &Member::name);
  // Folders are not always members of their own.
  std::set<std::string> all(directories.begin(), directories.end());
  for (const Member &member : members)
    for (std::string_view folder = folderOf(member.name); !folder.empty();
         folder = folderOf(folder))
      if (!all.emplace(folder).second)
        break;
  directories.assign(all.begin(), all.end());
  for (Member &member : members) {
    if (!files.empty() && files.back() == member.name)
      return fail(path,
                  fmt::format("holds two members named \"{}\"", member.name),
                  "readers differ in which of them they take", packAgain);
    files.push_back(std::move(member.name));
    indices.push_back(member.index);
  }
  members = {};
  return {};
}

uint64_t ZipFiles::size(size_t file) const {
  std::lock_guard lock(mutex);
  auto sizes = archive.sizes(indices[file], describe(file));
  return sizes ? sizes->unpacked : 0;
}

Expected<std::vector<std::byte>> ZipFiles::read(size_t file) const {
  std::lock_guard lock(mutex);
  auto sizes = archive.sizes(indices[file], describe(file));
  if (!sizes)
    return Unexpected(sizes.error());
  if (sizes->unpacked > alwaysInflatedBytes) {
    uint64_t limit = maxInflatedBytes(
        archive.readStart(indices[file], zipHeadBytes), sizes->packed);
    if (sizes->unpacked > limit)
      return fail(
          describe(file),
          fmt::format("expands from {} to {} bytes", sizes->packed,
                      sizes->unpacked),
          fmt::format("a picture that starts as it does takes at most {}",
                      limit),
          "leave it out of the archive");
  }
  return archive.read(indices[file], describe(file), maxImageFileBytes);
}

} // namespace dlc::data
