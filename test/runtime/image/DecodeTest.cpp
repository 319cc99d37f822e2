// Decoding: what is refused and how. Pictures are compared with PIL's by
// test/e2e/test_images.py.
#include "runtime/image/Decode.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string_view>

namespace {

using namespace dlc;
using namespace dlc::image;

Expected<Picture> decodeText(std::string_view text,
                             ColorMode mode = ColorMode::Rgb) {
  return decode(std::as_bytes(std::span(text)), "dir/a.img", mode);
}

std::string errorOf(std::string_view text) {
  auto picture = decodeText(text);
  return picture ? "none" : picture.error().message();
}

void put(std::string &file, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    file += char(value >> (8 * i) & 0xff);
}

/// A BMP file of 24 bits a pixel.
std::string bmp(uint32_t height, uint32_t width, std::string_view rows) {
  std::string file = "BM";
  put(file, uint32_t(54 + rows.size()), 4);
  put(file, 0, 4);
  put(file, 54, 4);
  put(file, 40, 4);
  put(file, width, 4);
  put(file, height, 4);
  put(file, 1, 2);
  put(file, 24, 2);
  put(file, 0, 24);
  file += rows;
  return file;
}

TEST(DecodeTest, ReadsRowsFromTheBottom) {
  // One pixel a row, blue before green before red, rows of four bytes.
  auto picture = decodeText(bmp(2, 1, std::string_view("\1\2\3\0\4\5\6\0", 8)));
  ASSERT_TRUE(picture) << picture.error().message();
  EXPECT_EQ(picture->height, 2);
  EXPECT_EQ(picture->width, 1);
  EXPECT_EQ(picture->pixels, (std::vector<uint8_t>{6, 5, 4, 3, 2, 1}));

  std::vector<float> floats(picture->count());
  toFloats(*picture, floats);
  EXPECT_EQ(floats, (std::vector<float>{6, 5, 4, 3, 2, 1}));
}

TEST(DecodeTest, ConvertsToTheMode) {
  auto file = bmp(1, 1, std::string_view("\0\xff\0\0", 4));
  EXPECT_EQ(decodeText(file, ColorMode::Grayscale)->pixels,
            std::vector<uint8_t>{150}); // 0.587 * 255, rounded
  EXPECT_EQ(decodeText(file, ColorMode::Rgba)->pixels,
            (std::vector<uint8_t>{0, 255, 0, 255}));
}

TEST(DecodeTest, RefusesOtherKinds) {
  EXPECT_EQ(errorOf("RIFF....WEBP"),
            "dir/a.img: does not start as an image file but JPEG, PNG, GIF and "
            "BMP files are read; convert it to one of these or leave it out of "
            "the data");
  EXPECT_EQ(errorOf("").substr(0, 19), "dir/a.img: is empty");
}

TEST(DecodeTest, RefusesSizesBeforeTheyAreAllocated) {
  EXPECT_EQ(errorOf(bmp(65535, 65535, "")),
            "dir/a.img: has 65535 rows of 65535 pixels but a side may have "
            "65535 and a picture 178956970; make it smaller or leave it out of "
            "the data");
  EXPECT_NE(errorOf(bmp(1, 65536, "")).find("a side may have"),
            std::string::npos);
  EXPECT_NE(errorOf(bmp(0, 5, "")).find("has 0 rows of 5 pixels"),
            std::string::npos);
}

TEST(DecodeTest, TellsWhatIsCutOff) {
  auto file = bmp(2, 1, std::string_view("\1\2\3\0\4\5\6", 7));
  EXPECT_TRUE(decodeText(file));
  for (size_t size = 2; size < file.size(); ++size)
    EXPECT_EQ(errorOf(std::string_view(file).substr(0, size)),
              "dir/a.img: ends before its picture does but only whole pictures "
              "are trained on; replace the file or leave it out of the data")
        << size;
}

TEST(DecodeTest, LibrariesErrorsComeBackAsValues) {
  using namespace std::string_view_literals;
  for (auto start : {"\xff\xd8\xff"sv, "\x89PNG\r\n\x1a\n"sv, "GIF89a"sv}) {
    EXPECT_NE(errorOf(start), "none");
    EXPECT_NE(errorOf(std::string(start) + std::string(200, '\x7f')), "none");
    EXPECT_NE(errorOf(std::string(start) + std::string(200, '\0')), "none");
  }
}

} // namespace
