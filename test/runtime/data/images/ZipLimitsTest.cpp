// Members of an archive that expand further than a picture does.
#include "runtime/data/images/zip/ZipLimits.h"
#include "runtime/data/images/ImageFiles.h"
#include "test/runtime/data/images/Pictures.h"

namespace dlc::data {
namespace {

class ZipLimits : public test::PicturesTest {
protected:
  /// A picture file of `bytes` bytes, zeros after its first ones.
  static std::vector<std::byte> pad(std::vector<std::byte> start,
                                    size_t bytes) {
    start.resize(bytes);
    return start;
  }

  /// "" or what reading the only member of an archive fails with.
  std::string mistake(const std::vector<std::byte> &content) const {
    std::string path = at("one.zip");
    zip_t *archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    zip_source_t *source =
        zip_source_buffer(archive, content.data(), content.size(), 0);
    EXPECT_EQ(zip_file_add(archive, "a/1.jpg", source, 0), 0);
    EXPECT_EQ(zip_close(archive), 0);
    auto files = ImageFiles::open(path);
    EXPECT_TRUE(files) << files.error().message();
    auto read = (*files)->read(0);
    if (read)
      EXPECT_EQ(*read, content);
    return read ? "" : read.error().message();
  }
};

constexpr size_t large = 8 << 20;

TEST_F(ZipLimits, RefusesAPictureThatIsMostlyNothing) {
  for (const char *magic :
       {"\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "GIF89a", ""}) {
    std::string told = mistake(pad(test::bytesOf(magic), large));
    EXPECT_TRUE(told.starts_with(at("one.zip") + "/a/1.jpg: expands from "))
        << told;
    EXPECT_NE(told.find(" to 8388608 bytes but"), std::string::npos) << told;
  }
  // Two pixels by two do not take as much.
  EXPECT_NE(mistake(pad(test::makeSmallBmp(1), large)), "");
}

TEST_F(ZipLimits, TakesPicturesOfOneColor) {
  EXPECT_EQ(mistake(pad(test::bytesOf("\xff\xd8\xff"), 3 << 20)), "");
  EXPECT_EQ(mistake(test::makeBmp(
                2000, std::vector<test::Pixel>(2000 * 1500, {7, 7, 7}))),
            "");
}

TEST_F(ZipLimits, CountsWhatABmpTakes) {
  std::vector<std::byte> file = test::makeSmallBmp(1);
  auto put = [&](size_t at, uint32_t value) {
    std::memcpy(file.data() + at, &value, 4);
  };
  put(18, 10'000);
  put(22, 2'000);
  EXPECT_EQ(maxInflatedBytes(file, 100), 60'000'000u + (1 << 20));
  put(22, uint32_t(-2'000));
  EXPECT_EQ(maxInflatedBytes(file, 100), 60'000'000u + (1 << 20));
  put(22, 60'000); // more than is decoded
  EXPECT_EQ(maxInflatedBytes(file, 100), alwaysInflatedBytes);
  EXPECT_EQ(maxInflatedBytes({}, 1'000'000), 100'000'000u);
  EXPECT_EQ(maxInflatedBytes({}, UINT64_MAX), UINT64_MAX);
}

} // namespace
} // namespace dlc::data
