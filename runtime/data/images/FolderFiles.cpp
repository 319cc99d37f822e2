// The pictures of a folder, and a picture alone.
#include "runtime/data/images/FolderFiles.h"
#include "runtime/core/AtomicFile.h"
#include "runtime/data/images/Listing.h"

#include <fmt/format.h>

#include <algorithm>

namespace dlc::data {

namespace fs = std::filesystem;

Expected<std::shared_ptr<const ImageFiles>>
FolderFiles::open(const fs::path &folder) {
  std::shared_ptr<FolderFiles> files(new FolderFiles(folder.string()));
  if (auto listed = files->list(); !listed)
    return Unexpected(listed.error());
  return std::shared_ptr<const ImageFiles>(std::move(files));
}

std::shared_ptr<const ImageFiles> FolderFiles::openOne(const fs::path &file) {
  fs::path folder = file.parent_path();
  std::shared_ptr<FolderFiles> files(
      new FolderFiles(folder.empty() ? "." : folder.string()));
  files->files = {file.filename().string()};
  return files;
}

/// A file that is a link is a picture of this folder only if it stands in it.
bool FolderFiles::leadsOut(const fs::path &link) const {
  std::error_code failed;
  fs::path target = fs::canonical(link, failed);
  if (failed || !fs::is_regular_file(target, failed))
    return true;
  fs::path relative = target.lexically_relative(realRoot);
  return relative.empty() || *relative.begin() == "..";
}

void FolderFiles::skipLink(std::string link) {
  if (links.count++ == 0 || isListedBefore(link, links.first))
    links.first = std::move(link);
}

Expected<void> FolderFiles::list() {
  std::error_code failed;
  auto stop = [&](const fs::path &where) {
    return fail(where.string(),
                fmt::format("cannot be listed: {}", failed.message()), "",
                "check the path and its permissions");
  };
  realRoot = fs::canonical(path, failed);
  if (failed)
    return stop(path);
  fs::recursive_directory_iterator it(path, failed), end;
  if (failed)
    return stop(path);
  while (it != end) {
    const fs::directory_entry &entry = *it;
    std::string file = entry.path().filename().string();
    std::error_code ignored;
    bool isLink = entry.is_symlink(ignored);
    bool isFolder = !isLink && entry.is_directory(ignored);
    auto relative = [&] {
      return entry.path().lexically_relative(path).generic_string();
    };
    if (isIgnoredName(file))
      it.disable_recursion_pending();
    else if (isFolder)
      directories.push_back(relative());
    else if (isLink && leadsOut(entry.path())) {
      if (hasImageSuffix(file) || entry.is_directory(ignored))
        skipLink(relative());
    } else if (hasImageSuffix(file) && entry.is_regular_file(ignored))
      files.push_back(relative());
    fs::path at = entry.path();
    it.increment(failed);
    if (failed)
      return stop(at);
  }
  std::ranges::sort(files, isListedBefore);
  std::ranges::sort(directories);
  return {};
}

uint64_t FolderFiles::size(size_t file) const {
  std::error_code failed;
  uint64_t bytes = fs::file_size(fs::path(path) / files[file], failed);
  return failed ? 0 : bytes;
}

Expected<std::vector<std::byte>> FolderFiles::read(size_t file) const {
  fs::path name = fs::path(path) / files[file];
  std::error_code failed;
  uint64_t size = fs::file_size(name, failed);
  if (!failed && size > maxImageFileBytes)
    return fail(name.string(), fmt::format("has {} bytes", size),
                fmt::format("at most {} are read", maxImageFileBytes),
                "save the picture smaller");
  return readFile(name);
}

} // namespace dlc::data
