// Data sets from .npz and .npy files, and what is wrong with them.
#include "runtime/data/Reader.h"
#include "runtime/data/npy/Npy.h"
#include "runtime/data/npy/Npz.h"
#include "test/runtime/data/Temporary.h"

#include <zip.h>

namespace {

using namespace dlc;
using namespace dlc::data;
using Use = DataSpec::Use;

class ReaderTest : public test::DataTest {
protected:
  std::string makeNpz(const NamedTensors &arrays) {
    auto written = writeNpz(arrays, at("d.npz"));
    EXPECT_TRUE(written) << written.error().message();
    return at("d.npz");
  }
  std::string makeNpy(const std::string &name, const Tensor &tensor) {
    write(name, writeNpy(tensor));
    return at(name);
  }
  /// The error of reading `arrays` from an .npz, without the file's name.
  std::string explain(const NamedTensors &arrays, const DataSpec &wanted) {
    auto dataset = readDataset(makeNpz(arrays), wanted);
    if (dataset)
      return "";
    EXPECT_EQ(dataset.error().thing.find(at("d.npz")), 0u);
    return dataset.error().thing.substr(at("d.npz").size()) + ": " +
           dataset.error().value;
  }

  Tensor x4 = Tensor::of<float>(DType::F32, {4, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  Tensor y4 = Tensor::of<int32_t>(DType::I32, {4}, {3, 2, 1, 0});
};

TEST_F(ReaderTest, ReadsXAndY) {
  Tensor weight = Tensor::of<int32_t>(DType::I32, {4}, {1, 0, 1, 2});
  auto dataset =
      readDataset(makeNpz({{"x", x4}, {"y", y4}, {"sample_weight", weight}}),
                  {Use::Train, {"input"}, {"dense"}});
  ASSERT_TRUE(dataset) << dataset.error().message();
  EXPECT_EQ(dataset->size(), 4);
  EXPECT_EQ(dataset->x[0].first, "input");
  EXPECT_EQ(dataset->y[0].first, "dense");
  EXPECT_EQ(dataset->x[0].second.as<float>()[7], 7.0f);
  EXPECT_EQ(dataset->y[0].second.as<int32_t>()[0], 3);
  ASSERT_TRUE(dataset->sampleWeight);
  EXPECT_EQ(dataset->sampleWeight->dtype(), DType::F32);
  EXPECT_EQ(dataset->sampleWeight->as<float>()[3], 2.0f);
}

TEST_F(ReaderTest, ReadsWeightsByOutput) {
  DataSpec two = {Use::Train, {"a"}, {"p", "q"}};
  std::string path =
      makeNpz({{"x", x4}, {"y_p", y4}, {"y_q", y4}, {"sample_weight_q", x4}});
  auto dataset = readDataset(path, two);
  ASSERT_TRUE(dataset) << dataset.error().message();
  EXPECT_FALSE(dataset->sampleWeight);
  ASSERT_EQ(dataset->outputWeights.size(), 1u);
  EXPECT_EQ(dataset->outputWeights[0].first, "q");
  EXPECT_EQ(dataset->outputWeights[0].second.shape(), (Shape{4, 2}));
  EXPECT_EQ(explain({{"x", x4},
                     {"y_p", y4},
                     {"y_q", y4},
                     {"sample_weight", y4},
                     {"sample_weight_q", y4}},
                    two),
            ": sample_weight_q: stands beside sample_weight");
}

TEST_F(ReaderTest, ReadsNamedArraysInTheModelsOrder) {
  std::string path =
      makeNpz({{"y_p", y4}, {"x_a", x4}, {"x_b", y4}, {"y_q", x4}});
  auto dataset = readDataset(path, {Use::Train, {"b", "a"}, {"p", "q"}});
  ASSERT_TRUE(dataset) << dataset.error().message();
  EXPECT_EQ(dataset->x[0].first, "b");
  EXPECT_EQ(dataset->x[1].first, "a");
  EXPECT_EQ(dataset->y[1].first, "q");
  auto unnamed = readDataset(path, {Use::Evaluate, {}, {}});
  ASSERT_TRUE(unnamed);
  EXPECT_EQ(unnamed->x[0].first, "a");
}

TEST_F(ReaderTest, IgnoresTargetsForPredict) {
  auto dataset =
      readDataset(makeNpz({{"x", x4}, {"y", Tensor(DType::F32, {9})}}),
                  {Use::Predict, {}, {}});
  ASSERT_TRUE(dataset);
  EXPECT_TRUE(dataset->y.empty());
}

TEST_F(ReaderTest, NamesMissingArrays) {
  DataSpec one = {Use::Train, {"in"}, {"out"}};
  DataSpec two = {Use::Train, {"a", "b"}, {"out"}};
  EXPECT_EQ(explain({{"y", y4}}, one), ": has no array \"x\" or \"x_in\"");
  EXPECT_EQ(explain({{"x", x4}}, one), ": has no array \"y\" or \"y_out\"");
  EXPECT_EQ(explain({{"x_a", x4}, {"y", y4}}, two), ": has no array \"x_b\"");
  EXPECT_EQ(explain({{"x", x4}, {"y", y4}}, two), ": has no array \"x_a\"");
  EXPECT_EQ(explain({{"z", x4}}, {Use::Predict, {}, {}}),
            ": has no array \"x\"");
}

TEST_F(ReaderTest, NamesArraysWithOtherCounts) {
  DataSpec any = {Use::Train, {}, {}};
  Tensor three(DType::F32, {3, 2});
  EXPECT_EQ(explain({{"x", three}, {"y", y4}}, any),
            ": y \"y\": has 4 samples");
  EXPECT_EQ(explain({{"x_a", x4}, {"x_b", three}, {"y", y4}}, any),
            ": x \"b\": has 3 samples");
  EXPECT_EQ(explain({{"x", x4}, {"y", y4}, {"sample_weight_p", three}},
                    {Use::Train, {}, {"p"}}),
            ": sample_weight_p: has 3 samples");
  EXPECT_EQ(
      explain(
          {{"x", x4}, {"y", y4}, {"sample_weight", Tensor(DType::F32, {3})}},
          any),
      ": sample_weight: has 3 samples");
  EXPECT_EQ(explain({{"x", Tensor(DType::F32, {})}, {"y", y4}}, any),
            ": x \"x\": is a single number");
  EXPECT_EQ(explain({{"x", Tensor(DType::F32, {0, 2})},
                     {"y", Tensor(DType::F32, {0})}},
                    any),
            ": has no samples");
}

TEST_F(ReaderTest, ReadsPairsOfNpy) {
  std::string x = makeNpy("x.npy", x4), y = makeNpy("y.npy", y4);
  auto pair = readDataset(x + "," + y, {Use::Train, {"in"}, {}});
  ASSERT_TRUE(pair) << pair.error().message();
  EXPECT_EQ(pair->x[0].first, "in");
  EXPECT_EQ(pair->y[0].first, "y");
  auto alone = readDataset(x, {Use::Predict, {}, {}});
  ASSERT_TRUE(alone);
  auto noTargets = readDataset(x, {Use::Train, {}, {}});
  ASSERT_FALSE(noTargets);
  EXPECT_EQ(noTargets.error().value, "holds inputs alone");
  auto two = readDataset(x + "," + y, {Use::Train, {"a", "b"}, {}});
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().limit, "the model has 2 inputs: a, b");
  EXPECT_FALSE(readDataset(x + "," + at("z.npy"), {Use::Train, {}, {}}));
}

TEST_F(ReaderTest, RefusesWhatItDoesNotKnow) {
  auto missing = readDataset(at("none.npz"), {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().value, "does not exist");
  auto folderOfNothing = readDataset(folder.string(), {});
  ASSERT_FALSE(folderOfNothing);
  EXPECT_EQ(folderOfNothing.error().thing, folder.string());
  write("d.csv", test::bytesOf("1,2"));
  auto table = readDataset(at("d.csv"), {});
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().value, "is of no known kind");
  write("text.npz", test::bytesOf("not a zip"));
  auto text = readDataset(at("text.npz"), {});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().value, "is not a .npz file");
}

TEST_F(ReaderTest, NeverBelievesDamage) {
  std::string path = makeNpz({{"x", x4}, {"y", y4}});
  auto bytes = readFile(path);
  ASSERT_TRUE(bytes);
  for (size_t size = 0; size < bytes->size(); ++size) {
    write("d.npz", std::span(*bytes).first(size));
    ASSERT_FALSE(readDataset(path, {})) << size;
  }
  // A changed byte is either refused or without effect, as in a date.
  for (size_t i = 0; i < bytes->size(); ++i) {
    std::vector<std::byte> changed = *bytes;
    changed[i] ^= std::byte(0x10);
    write("d.npz", changed);
    auto dataset = readDataset(path, {});
    if (!dataset)
      continue;
    for (size_t e = 0; e < 8; ++e)
      ASSERT_EQ(dataset->x[0].second.as<float>()[e], float(e)) << i;
  }
}

TEST_F(ReaderTest, ReadsCompressedMembers) {
  std::vector<std::byte> x = writeNpy(x4);
  zip_t *file = zip_open(at("c.npz").c_str(), ZIP_CREATE, nullptr);
  zip_source_t *source = zip_source_buffer(file, x.data(), x.size(), 0);
  zip_int64_t index = zip_file_add(file, "x.npy", source, 0);
  zip_set_file_compression(file, zip_uint64_t(index), ZIP_CM_DEFLATE, 6);
  ASSERT_EQ(zip_close(file), 0);
  auto dataset = readDataset(at("c.npz"), {Use::Predict, {}, {}});
  ASSERT_TRUE(dataset) << dataset.error().message();
  EXPECT_EQ(dataset->x[0].second.as<float>()[5], 5.0f);
}

TEST_F(ReaderTest, WritesEqualBytesForEqualArrays) {
  makeNpz({{"y", y4}});
  auto first = readFile(at("d.npz"));
  makeNpz({{"y", y4.clone()}});
  auto second = readFile(at("d.npz"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  EXPECT_FALSE(writeNpz({{"y", y4}, {"y", y4}}, at("twice.npz")));
  EXPECT_FALSE(std::filesystem::exists(at("twice.npz")));
}

} // namespace
