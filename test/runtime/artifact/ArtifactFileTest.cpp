// The .dlc file comes back as it was written, and damage is refused.
#include "runtime/artifact/ArtifactFile.h"
#include "runtime/artifact/ManifestJson.h"
#include "runtime/core/AtomicFile.h"
#include "test/runtime/artifact/SmallArtifact.h"

#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>

namespace {

using namespace dlc;
using namespace dlc::artifact;
using test::makeSmallArtifact;

TEST(ArtifactTest, FindsByName) {
  Artifact small = makeSmallArtifact();
  ASSERT_NE(small.findProgram("predict"), nullptr);
  EXPECT_EQ(small.findProgram("predict")->name, "predict");
  EXPECT_EQ(small.findProgram("none"), nullptr);
  EXPECT_EQ(small.findProgram("train"), &small.manifest.programs[0]);
  EXPECT_EQ(small.findProgram("train", onCuda), &small.manifest.programs[2]);
  EXPECT_EQ(small.findProgram("predict", onCuda), nullptr);
  ASSERT_NE(small.findState("dense/kernel"), nullptr);
  EXPECT_EQ(small.findState("dense/bias"), nullptr);
}

TEST(ArtifactFileTest, ComesBackAsItWas) {
  Artifact small = makeSmallArtifact();
  auto read = parse(serialize(small), "a.dlc");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->blobs, small.blobs);
  EXPECT_EQ(writeManifest(read->manifest), writeManifest(small.manifest));
  const Launch &relu = read->manifest.programs[0].launches[1];
  EXPECT_EQ(relu.scratch, std::optional<uint32_t>(3));
  EXPECT_EQ(relu.flops, 0.1);
  EXPECT_TRUE(relu.stages[0].extent.timesBatch);
  EXPECT_EQ(read->manifest.programs[0].buffers[0].shape, Shape({batchDim, 2}));
  EXPECT_EQ(read->manifest.hostCode[0].features[1], "fma");
  EXPECT_EQ(read->manifest.kerasMetadata, none);
}

TEST(ArtifactFileTest, DeviceCodeComesBackAsItWas) {
  auto read = parse(serialize(makeSmallArtifact()), "a.dlc");
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->manifest.deviceCode.size(), 2u);
  EXPECT_EQ(read->manifest.deviceCode[1].target, "sm_90");
  EXPECT_EQ(read->manifest.deviceCode[1].computeCapability, 90);
  EXPECT_EQ(read->blobs[size_t(read->manifest.deviceCode[0].image)],
            test::bytesOf(".version 7.0"));
  EXPECT_TRUE(read->manifest.deviceCode[0].usage.empty());
  ASSERT_EQ(read->manifest.deviceCode[1].usage.size(), 1u);
  const KernelUsage &usage = read->manifest.deviceCode[1].usage[0];
  EXPECT_EQ(usage.kernel, "train_dot_0");
  EXPECT_EQ(usage.registers, 40u);
  EXPECT_EQ(usage.stackBytes, 24u);
  EXPECT_EQ(usage.spillStores, 8u);
  EXPECT_EQ(usage.spillLoads, 12u);
  EXPECT_EQ(usage.sharedBytes, 1024u);
  EXPECT_EQ(read->manifest.programs[0].device, onHost);
  const Program *train = read->findProgram("train", onCuda);
  ASSERT_NE(train, nullptr);
  const DeviceStage &stage = train->launches[0].deviceStages[0];
  EXPECT_EQ(stage.symbol, "train_dot_0");
  EXPECT_EQ(stage.extent.trips, 6);
  EXPECT_TRUE(stage.extent.timesBatch);
  EXPECT_EQ(stage.perBlock, 64);
  EXPECT_EQ(stage.gridY, 2u);
  EXPECT_EQ(stage.gridZ, 3u);
  EXPECT_EQ(stage.threads, 256u);
  EXPECT_EQ(stage.sharedBytes, 49152u);
  EXPECT_TRUE(stage.table);
  EXPECT_FALSE(train->launches[1].deviceStages[0].table);
  EXPECT_EQ(train->launches[1].stream, 1u);
  EXPECT_EQ(train->launches[1].waits, std::vector<uint32_t>{0});
}

TEST(ArtifactFileTest, KeepsWhatALibraryComputes) {
  Artifact small = makeSmallArtifact();
  test::giveToLibrary(small);
  auto read = parse(serialize(small), "a.dlc");
  ASSERT_TRUE(read) << read.error().message();
  const Launch &launch = read->manifest.programs[2].launches[0];
  EXPECT_TRUE(launch.deviceStages.empty());
  ASSERT_TRUE(launch.product);
  const LibraryProduct &product = *launch.product;
  EXPECT_EQ(product.compute, LibraryProduct::Compute::Tf32);
  EXPECT_TRUE(product.rows.timesBatch);
  EXPECT_EQ(product.columns.trips, 3);
  EXPECT_EQ(product.depth.trips, 2);
  EXPECT_FALSE(product.lhs.transposed);
  EXPECT_EQ(product.lhs.leading, 2);
  EXPECT_EQ(product.rhs.leading, 3);
  EXPECT_TRUE(product.relu);
  EXPECT_FALSE(product.bias);
  EXPECT_FALSE(read->manifest.programs[2].launches[1].product);
}

