// The pictures of a folder, and a picture alone.
#pragma once

#include "runtime/data/images/ImageFiles.h"

namespace dlc::data {

class FolderFiles : public ImageFiles {
public:
  static Expected<std::shared_ptr<const ImageFiles>>
  open(const std::filesystem::path &folder);
  /// One file, named by itself.
  static std::shared_ptr<const ImageFiles>
  openOne(const std::filesystem::path &file);

  uint64_t size(size_t file) const override;
  Expected<std::vector<std::byte>> read(size_t file) const override;

private:
  using ImageFiles::ImageFiles;
  Expected<void> list();
  void skipLink(std::string link);
  bool leadsOut(const std::filesystem::path &link) const;

  std::filesystem::path realRoot; // without links
};

} // namespace dlc::data
