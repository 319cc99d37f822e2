// Chooses how pictures are reached: a folder, an archive, one file.
#include "runtime/data/images/ImageFiles.h"
#include "runtime/data/images/FolderFiles.h"
#include "runtime/data/images/ZipFiles.h"

namespace dlc::data {

Expected<std::shared_ptr<const ImageFiles>>
ImageFiles::open(const std::filesystem::path &path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return fail(path.string(), "does not exist", "", "check the path");
  if (std::filesystem::is_directory(path, ignored))
    return FolderFiles::open(path);
  if (hasImageSuffix(path.string()))
    return FolderFiles::openOne(path);
  return ZipFiles::open(path);
}

} // namespace dlc::data
