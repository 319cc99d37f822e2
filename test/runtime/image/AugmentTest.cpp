// Augmentation: reading its arguments, and draws that depend on nothing but
// what they are keyed by. What transforms do is compared with Keras by
// test/e2e/test_images.py.
#include "runtime/image/Augment.h"

#include <cmath>
#include <gtest/gtest.h>
#include <set>

namespace {

using namespace dlc;
using namespace dlc::image;

std::string errorOf(const std::string &text) {
  auto parsed = parseAugmentation(text);
  return parsed ? "none" : parsed.error().message();
}

TEST(AugmentTest, ReadsEveryArgument) {
  auto read = parseAugmentation(
      "rotation_range=20, width_shift_range=0.1, height_shift_range=[-3, 4],"
      "brightness_range=(0.5, 1.5), shear_range=.2, zoom_range=0.2, "
      "channel_shift_range=12.5, fill_mode='reflect', cval=7, "
      "horizontal_flip=True, vertical_flip=false, rescale=1./255, "
      "interpolation_order=0, samplewise_std_normalization=true, "
      "zca_whitening=False, preprocessing_function=None, dtype=float32");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->rotationRange, 20);
  EXPECT_EQ(read->widthShiftRange.kind, ShiftRange::Kind::Uniform);
  EXPECT_EQ(read->heightShiftRange.kind, ShiftRange::Kind::Choice);
  EXPECT_EQ(read->heightShiftRange.values, (std::vector<double>{-3, 4}));
  EXPECT_EQ(*read->brightnessRange, (std::array<double, 2>{0.5, 1.5}));
  EXPECT_EQ(read->shearRange, 0.2);
  EXPECT_EQ(read->zoomRange, (std::array<double, 2>{0.8, 1.2}));
  EXPECT_EQ(read->channelShiftRange, 12.5);
  EXPECT_EQ(read->fillMode, FillMode::Reflect);
  EXPECT_EQ(read->cval, 7);
  EXPECT_TRUE(read->horizontalFlip);
  EXPECT_FALSE(read->verticalFlip);
  EXPECT_EQ(read->rescale, 1.0 / 255);
  EXPECT_EQ(read->interpolationOrder, 0);
  EXPECT_TRUE(read->samplewiseStdNormalization);
  EXPECT_TRUE(read->samplewiseCenter);
}

TEST(AugmentTest, ReadsJson) {
  auto read = parseAugmentation(
      R"({"width_shift_range": 3, "zoom_range": [0.9, 1.3]})");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->widthShiftRange.kind, ShiftRange::Kind::Whole);
  EXPECT_EQ(read->zoomRange, (std::array<double, 2>{0.9, 1.3}));
  EXPECT_TRUE(parseAugmentation(""));
  EXPECT_TRUE(parseAugmentation("{}"));
}

TEST(AugmentTest, PrintsWhatItReads) {
  for (const char *text :
       {"", "rotation_range=20,width_shift_range=3,height_shift_range=0.1",
        "width_shift_range=2.0,height_shift_range=[-1,2.5],fill_mode=wrap",
        "brightness_range=[0.5,1.5],zoom_range=0.25,shear_range=3,cval=7",
        "horizontal_flip=true,vertical_flip=true,channel_shift_range=9,"
        "interpolation_order=0,rescale=1/255,"
        "samplewise_std_normalization=true"}) {
    auto read = parseAugmentation(text);
    ASSERT_TRUE(read) << read.error().message();
    std::string printed = printAugmentation(*read);
    auto again = parseAugmentation(printed);
    ASSERT_TRUE(again) << printed << ": " << again.error().message();
    EXPECT_EQ(printAugmentation(*again), printed);
    EXPECT_EQ(again->widthShiftRange.kind, read->widthShiftRange.kind);
    EXPECT_EQ(again->heightShiftRange.kind, read->heightShiftRange.kind);
    EXPECT_EQ(again->rescale, read->rescale);
    EXPECT_EQ(again->fillMode, read->fillMode);
  }
}

