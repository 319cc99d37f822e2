// States by name, and Keras' files from them.
#include "runtime/artifact/ArtifactFile.h"
#include "runtime/keras/KerasFile.h"
#include "test/runtime/session/LinearModel.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

namespace dlc::test {
namespace {

/// A folder of its own that goes away.
class Folder {
public:
  Folder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "dlc-test-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

Session openLinear(SessionOptions options = {}) {
  auto session = Session::open(makeLinearModel(), options);
  EXPECT_TRUE(session) << session.error().message();
  return std::move(*session);
}

TEST(States, AreReadAndSetByName) {
  Session session = openLinear({.seed = 0x100000002});
  auto kernel = session.state("fc/kernel");
  ASSERT_TRUE(kernel);
  EXPECT_EQ(kernel->shape(), (Shape{2, 1}));
  EXPECT_EQ(kernel->as<float>()[1], -0.25f);
  EXPECT_EQ(session.state("seed")->as<int32_t>()[0], 3); // both halves count
  kernel->as<float>()[1] = 9;
  EXPECT_EQ(session.state("fc/kernel")->as<float>()[1], -0.25f);
  ASSERT_TRUE(session.setState("fc/kernel", *kernel));
  EXPECT_EQ(session.state("fc/kernel")->as<float>()[1], 9);
  EXPECT_EQ(session.setState("fc/kernel", Tensor(DType::F32, {1, 2}))
                .error()
                .message(),
            "state \"fc/kernel\": is given a value of shape (1, 2) but its "
            "shape is (2, 1); reshape the value");
  EXPECT_FALSE(session.state("fc/lost"));
  EXPECT_FALSE(session.setState("fc/lost", *kernel));
}

TEST(Save, WritesKerasFiles) {
  Folder folder;
  Session session = openLinear();
  ASSERT_TRUE(session.trainOnBatch(makeLine(8)));
  std::filesystem::path path = folder.path / "m.keras";
  auto saved = session.save(path);
  ASSERT_TRUE(saved) << saved.error().message();
  auto archive = keras::readArchive(path);
  ASSERT_TRUE(archive) << archive.error().message();
  EXPECT_EQ(archive->config, "{\"class_name\": \"M\"}");
  nlohmann::json metadata = nlohmann::json::parse(archive->metadata);
  EXPECT_EQ(metadata["keras_version"], "3.15.1");
  std::string date = metadata["date_saved"];
  EXPECT_EQ(date.size(), std::string("2026-07-31@12:00:00").size());
  EXPECT_EQ(date.find('@'), 10u);
  auto weights = keras::readWeights(archive->weights, "weights");
  ASSERT_TRUE(weights) << weights.error().message();
  ASSERT_EQ(weights->size(), 3u); // no metrics, no seed
  EXPECT_EQ(weights->at("layers/fc/vars/0").as<float>()[0],
            session.state("fc/kernel")->as<float>()[0]);
  EXPECT_EQ(weights->at("optimizer/vars/0").as<int32_t>()[0], 1);

  std::filesystem::path alone = folder.path / "m.weights.h5";
  ASSERT_TRUE(session.save(alone));
  EXPECT_GT(std::filesystem::file_size(alone), 0u);
  EXPECT_EQ(session.save(folder.path / "m.zip").error().value,
            "has no suffix that tells its format");
  EXPECT_FALSE(session.save(folder.path / "missing" / "m.keras"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path),
                          std::filesystem::directory_iterator()),
            2);
}

TEST(Open, ReadsArtifactFiles) {
  Folder folder;
  std::filesystem::path path = folder.path / "m.dlc";
  ASSERT_TRUE(artifact::writeFile(makeLinearModel(), path));
  auto session = Session::open(path);
  ASSERT_TRUE(session) << session.error().message();
  Session direct = openLinear();
  EXPECT_EQ(*session->trainOnBatch(makeLine(8)),
            *direct.trainOnBatch(makeLine(8)));
  EXPECT_FALSE(Session::open(folder.path / "lost.dlc"));
}

TEST(Open, RefusesStatesOfAnotherSize) {
  artifact::Artifact artifact = makeLinearModel();
  artifact::Blob &blob =
      artifact.blobs[size_t(artifact.manifest.states[0].initial)];
  blob = std::vector(blob.begin(), blob.end() - 1);
  auto session = Session::open(artifact);
  ASSERT_FALSE(session);
}

} // namespace
} // namespace dlc::test