TEST(ArtifactFileTest, KeepsAConvolutionOfALibrary) {
  Artifact small = makeSmallArtifact();
  test::giveConvolution(small);
  auto read = parse(serialize(small), "a.dlc");
  ASSERT_TRUE(read) << read.error().message();
  const Launch &launch = read->manifest.programs[2].launches[0];
  EXPECT_EQ(launch.deviceStages.size(), 1u);
  ASSERT_TRUE(launch.convolution);
  const LibraryConvolution &conv = *launch.convolution;
  EXPECT_EQ(conv.direction, LibraryConvolution::Direction::Forward);
  EXPECT_EQ(conv.compute, LibraryProduct::Compute::Tf32);
  EXPECT_TRUE(conv.images.timesBatch);
  EXPECT_EQ(conv.filters, 3);
  EXPECT_EQ(conv.columns.in, 2);
  EXPECT_EQ(conv.columns.out, 1);
  EXPECT_EQ(conv.columns.window, 2);
  EXPECT_EQ(conv.rows.in, 1);
  EXPECT_FALSE(conv.bias);
  EXPECT_FALSE(read->manifest.programs[2].launches[1].convolution);
}

TEST(ArtifactFileTest, SameArtifactSameBytes) {
  EXPECT_EQ(serialize(makeSmallArtifact()), serialize(makeSmallArtifact()));
}

TEST(ArtifactFileTest, RefusesEveryChangedByte) {
  std::vector<std::byte> bytes = serialize(makeSmallArtifact());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int change : {0x01, 0x80, 0xff}) {
      bytes[i] ^= std::byte(change);
      auto read = parse(bytes, "a.dlc");
      ASSERT_FALSE(read) << "byte " << i << " of " << bytes.size();
      EXPECT_EQ(read.error().thing.substr(0, 5), "a.dlc");
      bytes[i] ^= std::byte(change);
    }
  }
  EXPECT_TRUE(parse(bytes, "a.dlc"));
}

TEST(ArtifactFileTest, RefusesEveryLength) {
  std::vector<std::byte> bytes = serialize(makeSmallArtifact());
  for (size_t size = 0; size < bytes.size(); ++size)
    ASSERT_FALSE(
        parse({bytes.begin(), bytes.begin() + ptrdiff_t(size)}, "a.dlc"))
        << size;
  bytes.push_back(std::byte(0));
  EXPECT_FALSE(parse(bytes, "a.dlc"));
}

TEST(ArtifactFileTest, SaysWhichVersionItReads) {
  std::vector<std::byte> bytes = serialize(makeSmallArtifact());
  bytes[8] = std::byte(9);
  auto read = parse(bytes, "a.dlc");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message(),
            "a.dlc: has format version 9 but this dlc reads version 1; compile "
            "the model again with this dlc");
}

TEST(ArtifactFileTest, WritesWholeFilesOnly) {
  std::string pattern = testing::TempDir() + "dlc-artifact-XXXXXX";
  std::filesystem::path folder = ::mkdtemp(pattern.data());
  Artifact small = makeSmallArtifact();
  ASSERT_TRUE(artifact::writeFile(small, folder / "a.dlc"));
  auto read = artifact::readFile(folder / "a.dlc");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(serialize(*read), serialize(small));

  small.manifest.maxBatch = 0;
  EXPECT_FALSE(artifact::writeFile(small, folder / "b.dlc"));
  EXPECT_FALSE(std::filesystem::exists(folder / "b.dlc"));
  auto missing = artifact::readFile(folder / "c.dlc");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().thing, (folder / "c.dlc").string());
  std::filesystem::remove_all(folder);
}

//===-- The manifest's text -----------------------------------------------===//

/// The manifest with the first `from` replaced by `to`, read again.
std::string readChanged(const std::string &from, const std::string &to) {
  std::string text = writeManifest(makeSmallArtifact().manifest);
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  text.replace(at, from.size(), to);
  auto read = readManifest(text, "a.dlc");
  return read ? "" : read.error().thing + ": " + read.error().value;
}

TEST(ManifestJsonTest, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(readChanged("\"max_batch\":4", "\"max_batch\":\"4\""),
            "a.dlc: manifest.max_batch: is \"4\"");
  EXPECT_EQ(readChanged("\"max_batch\":4,", ""),
            "a.dlc: manifest.max_batch: is missing");
  EXPECT_EQ(readChanged("\"operands\":[0,1]", "\"operands\":[0,-1]"),
            "a.dlc: manifest.programs[0].launches[0].operands[1]: is -1");
  EXPECT_EQ(readChanged("\"operands\":[0,1]", "\"operands\":{}"),
            "a.dlc: manifest.programs[0].launches[0].operands: is object");
  EXPECT_EQ(readChanged("\"kind\":\"kernel\"", "\"kind\":\"graph\""),
            "a.dlc: manifest.programs[0].launches[1].kind: is \"graph\"");
  EXPECT_EQ(readChanged("\"trainable\":true", "\"trainable\":1"),
            "a.dlc: manifest.states[0].trainable: is number");
  EXPECT_EQ(readChanged("\"flops\":0.1", "\"flops\":null"),
            "a.dlc: manifest.programs[0].launches[1].flops: is null");
  EXPECT_EQ(readChanged("{\"model\"", "[{\"model\""),
            "a.dlc: manifest: is not JSON");
}

TEST(ManifestJsonTest, ReadsManifestsOfOlderVersions) {
  EXPECT_EQ(readChanged("\"keras_legacy\":null,", ""), "");
  EXPECT_EQ(readChanged("\"device\":\"host\",", ""), "");
  EXPECT_EQ(readChanged(",\"device_stages\":[]", ""), "");
  EXPECT_EQ(readChanged(",\"product\":null", ""), "");
  EXPECT_EQ(readChanged("\"device_code\"", "\"unknown\""), "");
}

TEST(ManifestJsonTest, RefusesDeepNesting) {
  std::string deep(1000000, '[');
  EXPECT_FALSE(readManifest(deep, "a.dlc"));
  EXPECT_FALSE(readManifest(deep + std::string(1000000, ']'), "a.dlc"));
}

} // namespace
