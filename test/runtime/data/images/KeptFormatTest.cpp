// What a trained model keeps of how its pictures were read, and what of a set
// must be the same where a run goes on.
#include "runtime/data/images/KeptFormat.h"
#include "runtime/data/images/Origin.h"
#include "test/runtime/data/images/Pictures.h"

namespace dlc::data {
namespace {

TEST(KeptFormat, ComesBack) {
  ImageOptions options;
  options.interpolation = image::Interpolation::Lanczos;
  options.keepAspectRatio = true;
  options.preprocess = Preprocess::Caffe;
  options.augmentation.rescale = 1.0 / 255;
  options.augmentation.samplewiseCenter = true;
  ImageOptions read;
  ASSERT_TRUE(applyKeptFormat(printKeptFormat(options), read));
  EXPECT_EQ(printKeptFormat(read), printKeptFormat(options));
  EXPECT_EQ(read.augmentation.rescale, 1.0 / 255);
  EXPECT_TRUE(compareKeptFormat(printKeptFormat(options), read).empty());
  EXPECT_EQ(describeFormat(read),
            "interpolation lanczos, keep_aspect_ratio true, preprocess caffe, "
            "rescale 0.00392157, samplewise_center true");
  EXPECT_EQ(describeFormat({}), "");
}

TEST(KeptFormat, TellsWhatDiffers) {
  ImageOptions options;
  std::string kept = printKeptFormat(options);
  options.augmentation.rescale = 0.5;
  EXPECT_EQ(compareKeptFormat(kept, options),
            (std::vector<std::string>{
                "rescale is 0.5, and the model was trained with none"}));
  EXPECT_TRUE(compareKeptFormat("", options).empty());
}

TEST(KeptFormat, RefusesOtherValues) {
  auto mistake = [](const char *text) {
    ImageOptions options;
    auto applied = applyKeptFormat(text, options);
    return applied ? "" : applied.error().message();
  };
  EXPECT_EQ(mistake(""), "");
  EXPECT_EQ(mistake("[1]"), "");
  EXPECT_EQ(mistake(R"({"unknown": 3})"), "");
  EXPECT_NE(mistake(R"({"rescale": 0})"), "");
  EXPECT_NE(mistake(R"({"rescale": "1/255"})"), "");
  EXPECT_NE(mistake(R"({"preprocess": "vgg"})").find("tf, caffe and torch"),
            std::string::npos);
  EXPECT_NE(mistake(R"({"samplewise_center": "yes"})"), "");
}

class OriginTest : public test::PicturesTest {
protected:
  std::string describe(const std::string &path, double split = 0) const {
    ImageSpec spec{"image", {batchDim, 2, 2, 3}, "out", {}};
    auto read = readTrainingImages(path, spec, split);
    EXPECT_TRUE(read) << read.error().message();
    return read ? read->training.data.origin() : "";
  }
};

TEST_F(OriginTest, IsThatOfNamesSizesAndOptions) {
  for (const char *name : {"a/1.bmp", "a/2.bmp", "b/1.bmp"})
    writePicture(name);
  std::string origin = describe(folder);
  EXPECT_NE(origin.find("\"class \\\"a\\\":\":\"2 pictures, 140 bytes, "),
            std::string::npos)
      << origin;
  // A zip of the same, also with a folder around the classes.
  EXPECT_EQ(describe(zip({"a/1.bmp", "a/2.bmp", "b/1.bmp"})), origin);
  EXPECT_EQ(describe(zip({"s/a/1.bmp", "s/a/2.bmp", "s/b/1.bmp"})), origin);
  EXPECT_NE(describe(zip({"a/1.bmp", "a/3.bmp", "b/1.bmp"})), origin);
  EXPECT_NE(describe(zip({"a/12.bmp", "a/.bmp", "b/1.bmp"})), origin);
  EXPECT_NE(describe(zip({"a/1.bmp", "b/2.bmp", "b/1.bmp"})), origin);
  EXPECT_NE(describe(folder, 0.5), origin);
}

} // namespace
} // namespace dlc::data
