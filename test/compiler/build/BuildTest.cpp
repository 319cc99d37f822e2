// Models built in C++: names, shapes, sharing, mistakes as values, round trips.
#include "compiler/build/Layers.h"
#include "compiler/build/Model.h"
#include "runtime/keras/KerasFile.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace dlc;

namespace {

using Names = std::vector<std::string>;

/// A path that is gone when the test ends.
class TemporaryFile {
public:
  TemporaryFile()
      : path(std::filesystem::temp_directory_path() /
             ("build_test_" + std::to_string(::getpid()) + ".keras")) {}
  ~TemporaryFile() { std::filesystem::remove_all(path); }
  const std::filesystem::path path;
};

std::string messageOf(const KerasTensor &tensor) {
  return tensor.error() ? tensor.error()->message() : "no error";
}

TEST(BuildTest, LayersGetKerasNamesAndShapes) {
  Graph graph;
  auto image = graph.input({28, 28, 1});
  auto x = layers::Conv2D{.filters = 4, .kernel_size = 3, .activation = "relu"}(
      image);
  x = layers::Conv2D{.filters = 8, .kernel_size = {3, 5}, .strides = 2}(x);
  EXPECT_EQ(x.shape(), (Shape{batchDim, 12, 11, 8})) << messageOf(x);
  x = layers::GlobalAveragePooling2D{}(x);
  x = layers::Dense{.units = 10}(x);
  Model model({image}, {x}, "cnn");
  ASSERT_EQ(model.error(), nullptr) << model.error()->message();
  EXPECT_EQ(model.layerNames(), (Names{"input_layer", "conv2d", "conv2d_1",
                                       "global_average_pooling2d", "dense"}));
  EXPECT_EQ(model.layer(-1).name(), "dense");
  EXPECT_EQ(model.layer(1).output().shape(), (Shape{batchDim, 26, 26, 4}));
  auto summary = summarize(model);
  ASSERT_TRUE(summary.has_value()) << summary.error().message();
  EXPECT_EQ(summary->trainable, 40 + (15 * 4 + 1) * 8 + 90);
}

TEST(BuildTest, MergesAndArithmetic) {
  Graph graph;
  auto a = graph.input({6}, {.name = "a"});
  auto b = graph.input({6}, {.name = "b"});
  auto both = layers::Concatenate{}({a, b * 0.5 + a});
  EXPECT_EQ(both.shape(), (Shape{batchDim, 12})) << messageOf(both);
  Model model({a, b}, {layers::Add{}({a, b}), both}, "two");
  ASSERT_EQ(model.error(), nullptr) << model.error()->message();
  EXPECT_EQ(model.outputs().size(), 2u);
}

TEST(BuildTest, AttentionTakesQueryAndValue) {
  Graph graph;
  auto query = graph.input({5, 6}), value = graph.input({4, 3});
  layers::MultiHeadAttention attention{
      .num_heads = 2, .key_dim = 3, .use_causal_mask = true};
  auto y = attention({query, value});
  EXPECT_EQ(y.shape(), (Shape{batchDim, 5, 6})) << messageOf(y);
  auto mean = layers::GlobalAveragePooling1D{}(y);
  EXPECT_EQ(mean.shape(), (Shape{batchDim, 6})) << messageOf(mean);
  auto summary = summarize(Model({query, value}, {mean}));
  ASSERT_TRUE(summary.has_value()) << summary.error().message();
  EXPECT_EQ(summary->trainable, 2 * (6 * 6 + 6) + 2 * (3 * 6 + 6));
  EXPECT_NE(messageOf(attention({query})).find("is given no value"),
            std::string::npos);
}

TEST(BuildTest, OneNameIsOneLayer) {
  Graph graph;
  auto a = graph.input({6});
  auto b = graph.input({6});
  layers::Dense shared{.units = 3, .name = "shared"};
  Model model({a, b}, {shared(a) + shared(b)});
  ASSERT_EQ(model.error(), nullptr) << model.error()->message();
  auto summary = summarize(model);
  ASSERT_TRUE(summary.has_value()) << summary.error().message();
  EXPECT_EQ(summary->trainable, 21);
  auto other = layers::Dense{.units = 4, .name = "shared"}(a);
  EXPECT_NE(messageOf(other).find("another layer"), std::string::npos)
      << messageOf(other);
}

TEST(BuildTest, MistakesAreValues) {
  Graph graph, stranger;
  auto x = graph.input({6});
  auto noUnits = layers::Dense{}(x);
  EXPECT_EQ(
      messageOf(noUnits),
      "layer \"dense\": has no units but a Dense needs it; give units=...");
  auto later = layers::Dense{.units = 3}(noUnits);
  EXPECT_EQ(messageOf(later), messageOf(noUnits));
  Model model({x}, {later});
  ASSERT_NE(model.error(), nullptr);
  EXPECT_EQ(model.error()->message(), messageOf(noUnits));
  EXPECT_FALSE(model.freeze("*").has_value());
  EXPECT_FALSE(compile(model).has_value());
  EXPECT_FALSE(model.cut("-1").append("ReLU").save("never.keras").has_value());

  auto mixed = layers::Add{}({x, stranger.input({6})});
  EXPECT_NE(messageOf(mixed).find("two graphs"), std::string::npos);
  auto flat = layers::Conv2D{.filters = 3, .kernel_size = 3}(x);
  EXPECT_NE(flat.error(), nullptr);
  EXPECT_NE(KerasTensor().error(), nullptr);
  auto bad = layers::Dense{.units = 3, .kernel_regularizer = "l2(1, 2)"}(x);
  EXPECT_NE(messageOf(bad).find("gives l2 an argument without a key"),
            std::string::npos);
  EXPECT_NE(Model({x}, {}, "none").error(), nullptr);
}

TEST(BuildTest, UnneededInputIsMissing) {
  Graph graph;
  auto a = graph.input({6}, {.name = "a"});
  auto b = graph.input({6}, {.name = "b"});
  Model model({a}, {a + b});
  ASSERT_NE(model.error(), nullptr);
  EXPECT_NE(model.error()->message().find("\"b\""), std::string::npos);
}

TEST(BuildTest, LookupsNameTheNearest) {
  Graph graph;
  auto x = graph.input({6});
  Model model({x}, {layers::Dense{.units = 2, .name = "hidden"}(x)});
  EXPECT_NE(messageOf(model.layer("hiden").output()).find("\"hidden\""),
            std::string::npos);
  EXPECT_NE(messageOf(model.layer(2).output()).find("between -2 and 1"),
            std::string::npos);
  EXPECT_FALSE(model.freeze("nothing*").has_value());
}

/// The weights of the file by dataset.
keras::WeightMap readWeights(const std::filesystem::path &path) {
  auto archive = keras::readArchive(path);
  auto weights = keras::readWeights(archive->weights, path.string());
  return std::move(*weights);
}

TEST(BuildTest, ALoadedModelIsALayer) {
  TemporaryFile file;
  Graph graph;
  auto x = graph.input({6});
  Model inner({x}, {layers::Dense{.units = 3, .name = "core"}(x)}, "inner");
  auto saved = inner.save(file.path, 5);
  ASSERT_TRUE(saved.has_value()) << saved.error().message();
  keras::WeightMap before = readWeights(file.path);

  auto loaded = Model::load(file.path);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message();
  Graph outer;
  auto a = outer.input({6});
  auto y = (*loaded)({a});
  ASSERT_EQ(y.size(), 1u);
  Model model({a}, {layers::Dense{.units = 2}(y[0])}, "outer");
  ASSERT_EQ(model.error(), nullptr) << model.error()->message();
  ASSERT_TRUE(model.freeze("inner/core").has_value());
  ASSERT_TRUE(model.save(file.path, 6).has_value());
  keras::WeightMap after = readWeights(file.path);
  const Tensor &was = before.at("layers/dense/vars/0");
  const Tensor &is = after.at("layers/functional/layers/dense/vars/0");
  EXPECT_TRUE(std::ranges::equal(was.as<float>(), is.as<float>()));
  EXPECT_EQ(after.at("layers/dense/vars/0").shape(), (Shape{3, 2}));
}

TEST(BuildTest, AConvolutionalNetworkGetsAnotherHead) {
  TemporaryFile file;
  Graph graph;
  auto image = graph.input({12, 12, 3}, {.name = "image"});
  auto x =
      layers::Conv2D{.filters = 4, .kernel_size = 3, .padding = "same"}(image);
  x = layers::BatchNormalization{}(x);
  x = layers::MaxPooling2D{.name = "pool"}(layers::ReLU{}(x));
  x = layers::Dense{.units = 10}(layers::Flatten{}(x));
  auto saved = Model({image}, {x}, "cnn").save(file.path, 5);
  ASSERT_TRUE(saved.has_value()) << saved.error().message();
  keras::WeightMap before = readWeights(file.path);

  auto loaded = Model::load(file.path);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message();
  // The old head would not fit images of this size.
  Model base = loaded->cut("pool").withInputShapes({{"", {16, 20, 3}}});
  ASSERT_EQ(base.error(), nullptr) << base.error()->message();
  ASSERT_TRUE(base.freeze("*").has_value());
  auto y = layers::Conv2D{.filters = 6, .kernel_size = 3, .strides = 2}(
      base.outputs()[0]);
  y = layers::Dense{.units = 3}(layers::GlobalAveragePooling2D{}(y));
  Model model(base.inputs(), {y}, "other");
  ASSERT_EQ(model.error(), nullptr) << model.error()->message();
  EXPECT_EQ(model.layer(-3).output().shape(), (Shape{batchDim, 3, 4, 6}));
  ASSERT_TRUE(model.compile({.loss = "mse"}).has_value());
  CompileOptions options;
  options.cpus = {"x86-64-v3"};
  auto artifact = compile(model, options);
  ASSERT_TRUE(artifact.has_value()) << artifact.error().message();
  EXPECT_EQ(artifact->manifest.programs.size(), 3u);

  ASSERT_TRUE(model.save(file.path, 6).has_value());
  keras::WeightMap after = readWeights(file.path);
  for (const char *kept :
       {"layers/conv2d/vars/0", "layers/batch_normalization/vars/3"})
    EXPECT_TRUE(std::ranges::equal(after.at(kept).as<float>(),
                                   before.at(kept).as<float>()))
        << kept;
  EXPECT_EQ(after.at("layers/conv2d_1/vars/0").shape(), (Shape{3, 3, 4, 6}));
}

TEST(BuildTest, LoadGivesAnInputItsSizes) {
  TemporaryFile folder;
  std::filesystem::create_directory(folder.path);
  std::ofstream(folder.path / "config.json")
      << R"({"module": "keras", "class_name": "Sequential", "config": {
          "name": "free", "layers": [
          {"module": "keras.layers", "class_name": "InputLayer",
           "config": {"name": "image", "batch_shape": [null, null, 8, 3]}},
          {"module": "keras.layers", "class_name": "ReLU",
           "config": {"name": "relu"}}]}})";
  auto free = Model::load(folder.path);
  ASSERT_FALSE(free.has_value());
  EXPECT_NE(free.error().message().find("\"image\""), std::string::npos);
  auto small = Model::load(folder.path, {.inputShapes = {{"", {6, 8, 3}}}});
  ASSERT_TRUE(small.has_value()) << small.error().message();
  EXPECT_EQ(small->layer(-1).output().shape(), (Shape{batchDim, 6, 8, 3}));
  auto other =
      Model::load(folder.path, {.inputShapes = {{"image", {6, 4, 3}}}});
  ASSERT_TRUE(other.has_value()) << other.error().message();
  EXPECT_EQ(other->layer(-1).output().shape(), (Shape{batchDim, 6, 4, 3}));
  EXPECT_FALSE(
      Model::load(folder.path, {.inputShapes = {{"picture", {6, 8, 3}}}})
          .has_value());
}

TEST(BuildTest, CompilesWithTheOptions) {
  Graph graph;
  auto x = graph.input({6});
  Model model({x}, {layers::Dense{.units = 2}(x)});
  EXPECT_FALSE(model.compile({.optimizer = "adam"}).has_value());
  EXPECT_FALSE(
      model.compile({.optimizer = "adam(rate=1)", .loss = "mse"}).has_value());
  ASSERT_TRUE(model.compile({.loss = "mse"}).has_value());
  CompileOptions options;
  options.cpus = {"x86-64-v3"};
  auto artifact = compile(model, options);
  ASSERT_TRUE(artifact.has_value()) << artifact.error().message();
  EXPECT_EQ(artifact->manifest.programs.size(), 3u);
}

} // namespace
