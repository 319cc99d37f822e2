// Archives as they are, and as strangers make them.
#include "runtime/zip/ZipReader.h"
#include "test/runtime/data/Temporary.h"

#include <cstring>
#include <zip.h>

namespace dlc::test {
namespace {

class ZipReaderTest : public DataTest {
protected:
  /// An archive of one deflated member, encrypted if there is a password.
  std::string pack(const std::string &name, const std::string &content,
                   const char *password = nullptr) const {
    std::string path = at("a.zip");
    zip_t *archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    zip_source_t *source =
        zip_source_buffer(archive, content.data(), content.size(), 0);
    zip_int64_t index =
        zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (password)
      EXPECT_EQ(zip_file_set_encryption(archive, zip_uint64_t(index),
                                        ZIP_EM_TRAD_PKWARE, password),
                0);
    EXPECT_EQ(zip_close(archive), 0) << zip_strerror(archive);
    return path;
  }

  static Expected<ZipReader> open(const std::string &path) {
    return ZipReader::open(path, {"a box", "boxes are zips", "pack it again"});
  }
};

TEST_F(ZipReaderTest, ReadsMembers) {
  std::string path = pack("größe.txt", "one two three");
  auto zip = open(path);
  ASSERT_TRUE(zip) << zip.error().message();
  EXPECT_EQ(zip->count(), 1u);
  EXPECT_EQ(zip->name(0), "größe.txt");
  EXPECT_EQ(zip->name(1), "");
  EXPECT_EQ(zip->find("größe.txt"), 0u);
  EXPECT_EQ(zip->find("none"), std::nullopt);
  EXPECT_EQ(zip->bytes(), std::filesystem::file_size(path));
  EXPECT_EQ(zip->sizes(0, "it")->unpacked, 13u);
  EXPECT_EQ(*zip->read(0, "it", 13), bytesOf("one two three"));
  EXPECT_EQ(zip->readStart(0, 3), bytesOf("one"));
  EXPECT_EQ(zip->readStart(0, 99), bytesOf("one two three"));
  EXPECT_EQ(zip->read(0, "it", 12).error().message(),
            "it: has 13 bytes but at most 12 are read; pack it again");
}

TEST_F(ZipReaderTest, RefusesWhatIsNoArchive) {
  write("a.zip", bytesOf("PK no archive"));
  EXPECT_EQ(open(at("a.zip")).error().message(),
            at("a.zip") + ": is not a box but boxes are zips; pack it again");
  write("a.zip", {});
  EXPECT_EQ(open(at("a.zip")).error().value, "is not a box");
  EXPECT_FALSE(open(at("none.zip")));
  EXPECT_FALSE(open(folder.string()));
}

TEST_F(ZipReaderTest, RefusesDamagedMembers) {
  std::string path = pack("a", std::string(1000, 'a'));
  auto bytes = *readFile(path);
  // The checksum that the directory at the end tells.
  for (size_t i = 0; i + 4 < bytes.size(); ++i)
    if (std::memcmp(&bytes[i], "PK\x01\x02", 4) == 0)
      bytes[i + 16] ^= std::byte(1);
  write("a.zip", bytes);
  auto zip = open(path);
  ASSERT_TRUE(zip) << zip.error().message();
  EXPECT_EQ(zip->read(0, "it", 1000).error().message(),
            "it: is damaged but its size and checksum must fit its content; "
            "pack it again");
}

TEST_F(ZipReaderTest, RefusesEncryptedMembers) {
  auto zip = open(pack("a", "secret", "password"));
  ASSERT_TRUE(zip) << zip.error().message();
  EXPECT_EQ(zip->read(0, "it", 100).error().message(),
            "it: is encrypted but archives are read without a password; unpack "
            "the archive, and pack it again without a password");
}

TEST_F(ZipReaderTest, RefusesWhatNoDataExpandTo) {
  std::string path = pack("a", "a");
  auto bytes = *readFile(path);
  for (size_t i = 0; i + 4 < bytes.size(); ++i)
    if (std::memcmp(&bytes[i], "PK\x01\x02", 4) == 0)
      bytes[i + 26] = std::byte(1); // 65,537 bytes
  write("a.zip", bytes);
  auto zip = open(path);
  ASSERT_TRUE(zip) << zip.error().message();
  EXPECT_EQ(zip->sizes(0, "it").error().limit, "no data do");
}

} // namespace
} // namespace dlc::test
