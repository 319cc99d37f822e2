// Sizes of pictures from the heads of their files.
#include "runtime/image/PictureSize.h"

#include <gtest/gtest.h>

#include <string_view>

namespace dlc::image {
namespace {

using namespace std::string_view_literals;

uint64_t count(std::string_view file) {
  return countPixels(std::as_bytes(std::span(file)));
}

TEST(PictureSize, IsInTheHead) {
  EXPECT_EQ(count("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\1\0\0\0\0\0\2\x08"sv),
            65536u * 2);
  EXPECT_EQ(count("GIF89a\x10\0\x00\1"sv), 16u * 256);
  EXPECT_EQ(count("BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0\3\0\0\0"
                  "\xfe\xff\xff\xff"sv),
            3u * 2);
  EXPECT_EQ(count("BM\0\0\0\0\0\0\0\0\0\0\0\0\x0c\0\0\0\3\0\5\0"sv), 3u * 5);
  // A segment and fill bytes before the frame header.
  EXPECT_EQ(count("\xff\xd8\xff\xe0\0\4ab\xff\xff\xc2\0\x0b\x08\0\7\1\0\3"sv),
            7u * 256);
  // A table of Huffman codes is no frame header.
  EXPECT_EQ(count("\xff\xd8\xff\xc4\0\4ab\xff\xc0\0\x0b\x08\0\7\0\1\3"sv), 7u);
}

TEST(PictureSize, IsNotInWhatIsCutOff) {
  EXPECT_EQ(count(""sv), 0u);
  EXPECT_EQ(count("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\1\0"sv), 0u);
  EXPECT_EQ(count("\xff\xd8\xff\xe0\0\0\0\0\0\0\0\0"sv), 0u);
  EXPECT_EQ(count("\xff\xd8\xff\xe0\xff\xff\0\0\0\0\0\0"sv), 0u);
  EXPECT_EQ(count("no picture"sv), 0u);
}

} // namespace
} // namespace dlc::image
