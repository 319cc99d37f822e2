// Resizing: what can be computed by hand; the rest is compared with PIL by
// test/e2e/test_images.py.
#include "runtime/image/Resize.h"

#include <gtest/gtest.h>

namespace {

using namespace dlc;
using namespace dlc::image;

Picture gray(int height, int width, std::vector<uint8_t> pixels) {
  return {height, width, 1, std::move(pixels), {}};
}

TEST(ResizeTest, HalvesByMeans) {
  auto half = resize(gray(2, 4, {0, 10, 100, 200, 20, 30, 100, 0}), 1, 2,
                     Interpolation::Box);
  EXPECT_EQ(half.pixels, (std::vector<uint8_t>{15, 100}));
}

TEST(ResizeTest, NearestTakesTheMiddleOfEachPixel) {
  auto picked =
      resize(gray(1, 5, {1, 2, 3, 4, 5}), 1, 3, Interpolation::Nearest);
  EXPECT_EQ(picked.pixels, (std::vector<uint8_t>{1, 3, 5}));
}

TEST(ResizeTest, BilinearWidensWithTheScale) {
  // Four to one: a triangle of eight pixels about the middle, whose outer four
  // are not there. Weights 5, 7, 7, 5 of 24.
  auto one = resize(gray(1, 4, {0, 0, 0, 80}), 1, 1, Interpolation::Bilinear);
  EXPECT_EQ(one.pixels, std::vector<uint8_t>{17});
}

TEST(ResizeTest, KeepsWhatHasTheSize) {
  Picture picture = gray(1, 3, {7, 8, 9});
  EXPECT_EQ(resize(picture, 1, 3, Interpolation::Lanczos).pixels,
            picture.pixels);
}

TEST(ResizeTest, ClearPixelsDoNotShine) {
  Picture picture{1, 2, 4, {255, 0, 0, 0, 0, 0, 200, 255}, {}};
  auto one = resize(picture, 1, 1, Interpolation::Box);
  EXPECT_EQ(one.pixels, (std::vector<uint8_t>{0, 0, 199, 128}));
}

TEST(ResizeTest, CropsToTheRatio) {
  // Of six pixels the middle two are kept for a square of two rows.
  auto square = resize(gray(2, 6, {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}), 1, 1,
                       Interpolation::Box, true);
  EXPECT_EQ(square.pixels, std::vector<uint8_t>{4});
}

TEST(ResizeTest, DeepLevelsStayDeep) {
  Picture picture{1, 2, 1, {}, {1000, 60000}};
  auto one = resize(picture, 1, 1, Interpolation::Box);
  EXPECT_EQ(one.deepPixels, std::vector<uint16_t>{30500});
}

TEST(ResizeTest, NamesTheNearestInterpolation) {
  EXPECT_EQ(*parseInterpolation("lanczos"), Interpolation::Lanczos);
  auto unknown = parseInterpolation("bilinaer");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message(),
            "interpolation: is \"bilinaer\" but it may be nearest, bilinear, "
            "bicubic, box, hamming, lanczos; say \"bilinear\"");
}

} // namespace
