// Reading Keras configs: names, numbers, suggestions.
#include "dialects/layer/Config.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/reshaping/Resize.h"
#include "mlir/IR/Builders.h"

#include <gtest/gtest.h>

using namespace mlir;

namespace dlc::test {

// Expectations are those of keras.src.utils.naming.to_snake_case.
TEST(ConfigTest, SnakeCaseIsThatOfKeras) {
  const std::pair<const char *, const char *> cases[] = {
      {"Dense", "dense"},
      {"Conv2D", "conv2d"},
      {"Conv2DTranspose", "conv2d_transpose"},
      {"MaxPooling2D", "max_pooling2d"},
      {"GlobalAveragePooling2D", "global_average_pooling2d"},
      {"BatchNormalization", "batch_normalization"},
      {"ReLU", "re_lu"},
      {"LSTM", "lstm"},
      {"RMSprop", "rm_sprop"},
      {"AdamW", "adam_w"},
      {"L1L2", "l1l2"},
      {"Functional", "functional"},
      {"glorot_uniform", "glorot_uniform"}};
  for (auto [name, expected] : cases)
    EXPECT_EQ(layer::toSnakeCase(name), expected);
}

TEST(ConfigTest, NumbersAreReadFromEitherKind) {
  MLIRContext context;
  Builder b(&context);
  EXPECT_EQ(layer::toNumber(b.getI64IntegerAttr(6)), 6.0);
  EXPECT_EQ(layer::toNumber(b.getF64FloatAttr(0.5)), 0.5);
  EXPECT_EQ(layer::findNumber(b.getUnitAttr()), std::nullopt);
  EXPECT_EQ(layer::findNumber(Attribute()), std::nullopt);
  EXPECT_EQ(layer::toInts(b.getI64IntegerAttr(3)), SmallVector<int64_t>({3}));
  EXPECT_EQ(layer::toInts(b.getI64ArrayAttr({3, 5})),
            SmallVector<int64_t>({3, 5}));
}

TEST(ConfigTest, ObjectsHaveTheirClassAndConfig) {
  MLIRContext context;
  Builder b(&context);
  auto config =
      b.getDictionaryAttr(b.getNamedAttr("l2", b.getF64FloatAttr(0.1)));
  auto object =
      b.getDictionaryAttr({b.getNamedAttr("class_name", b.getStringAttr("L2")),
                           b.getNamedAttr("config", config)});
  EXPECT_EQ(layer::getObjectClass(object), "l2");
  EXPECT_EQ(layer::getObjectConfig(object), config);
  EXPECT_EQ(layer::getObjectClass(b.getStringAttr("HeNormal")), "he_normal");
  EXPECT_TRUE(layer::getObjectConfig(b.getStringAttr("l2")).empty());
  EXPECT_EQ(layer::getObjectClass(b.getUnitAttr()), "");
}

TEST(ConfigTest, SuggestionsAreClose) {
  EXPECT_EQ(layer::suggestNames("rellu", {"tanh", "relu", "selu"}),
            "\"relu\" or \"selu\"");
  EXPECT_EQ(layer::suggestNames("convolution", {"tanh", "relu"}), "");
  EXPECT_EQ(layer::suggestNames("Mod", {"Add", "Cos", "Log"}), "");
  EXPECT_EQ(layer::suggestNames("sim", {"sin", "tan"}), "\"sin\"");
}

TEST(BroadcastTest, FollowsNumpyButKeepsTheBatchFirst) {
  const int64_t n = ShapedType::kDynamic;
  auto shapes = [](ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
    auto shape = layer::broadcastShapes(a, b);
    return succeeded(shape) ? *shape : SmallVector<int64_t>({-7});
  };
  EXPECT_EQ(shapes({n, 4, 3}, {3}), SmallVector<int64_t>({n, 4, 3}));
  EXPECT_EQ(shapes({n, 1, 3}, {4, 1}), SmallVector<int64_t>({n, 4, 3}));
  EXPECT_EQ(shapes({1, 3}, {n, 1}), SmallVector<int64_t>({n, 3}));
  EXPECT_EQ(shapes({}, {n}), SmallVector<int64_t>({n}));
  EXPECT_EQ(shapes({n, 3}, {n, 4, 3}), SmallVector<int64_t>({-7}));
  EXPECT_EQ(shapes({n, 3}, {4, 1, 3}), SmallVector<int64_t>({-7}));
  EXPECT_EQ(shapes({n, 3}, {5, 3}), SmallVector<int64_t>({-7}));
}

TEST(ResizeTest, FillsInOneSize) {
  EXPECT_EQ(*layer::resolveShape({4, 6}, {-1, 8}),
            SmallVector<int64_t>({3, 8}));
  EXPECT_EQ(*layer::resolveShape({4, 6}, {24}), SmallVector<int64_t>({24}));
  EXPECT_TRUE(failed(layer::resolveShape({4, 6}, {-1, -1})));
  EXPECT_TRUE(failed(layer::resolveShape({4, 6}, {5, -1})));
  EXPECT_TRUE(failed(layer::resolveShape({4, 6}, {0, -1})));
  EXPECT_TRUE(failed(layer::resolveShape({4, 6}, {23})));
}

} // namespace dlc::test
