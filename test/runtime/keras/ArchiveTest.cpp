// The .keras archive: round trip, folder form, and what is refused.
#include "runtime/core/AtomicFile.h"
#include "runtime/keras/KerasFile.h"
#include "test/runtime/keras/Temporary.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <utility>
#include <zip.h>

using namespace dlc;
using dlc::test::TemporaryFolder;

namespace {

std::vector<std::byte> toBytes(const std::string &text) {
  auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

keras::Archive makeArchive() {
  return {R"({"class_name": "Sequential"})", R"({"keras_version": "3.15.1"})",
          toBytes(std::string(5'000'000, 'w'))};
}

void writeZip(const std::filesystem::path &path, const char *member,
              const std::string &content) {
  zip_t *zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  zip_source_t *source =
      zip_source_buffer(zip, content.data(), content.size(), 0);
  zip_file_add(zip, member, source, 0);
  ASSERT_EQ(zip_close(zip), 0);
}

TEST(Archive, RoundTrip) {
  TemporaryFolder folder;
  keras::Archive archive = makeArchive();
  auto path = folder / "model.keras";
  ASSERT_TRUE(keras::writeArchive(archive, path).has_value());
  EXPECT_EQ(folder.countEntries(), 1u);
  auto read = keras::readArchive(path);
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(read->config, archive.config);
  EXPECT_EQ(read->metadata, archive.metadata);
  EXPECT_EQ(read->weights, archive.weights);
}

TEST(Archive, MembersAreStored) {
  TemporaryFolder folder;
  auto path = folder / "model.keras";
  ASSERT_TRUE(keras::writeArchive(makeArchive(), path).has_value());
  zip_t *zip = zip_open(path.c_str(), ZIP_RDONLY, nullptr);
  ASSERT_NE(zip, nullptr);
  EXPECT_EQ(zip_get_num_entries(zip, 0), 3);
  for (zip_uint64_t i = 0; i < 3; ++i) {
    zip_stat_t status;
    ASSERT_EQ(zip_stat_index(zip, i, 0, &status), 0);
    EXPECT_EQ(status.comp_method, ZIP_CM_STORE) << status.name;
  }
  zip_discard(zip);
}

TEST(Archive, TakesWeightsFromAFile) {
  TemporaryFolder folder;
  keras::Archive archive = makeArchive();
  std::vector<std::byte> weights = std::exchange(archive.weights, {});
  ASSERT_TRUE(writeFileAtomically(folder / "weights", weights));
  int descriptor = ::open((folder / "weights").c_str(), O_RDONLY);
  auto written =
      keras::writeArchive(archive, descriptor, folder / "model.keras");
  ::close(descriptor);
  ASSERT_TRUE(written) << written.error().message();
  auto read = keras::readArchive(folder / "model.keras");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->config, archive.config);
  EXPECT_EQ(read->weights, weights);
}

TEST(Archive, ReadsCompressedMembers) {
  TemporaryFolder folder;
  auto path = folder / "model.keras";
  std::string config(3 << 20, ' '); // exactly whole reading steps
  writeZip(path, "config.json", config);
  auto read = keras::readArchive(path);
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(read->config, config);
  EXPECT_TRUE(read->metadata.empty());
  EXPECT_TRUE(read->weights.empty());
}

TEST(Archive, ReadsFolder) {
  TemporaryFolder folder;
  keras::Archive archive = makeArchive();
  auto model = folder / "model";
  std::filesystem::create_directory(model);
  ASSERT_TRUE(writeFileAtomically(model / "config.json",
                                  std::as_bytes(std::span(archive.config))));
  ASSERT_TRUE(writeFileAtomically(model / "model.weights.h5", archive.weights));
  auto read = keras::readArchive(model);
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(read->config, archive.config);
  EXPECT_EQ(read->weights, archive.weights);
}

TEST(Archive, MissingConfig) {
  TemporaryFolder folder;
  auto path = folder / "model.keras";
  writeZip(path, "metadata.json", "{}");
  auto read = keras::readArchive(path);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().message(),
            path.string() + ": has no member config.json but every .keras file "
                            "holds one; save the model again with "
                            "model.save(\"model.keras\")");
}

TEST(Archive, NotAZip) {
  TemporaryFolder folder;
  auto path = folder / "model.keras";
  ASSERT_TRUE(writeFileAtomically(path, toBytes("no zip at all")));
  auto read = keras::readArchive(path);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().thing, path.string());
  EXPECT_EQ(read.error().value, "is not a zip archive");
  EXPECT_FALSE(read.error().remedy.empty());
}

TEST(Archive, DoesNotExist) {
  auto read = keras::readArchive("/nowhere/model.keras");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().value, "does not exist");
}

TEST(Archive, ChangedContentIsRefused) {
  TemporaryFolder folder;
  auto path = folder / "model.keras";
  ASSERT_TRUE(keras::writeArchive(makeArchive(), path).has_value());
  auto bytes = readFile(path);
  ASSERT_TRUE(bytes.has_value());
  (*bytes)[bytes->size() / 2] ^= std::byte(1); // inside model.weights.h5
  ASSERT_TRUE(writeFileAtomically(path, *bytes));
  auto read = keras::readArchive(path);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().thing, (path / "model.weights.h5").string());
  EXPECT_EQ(read.error().value, "is damaged");
}

TEST(Archive, UnwritablePathLeavesNothing) {
  TemporaryFolder folder;
  auto written = keras::writeArchive(makeArchive(), folder / "no/such/m.keras");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().value, "could not be written");
  EXPECT_EQ(folder.countEntries(), 0u);
}

} // namespace
