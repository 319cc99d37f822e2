// Legacy .h5 files: attributes, layouts, and what is written from them.
#include "runtime/keras/Legacy.h"
#include "runtime/core/AtomicFile.h"
#include "test/runtime/keras/Temporary.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <sys/resource.h>

using namespace dlc;

namespace {

keras::TextAttribute text(const std::string &value, bool isFixed = false) {
  return {{value}, /*isList=*/false, isFixed};
}

keras::TextAttribute list(std::vector<std::string> values,
                          bool isFixed = false) {
  return {std::move(values), /*isList=*/true, isFixed};
}

void expectEqual(const keras::TextAttribute &actual,
                 const keras::TextAttribute &expected) {
  EXPECT_EQ(actual.values, expected.values);
  EXPECT_EQ(actual.isList, expected.isList);
  EXPECT_EQ(actual.isFixed, expected.isFixed);
}

/// Two layers, one of which has no weights, and an optimizer.
keras::LegacyLayout makeLayout() {
  keras::LegacyLayout layout;
  layout.attributes["model_config"] = text("{\"class_name\": \"Model\"}");
  layout.attributes["keras_version"] = text("2.0.5", /*isFixed=*/true);
  layout.fixedNames = true;
  layout.topLevel = false;
  layout.layers = {{"x", {}},
                   {"fc",
                    {{"fc_1/kernel:0", "layers/dense/vars/0"},
                     {"fc_1/bias:0", "layers/dense/vars/1"}}}};
  layout.optimizer = {"adam/iteration", "adam/rate"};
  layout.oldPaths = {{"layers/dense/vars/0", "old/dense/vars/0"}};
  return layout;
}

keras::WeightMap makeWeights() {
  keras::WeightMap weights;
  weights["layers/dense/vars/0"] =
      Tensor::of<float>(DType::F32, {1, 2}, {1, 2});
  weights["layers/dense/vars/1"] = Tensor::of<float>(DType::F32, {2}, {3, 4});
  weights["optimizer/vars/0"] = Tensor::of<int32_t>(DType::I32, {}, {7});
  weights["optimizer/vars/1"] = Tensor::of<float>(DType::F32, {}, {0.5});
  return weights;
}

/// The bytes of a file of attributes alone.
Expected<std::vector<std::byte>>
writeAttributes(const keras::AttributeMap &attributes) {
  test::TemporaryFolder folder;
  std::filesystem::path path = folder / "a.h5";
  if (auto written = keras::writeHdf5({}, attributes, path.string(), "a.h5");
      !written)
    return Unexpected(written.error());
  return readFile(path);
}

keras::Hdf5File writeAndRead(const keras::LegacyLayout &layout,
                             keras::WeightMap weights) {
  test::TemporaryFolder folder;
  std::filesystem::path path = folder / "a.h5";
  Expected<void> written =
      keras::writeLegacy(layout, keras::fromMemory(std::move(weights)), path);
  EXPECT_TRUE(written) << written.error().message();
  auto bytes = readFile(path);
  EXPECT_TRUE(bytes);
  auto content = keras::readHdf5(*bytes, "a.h5");
  EXPECT_TRUE(content) << content.error().message();
  return *content;
}

} // namespace

//===-- Attributes --------------------------------------------------------===//

