// A whole file or nothing of it.
#include "runtime/core/AtomicFile.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace dlc;

class AtomicFileTest : public testing::Test {
protected:
  AtomicFileTest() {
    std::string pattern = testing::TempDir() + "dlc-core-XXXXXX";
    folder = ::mkdtemp(pattern.data());
  }
  ~AtomicFileTest() override { std::filesystem::remove_all(folder); }

  static std::span<const std::byte> bytesOf(std::string_view text) {
    return std::as_bytes(std::span(text));
  }
  size_t countEntries() const {
    return size_t(std::distance(std::filesystem::directory_iterator(folder),
                                std::filesystem::directory_iterator()));
  }

  std::filesystem::path folder;
};

TEST_F(AtomicFileTest, ReadsBackWhatItWrote) {
  ASSERT_TRUE(writeFileAtomically(folder / "a", bytesOf("first")));
  ASSERT_TRUE(writeFileAtomically(folder / "a", bytesOf("second one")));
  auto bytes = readFile(folder / "a");
  ASSERT_TRUE(bytes);
  EXPECT_TRUE(std::ranges::equal(*bytes, bytesOf("second one")));
  EXPECT_EQ(countEntries(), 1u);
}

TEST_F(AtomicFileTest, NamesTheFileItCannotWrite) {
  auto written = writeFileAtomically(folder / "none" / "a", bytesOf("x"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().thing, (folder / "none" / "a").string());
}

TEST_F(AtomicFileTest, WritesThroughALink) {
  std::filesystem::create_directory(folder / "elsewhere");
  ASSERT_TRUE(writeFileAtomically(folder / "elsewhere/a", bytesOf("old")));
  std::filesystem::create_symlink("elsewhere/a", folder / "link");
  ASSERT_TRUE(writeFileAtomically(folder / "link", bytesOf("new")));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  auto bytes = readFile(folder / "elsewhere/a");
  ASSERT_TRUE(bytes);
  EXPECT_TRUE(std::ranges::equal(*bytes, bytesOf("new")));
}

TEST_F(AtomicFileTest, NeverTakesThePlaceOfADeviceOrAPipe) {
  std::filesystem::path pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  // Opened for both, it has a reader, and what is written waits there.
  int reader = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  EXPECT_TRUE(writeFileAtomically(pipe, bytesOf("text")));
  char text[8] = {};
  EXPECT_EQ(::read(reader, text, sizeof text), 4);
  EXPECT_STREQ(text, "text");
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  // Models and the like, which are made under another name.
  auto file = TemporaryFile::create(pipe);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().thing, pipe.string());
  EXPECT_TRUE(writeFileAtomically("/dev/null", bytesOf("text")));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(AtomicFileTest, LeavesNothingBehindWhenTheRenameFails) {
  std::filesystem::create_directories(folder / "a" / "b");
  EXPECT_FALSE(writeFileAtomically(folder / "a", bytesOf("x")));
  EXPECT_EQ(countEntries(), 1u);
}

TEST_F(AtomicFileTest, ATemporaryFileBecomesTheFileOrGoes) {
  {
    auto file = TemporaryFile::create(folder / "a");
    ASSERT_TRUE(file);
    EXPECT_FALSE(std::filesystem::exists(folder / "a"));
    EXPECT_EQ(countEntries(), 1u);
  }
  EXPECT_EQ(countEntries(), 0u);
  auto file = TemporaryFile::create(folder / "a");
  ASSERT_TRUE(file);
  // By name, and so that another file has the name.
  ASSERT_TRUE(writeFileAtomically(file->name(), bytesOf("text")));
  auto committed = file->commit();
  ASSERT_TRUE(committed) << committed.error().message();
  auto bytes = readFile(folder / "a");
  ASSERT_TRUE(bytes);
  EXPECT_TRUE(std::ranges::equal(*bytes, bytesOf("text")));
  EXPECT_EQ(countEntries(), 1u);
}

TEST_F(AtomicFileTest, AHiddenFileIsInReachByItsDescriptor) {
  auto file = TemporaryFile::create(folder / "a");
  ASSERT_TRUE(file);
  file->hide();
  EXPECT_EQ(countEntries(), 0u);
  EXPECT_EQ(::write(file->descriptor(), "text", 4), 4);
}

TEST_F(AtomicFileTest, NamesTheFileItCannotRead) {
  auto missing = readFile(folder / "missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().thing, (folder / "missing").string());
  EXPECT_FALSE(readFile(folder));
}

} // namespace
