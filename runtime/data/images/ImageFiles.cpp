// Chooses how pictures are reached: a folder, an archive, one file.
#include "runtime/data/images/ImageFiles.h"
#include "runtime/data/images/FolderFiles.h"
#include "runtime/data/images/zip/ZipFiles.h"
#include "runtime/image/Decode.h"
#include "runtime/image/PictureSize.h"

#include <fmt/format.h>

namespace dlc::data {

std::string SkippedLinks::describe() const {
  return count == 1
             ? fmt::format("a link that does not lead to a file in it, \"{}\", "
                           "is left out",
                           first)
             : fmt::format("{} links that do not lead to files in it are left "
                           "out, the first \"{}\"",
                           count, first);
}

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

Expected<DecodedPicture> ImageFiles::decode(size_t file,
                                            image::ColorMode colors) const {
  auto bytes = read(file);
  if (!bytes)
    return Unexpected(bytes.error());
  PixelBudget::Share share = budget.take(image::countPixels(*bytes));
  auto picture = image::decode(*bytes, describe(file), colors);
  if (!picture)
    return Unexpected(picture.error());
  return DecodedPicture{*std::move(picture), std::move(share)};
}

} // namespace dlc::data