TEST(AugmentTest, RefusesWhatItCannotDo) {
  EXPECT_EQ(errorOf("rotatoin_range=20"),
            "augmentation: has an argument \"rotatoin_range\" but "
            "ImageDataGenerator has none of this name; say \"rotation_range\"");
  EXPECT_EQ(errorOf("zca_whitening=true"),
            "augmentation \"zca_whitening\": is true but it needs what "
            "ImageDataGenerator.fit finds in the data, which dlc does not; use "
            "samplewise_center or a Normalization layer");
  EXPECT_EQ(errorOf("fill_mode=mirror"),
            "augmentation \"fill_mode\": is \"mirror\" but it may be nearest, "
            "constant, reflect or wrap; say \"wrap\"");
  EXPECT_EQ(errorOf("rotation_range=1e9"),
            "augmentation \"rotation_range\": is 1000000000.0 but it is a "
            "number from -1000000 to 1000000");
  for (const char *bad :
       {"rotation_range=nan", "rotation_range", "rotation_range=[1]",
        "zoom_range=[1,2,3]", "zoom_range=[1,x]", "brightness_range=0.5",
        "horizontal_flip=1", "width_shift_range=wide", "interpolation_order=3",
        "interpolation_order=true", "validation_split=0.2",
        "featurewise_center=true", "data_format=channels_first", "{", "{\"a\"",
        "rotation_range=1,rotation_range=2", "preprocessing_function=f", "=1",
        "cval=\xff\xfe"})
    EXPECT_NE(errorOf(bad), "none") << bad;
}

Augmentation everything() {
  auto read = parseAugmentation(
      "rotation_range=20,width_shift_range=0.1,height_shift_range=5,"
      "shear_range=3,zoom_range=0.2,channel_shift_range=10,"
      "brightness_range=[0.5,1.5],horizontal_flip=true,vertical_flip=true");
  return read ? *read : Augmentation();
}

TEST(AugmentTest, DrawsWithinTheRanges) {
  const Augmentation augmentation = everything();
  std::set<double> heights;
  double sum = 0;
  int flips = 0;
  constexpr int count = 4000;
  for (int i = 0; i < count; ++i) {
    auto drawn = draw(augmentation, 50, 80, 1, 0, uint64_t(i));
    EXPECT_LE(std::abs(drawn.theta), 20);
    EXPECT_LE(std::abs(drawn.ty), 8);
    EXPECT_LE(std::abs(drawn.shear), 3);
    EXPECT_GE(drawn.zx, 0.8);
    EXPECT_LE(drawn.zy, 1.2);
    EXPECT_NE(drawn.zx, drawn.zy);
    EXPECT_LE(std::abs(*drawn.channelShiftIntensity), 10);
    EXPECT_GE(*drawn.brightness, 0.5);
    heights.insert(drawn.tx);
    sum += drawn.theta;
    flips += drawn.flipHorizontal;
  }
  EXPECT_EQ(heights, (std::set<double>{-4, -3, -2, -1, 0, 1, 2, 3, 4}));
  EXPECT_NEAR(sum / count, 0, 0.8);   // 4 deviations
  EXPECT_NEAR(flips, count / 2, 130); // likewise
}

TEST(AugmentTest, DrawsDependOnSeedEpochAndSample) {
  const Augmentation augmentation = everything();
  const auto theta = [&](uint64_t seed, uint64_t epoch, uint64_t index) {
    return draw(augmentation, 50, 80, seed, epoch, index).theta;
  };
  EXPECT_EQ(theta(1, 2, 3), theta(1, 2, 3));
  EXPECT_EQ((std::set<double>{theta(1, 2, 3), theta(2, 2, 3), theta(1, 3, 3),
                              theta(1, 2, 4), theta(1, 3, 2)})
                .size(),
            5u);
  // A parameter more leaves the others as they were.
  Augmentation less;
  less.rotationRange = 20;
  EXPECT_EQ(draw(less, 50, 80, 1, 2, 3).theta, theta(1, 2, 3));
}

TEST(AugmentTest, NothingIsChangedByDefault) {
  std::vector<float> pixels = {1, 2.5f, 3, 4, 5, 6};
  const auto before = pixels;
  FloatImage image{2, 1, 3, pixels};
  Augmentation none;
  applyTransform(none, draw(none, 2, 1, 1, 2, 3), image);
  standardize(none, image);
  EXPECT_EQ(pixels, before);
}

} // namespace
