// Small pictures and archives that tests write.
#pragma once

#include "test/runtime/data/Temporary.h"

#include <array>
#include <cstring>
#include <vector>
#include <zip.h>

namespace dlc::test {

using Pixel = std::array<uint8_t, 3>; // red, green, blue

/// A BMP file of 24 bits with `width` pixels a row, the rows from the top.
inline std::vector<std::byte> makeBmp(int width,
                                      const std::vector<Pixel> &pixels) {
  auto height = int(pixels.size()) / width;
  size_t rowBytes = size_t(width * 3 + 3) / 4 * 4;
  std::vector<std::byte> file(54 + rowBytes * size_t(height));
  auto put = [&](size_t at, uint32_t value, size_t bytes) {
    std::memcpy(file.data() + at, &value, bytes);
  };
  put(0, 0x4d42, 2);
  put(2, uint32_t(file.size()), 4);
  put(10, 54, 4);
  put(14, 40, 4);
  put(18, uint32_t(width), 4);
  put(22, uint32_t(height), 4);
  put(26, 1, 2);
  put(28, 24, 2);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const Pixel &pixel = pixels[size_t((height - 1 - y) * width + x)];
      for (size_t c = 0; c < 3; ++c)
        file[54 + size_t(y) * rowBytes + size_t(x) * 3 + c] =
            std::byte(pixel[2 - c]);
    }
  return file;
}

/// Two by two pixels that `seed` tells apart.
inline std::vector<std::byte> makeSmallBmp(uint8_t seed) {
  return makeBmp(2, {{seed, 1, 2}, {3, seed, 4}, {5, 6, seed}, {7, 8, 9}});
}

/// Tests on pictures in a folder of their own.
class PicturesTest : public DataTest {
protected:
  void writePicture(const std::string &name, uint8_t seed = 0) const {
    std::filesystem::create_directories((folder / name).parent_path());
    write(name, makeSmallBmp(seed));
  }

  /// A zip of small pictures under these names; one that ends in / is a folder.
  std::string zip(const std::vector<std::string> &names) const {
    std::string path = at("set.zip");
    zip_t *archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    std::vector<std::vector<std::byte>> kept;
    for (const std::string &name : names) {
      if (name.ends_with('/')) {
        zip_dir_add(archive, name.c_str(), ZIP_FL_ENC_UTF_8);
        continue;
      }
      kept.push_back(makeSmallBmp(uint8_t(kept.size())));
      zip_source_t *source =
          zip_source_buffer(archive, kept.back().data(), kept.back().size(), 0);
      EXPECT_GE(zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8),
                0);
    }
    EXPECT_EQ(zip_close(archive), 0) << zip_strerror(archive);
    return path;
  }
};

} // namespace dlc::test
