// The pictures of a folder or of a zip archive, by name, read one at a time.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/data/images/PixelBudget.h"
#include "runtime/image/Picture.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace dlc::data {

/// No picture file is larger; one of more bytes is not read.
inline constexpr uint64_t maxImageFileBytes = uint64_t(512) << 20;

/// A picture and its share of what may be decoded at once, which ends with it.
struct DecodedPicture {
  image::Picture picture;
  PixelBudget::Share share;
};

/// Links to pictures or folders that were not followed.
struct SkippedLinks {
  int64_t count = 0;
  std::string first = {}; // in the order of names()

  /// "2 links that do not lead to files in it are left out, the first \"a/1\"".
  std::string describe() const;
};

/// What is listed are files with the suffixes of Keras' ImageDataGenerator, and
/// .gif. Left out is what no data set means: names that begin with a dot and
/// __MACOSX, with all below them. Links are followed only to files inside.
class ImageFiles {
public:
  /// A folder, a zip archive, or one picture. Errors name what cannot be read;
  /// of an archive, members whose names lead out of it or are there twice, and
  /// sizes that no compression reaches.
  static Expected<std::shared_ptr<const ImageFiles>>
  open(const std::filesystem::path &path);
  virtual ~ImageFiles() = default;

  /// Paths from the root with / between, in the order in which Keras lists
  /// them: sorted by folder, then by name.
  const std::vector<std::string> &names() const { return files; }
  /// Its bytes, by its index in names(); 0 where they cannot be told.
  virtual uint64_t size(size_t file) const = 0;
  /// All folders below the root, sorted, also those without pictures.
  const std::vector<std::string> &folders() const { return directories; }
  const SkippedLinks &skippedLinks() const { return links; }
  /// The root, as the user gave it.
  const std::string &root() const { return path; }
  /// What errors call a picture: "train.zip/cat/1.jpg".
  std::string describe(size_t file) const { return path + "/" + files[file]; }

  /// The whole file, by its index in names(); for several threads at once.
  virtual Expected<std::vector<std::byte>> read(size_t file) const = 0;

  /// Reads and decodes it; for several threads at once, which together hold no
  /// more than 2^28 pixels.
  Expected<DecodedPicture> decode(size_t file, image::ColorMode colors) const;

protected:
  explicit ImageFiles(std::string path) : path(std::move(path)) {}

  std::string path;
  std::vector<std::string> files;
  std::vector<std::string> directories;
  SkippedLinks links;

private:
  mutable PixelBudget budget{uint64_t(1) << 28};
};

/// Whether a name has a suffix that is listed.
bool hasImageSuffix(std::string_view name);

} // namespace dlc::data
