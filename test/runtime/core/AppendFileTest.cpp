// Files that grow piece by piece.
#include "runtime/core/AppendFile.h"

#include "runtime/core/AtomicFile.h"

#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace {

using namespace dlc;

class AppendFileTest : public testing::Test {
protected:
  AppendFileTest() {
    std::string pattern = testing::TempDir() + "dlc-append-XXXXXX";
    folder = ::mkdtemp(pattern.data());
  }
  ~AppendFileTest() override { std::filesystem::remove_all(folder); }

  std::string read(const char *name) const {
    auto bytes = readFile(folder / name);
    if (!bytes)
      return "no file";
    return {reinterpret_cast<const char *>(bytes->data()), bytes->size()};
  }
  std::filesystem::path folder;
};

TEST_F(AppendFileTest, GrowsAndIsShortened) {
  auto file = AppendFile::open(folder / "log", AppendFile::Start::Empty);
  ASSERT_TRUE(file) << file.error().message();
  ASSERT_TRUE(file->append("one\n"));
  EXPECT_EQ(read("log"), "one\n") << "a reader may follow it";
  ASSERT_TRUE(file->append("two\n"));
  EXPECT_EQ(file->size(), 8);
  auto again = AppendFile::open(folder / "log", AppendFile::Start::Keep);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->size(), 8);
  ASSERT_TRUE(again->shorten(100));
  EXPECT_EQ(again->size(), 8);
  ASSERT_TRUE(again->shorten(4));
  ASSERT_TRUE(again->append("2\n"));
  EXPECT_EQ(read("log"), "one\n2\n");
  auto fresh = AppendFile::open(folder / "log", AppendFile::Start::Empty);
  ASSERT_TRUE(fresh);
  EXPECT_EQ(read("log"), "");
}

TEST_F(AppendFileTest, TakesBackAPieceThatDoesNotFit) {
  auto file = AppendFile::open(folder / "log", AppendFile::Start::Empty);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->append("whole\n"));
  rlimit before;
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = {10, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  auto written = file->append("too long\n");
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message(),
            (folder / "log").string() +
                ": could not be written; check the path, its permissions and "
                "the disk: File too large");
  EXPECT_EQ(read("log"), "whole\n");
  ASSERT_TRUE(file->append("more\n"));
  EXPECT_EQ(read("log"), "whole\nmore\n");
}

TEST_F(AppendFileTest, WaitsForNoPipe) {
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(AppendFile::open(folder / "pipe", AppendFile::Start::Keep));
  EXPECT_FALSE(AppendFile::open("/dev/null", AppendFile::Start::Keep));
  EXPECT_FALSE(AppendFile::open(folder, AppendFile::Start::Keep));
  EXPECT_FALSE(AppendFile::open(folder / "no/log", AppendFile::Start::Keep));
}

} // namespace