TEST(LegacyTest, AttributesComeBackInTheirForm) {
  keras::AttributeMap attributes;
  attributes[""]["long"] = text(std::string(100'000, 'x'));
  attributes[""]["short"] = text("2.0.5", /*isFixed=*/true);
  attributes[""]["empty"] = text("");
  attributes["a/b"]["fixed"] = list({"one", "three"}, /*isFixed=*/true);
  attributes["a/b"]["variable"] = list({"one", "", "four"});
  attributes["c"]["nothing"] = list({});
  auto bytes = writeAttributes(attributes);
  ASSERT_TRUE(bytes) << bytes.error().message();
  auto content = keras::readHdf5(*bytes, "a.h5");
  ASSERT_TRUE(content) << content.error().message();
  for (const auto &[group, ofGroup] : attributes)
    for (const auto &[name, attribute] : ofGroup) {
      SCOPED_TRACE(group + " " + name);
      ASSERT_TRUE(content->attributes[group].contains(name));
      expectEqual(content->attributes[group][name], attribute);
    }
}

TEST(LegacyTest, LongListsAreSplitAsKerasDoes) {
  std::vector<std::string> names;
  for (int i = 0; i < 5000; ++i)
    names.push_back("a_rather_long_name_of_a_layer_" + std::to_string(i));
  for (bool isFixed : {false, true}) {
    keras::AttributeMap attributes;
    attributes["m"]["layer_names"] = list(names, isFixed);
    auto bytes = writeAttributes(attributes);
    ASSERT_TRUE(bytes) << bytes.error().message();
    auto content = keras::readHdf5(*bytes, "a.h5");
    ASSERT_TRUE(content);
    EXPECT_FALSE(content->attributes["m"].contains("layer_names"));
    std::vector<std::string> joined;
    for (size_t i = 0; i < content->attributes["m"].size(); ++i)
      for (const std::string &name :
           content->attributes["m"]["layer_names" + std::to_string(i)].values)
        joined.push_back(name);
    EXPECT_EQ(joined, names);
  }
}

//===-- Layouts -----------------------------------------------------------===//

/// What the children that this process waited for have computed, in seconds.
static double measureChildren() {
  rusage used;
  getrusage(RUSAGE_CHILDREN, &used);
  return double(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         1e-6 * double(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/// libhdf5 1.10 steps through a heap of texts by the sizes of its objects.
TEST(LegacyTest, AHeapThatNeverEndsIsRefusedSoon) {
  keras::AttributeMap attributes;
  attributes[""]["names"] = list({"one", "two"});
  auto bytes = writeAttributes(attributes);
  ASSERT_TRUE(bytes) << bytes.error().message();
  const std::string_view signature = "GCOL";
  auto heap = std::ranges::search(*bytes, std::as_bytes(std::span(signature)));
  ASSERT_FALSE(heap.empty());
  constexpr size_t header = 16;
  std::fill_n(heap.begin() + header, header, std::byte(0)); // the first object
  double before = measureChildren();
  auto content = keras::readHdf5(*bytes, "a.h5");
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().value,
            "is damaged: its reader crashed or did not end");
  EXPECT_LT(measureChildren() - before, 5);
}

TEST(LegacyTest, ALayoutIsTheSameAfterItsText) {
  std::string printed = keras::printLayout(makeLayout());
  auto parsed = keras::parseLayout(printed, "m");
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(keras::printLayout(*parsed), printed);
  EXPECT_EQ(parsed->layers[1].weights[0].name, "fc_1/kernel:0");
  expectEqual(parsed->attributes["keras_version"], text("2.0.5", true));
  EXPECT_FALSE(keras::parseLayout("[]", "m"));
  EXPECT_FALSE(keras::parseLayout("", "m"));
}

TEST(LegacyTest, WritesTheNamesOfTheSource) {
  keras::Hdf5File file = writeAndRead(makeLayout(), makeWeights());
  expectEqual(file.attributes[""]["keras_version"], text("2.0.5", true));
  auto &group = file.attributes["model_weights"];
  expectEqual(group["layer_names"], list({"x", "fc"}, true));
  expectEqual(group["keras_version"], text("2.0.5", true));
  expectEqual(file.attributes["model_weights/x"]["weight_names"], list({}));
  expectEqual(file.attributes["optimizer_weights"]["weight_names"],
              list({"adam/iteration", "adam/rate"}, true));
  EXPECT_FALSE(
      file.attributes.contains("model_weights/top_level_model_weights"));
  ASSERT_EQ(file.datasets.size(), 4u);
  const Tensor &bias = file.datasets.at("model_weights/fc/fc_1/bias:0");
  EXPECT_EQ(bias.as<float>()[1], 4.0f);
  const Tensor &iteration =
      file.datasets.at("optimizer_weights/adam/iteration");
  EXPECT_EQ(iteration.as<int32_t>()[0], 7);
}

TEST(LegacyTest, WeightsAloneStandAtTheRoot) {
  keras::LegacyLayout layout = makeLayout();
  layout.whole = false;
  keras::Hdf5File file = writeAndRead(layout, makeWeights());
  expectEqual(file.attributes[""]["layer_names"], list({"x", "fc"}, true));
  EXPECT_FALSE(file.attributes[""].contains("model_config"));
  EXPECT_EQ(file.datasets.size(), 2u);
  EXPECT_TRUE(file.datasets.contains("fc/fc_1/kernel:0"));
}

TEST(LegacyTest, AWeightThatIsMissingIsNamed) {
  keras::WeightMap weights = makeWeights();
  weights.erase("layers/dense/vars/1");
  test::TemporaryFolder folder;
  auto written = keras::writeLegacy(
      makeLayout(), keras::fromMemory(std::move(weights)), folder / "a.h5");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message().find(
                "layer \"fc\": has no weight layers/dense/vars/1"),
            std::string::npos);
  EXPECT_EQ(folder.countEntries(), 0u);
}

TEST(LegacyTest, AttributesFromAKerasFile) {
  auto attributes = keras::makeAttributes(
      R"({"module": "keras", "class_name": "Sequential", "config": {"name": "m"},
          "compile_config": {"optimizer": {"class_name": "Adam"},
                             "loss": "mse"}})",
      R"({"keras_version": "3.15.1"})");
  EXPECT_EQ(attributes["model_config"].values[0],
            R"({"class_name":"Sequential","config":{"name":"m"}})");
  EXPECT_EQ(attributes["training_config"].values[0],
            R"({"loss":"mse","optimizer_config":{"class_name":"Adam"}})");
  EXPECT_EQ(attributes["keras_version"].values[0], "3.15.1");
  EXPECT_FALSE(keras::makeAttributes(R"({"compile_config": {}})", "")
                   .contains("training_config"));
}
