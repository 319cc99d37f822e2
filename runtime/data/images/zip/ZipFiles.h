// The pictures of a zip archive, which is never unpacked.
#pragma once

#include "runtime/data/images/ImageFiles.h"
#include "runtime/zip/ZipReader.h"

#include <mutex>

namespace dlc::data {

class ZipFiles : public ImageFiles {
public:
  static Expected<std::shared_ptr<const ImageFiles>>
  open(const std::filesystem::path &archive);

  uint64_t size(size_t file) const override;
  Expected<std::vector<std::byte>> read(size_t file) const override;

private:
  ZipFiles(std::string path, ZipReader archive)
      : ImageFiles(std::move(path)), archive(std::move(archive)) {}
  Expected<void> list();
  Expected<void> addMember(uint64_t index);

  struct Member {
    std::string name;
    uint64_t index;
  };
  mutable std::mutex mutex; // the archive is for one thread
  ZipReader archive;
  std::vector<Member> members;   // until they are sorted
  std::vector<uint64_t> indices; // in the archive, of each of `files`
  uint64_t declared = 0;         // bytes of all members
  std::string inner;             // the first archive among the members
};

} // namespace dlc::data
