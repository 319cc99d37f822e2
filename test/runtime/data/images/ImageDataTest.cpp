// Pictures as samples: their pixels, labels, names, and what is damaged.
#include "runtime/data/images/ImageData.h"
#include "test/runtime/data/images/Pictures.h"

#include <numeric>

namespace dlc::data {
namespace {

class ImageDataTest : public test::PicturesTest {
protected:
  ImageDataTest() {
    spec.input = "image";
    spec.inputShape = {batchDim, 2, 2, 3};
    spec.output = "out";
  }

  std::string mistake(double split = 0) const {
    auto read = readTrainingImages(folder, spec, split);
    return read ? "" : read.error().message();
  }

  /// All rows in their order.
  Expected<std::vector<float>> pixels(const Dataset &data,
                                      int64_t epoch = 0) const {
    const RowSource &rows = *data.xRows[0].second;
    std::vector<int64_t> order(static_cast<size_t>(data.size()));
    std::iota(order.begin(), order.end(), 0);
    std::vector<float> values(size_t(countElements(rows.shape())));
    auto pass = rows.start(order, data.size(), epoch);
    if (!pass)
      return Unexpected(pass.error());
    auto read = (*pass)->read(data.size(),
                              reinterpret_cast<std::byte *>(values.data()));
    if (!read)
      return Unexpected(read.error());
    return values;
  }

  ImageSpec spec;
};

TEST_F(ImageDataTest, GivesPixelsLabelsAndNames) {
  writePicture("b/1.bmp", 200);
  writePicture("a/1.bmp", 100);
  auto read = readTrainingImages(folder, spec, 0);
  ASSERT_TRUE(read) << read.error().message();
  const Dataset &data = read->training.data;
  EXPECT_EQ(data.size(), 2);
  EXPECT_EQ(data.classNames, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read->training.files,
            (std::vector<std::string>{"a/1.bmp", "b/1.bmp"}));
  EXPECT_EQ(data.xRows[0].first, "image");
  EXPECT_EQ(data.xRows[0].second->shape(), (Shape{2, 2, 2, 3}));
  EXPECT_EQ(data.y[0].first, "out");
  EXPECT_EQ(data.y[0].second.as<int32_t>()[1], 1);
  EXPECT_EQ(*pixels(data),
            (std::vector<float>{100, 1, 2, 3, 100, 4, 5, 6, 100, 7, 8, 9,
                                200, 1, 2, 3, 200, 4, 5, 6, 200, 7, 8, 9}));
}

TEST_F(ImageDataTest, GivesPlanesToChannelsFirst) {
  writePicture("a/1.bmp", 100);
  spec.inputShape = {batchDim, 3, 2, 2};
  auto read = readTrainingImages(folder, spec, 0);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*pixels(read->training.data),
            (std::vector<float>{100, 3, 5, 7, 1, 100, 6, 8, 2, 4, 100, 9}));
}

TEST_F(ImageDataTest, PreprocessesAsKerasApplications) {
  writePicture("a/1.bmp", 100);
  auto first = [&](Preprocess mode) {
    spec.options.preprocess = mode;
    auto read = readTrainingImages(folder, spec, 0);
    EXPECT_TRUE(read) << read.error().message();
    auto values = *pixels(read->training.data);
    return std::vector<float>(values.begin(), values.begin() + 3);
  };
  EXPECT_EQ(
      first(Preprocess::Tf),
      (std::vector<float>{100 / 127.5f - 1, 1 / 127.5f - 1, 2 / 127.5f - 1}));
  EXPECT_EQ(first(Preprocess::Caffe),
            (std::vector<float>{2 - 103.939f, 1 - 116.779f, 100 - 123.68f}));
  EXPECT_EQ(first(Preprocess::Torch),
            (std::vector<float>{(100 / 255.0f - 0.485f) / 0.229f,
                                (1 / 255.0f - 0.456f) / 0.224f,
                                (2 / 255.0f - 0.406f) / 0.225f}));
  spec.options.augmentation.rescale = 1.0 / 255;
  EXPECT_EQ(first(Preprocess::None)[0], 100 * float(1.0 / 255));
}

TEST_F(ImageDataTest, AugmentsTrainingAloneAndByEpoch) {
  for (int i = 0; i < 8; ++i)
    writePicture("a/" + std::to_string(i) + ".bmp", uint8_t(20 * i));
  spec.options.augmentation.horizontalFlip = true;
  spec.options.augmentation.brightnessRange = {{0.5, 1.5}};
  auto all = [&](int workers, int64_t epoch, uint64_t seed) {
    spec.options.workers = workers;
    spec.options.seed = seed;
    auto read = readTrainingImages(folder, spec, 0);
    EXPECT_TRUE(read) << read.error().message();
    return *pixels(read->training.data, epoch);
  };
  std::vector<float> once = all(1, 0, 3);
  EXPECT_EQ(all(2, 0, 3), once);
  EXPECT_EQ(all(5, 0, 3), once);
  EXPECT_NE(all(1, 1, 3), once);
  EXPECT_NE(all(1, 0, 4), once);
  auto plain = readLabelledImages(folder, spec, {});
  ASSERT_TRUE(plain);
  EXPECT_EQ((*pixels(plain->samples.data))[0], 0);
  EXPECT_EQ(*pixels(plain->samples.data, 1), *pixels(plain->samples.data));
}

TEST_F(ImageDataTest, TellsDamagedPicturesOrLeavesThemOut) {
  for (int i = 0; i < 5; ++i)
    writePicture("a/" + std::to_string(i) + ".bmp", uint8_t(i));
  write("a/2.bmp", test::bytesOf("no picture"));
  std::vector<std::byte> whole = test::makeSmallBmp(4);
  write("a/4.bmp", std::span(whole).first(60));
  auto read = readTrainingImages(folder, spec, 0);
  ASSERT_TRUE(read) << read.error().message();
  auto values = pixels(read->training.data);
  ASSERT_FALSE(values);
  std::string told = values.error().message();
  EXPECT_TRUE(told.starts_with(at("a/2.bmp") + ": ")) << told;
  EXPECT_TRUE(
      told.ends_with("leave such pictures out with --on-bad-image skip"))
      << told;

  std::vector<std::string> bad;
  spec.options.skipBad = true;
  spec.options.onBad = [&](const Error &error) { bad.push_back(error.thing); };
  read = readTrainingImages(folder, spec, 0.4);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(bad, (std::vector<std::string>{at("a/2.bmp"), at("a/4.bmp")}));
  EXPECT_EQ(read->skipped, 2);
  // Cut as if they were not there: int(0.4 * 3) validate.
  EXPECT_EQ(read->validation->files, (std::vector<std::string>{"a/0.bmp"}));
  EXPECT_EQ(read->training.files,
            (std::vector<std::string>{"a/1.bmp", "a/3.bmp"}));
  EXPECT_EQ((*pixels(read->training.data))[12], 3);
}

TEST_F(ImageDataTest, LabelsByTheModelsNames) {
  writePicture("cat/1.bmp");
  writePicture("ant/1.bmp");
  auto set = readLabelledImages(folder, spec, {"cat", "dog", "ant"});
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->samples.files,
            (std::vector<std::string>{"cat/1.bmp", "ant/1.bmp"}));
  EXPECT_EQ(set->samples.data.y[0].second.as<int32_t>()[1], 2);
  EXPECT_EQ(readLabelledImages(folder, spec, {"cat", "dog"}).error().message(),
            folder.string() +
                ": has a class \"ant\" but the model's classes are: cat, dog; "
                "name the folders as those that the model was trained on");
}

TEST_F(ImageDataTest, TakesPicturesWithoutLabels) {
  writePicture("x/2.bmp", 2);
  writePicture("1.bmp", 1);
  auto set = readImages(folder, spec);
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->samples.files, (std::vector<std::string>{"1.bmp", "x/2.bmp"}));
  EXPECT_TRUE(set->samples.data.y.empty());
  set = readImages(at("x/2.bmp"), spec);
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->samples.files, (std::vector<std::string>{"2.bmp"}));
  EXPECT_EQ((*pixels(set->samples.data))[0], 2);
}

TEST_F(ImageDataTest, SaysWhatDoesNotFitTheModel) {
  writePicture("a/1.bmp");
  EXPECT_EQ(mistake(), "");
  spec.options.size = {{3, 2}};
  EXPECT_EQ(mistake(),
            folder.string() +
                ": input \"image\": takes pictures of 2x2 but the image "
                "size is 3x2; leave --image-size out, or resize the "
                "model with dlc edit --input-shape");
  spec.options = {};
  spec.options.colors = image::ColorMode::Grayscale;
  EXPECT_EQ(mistake(),
            folder.string() +
                ": input \"image\": has 3 channels but the color mode has "
                "1; leave --color-mode out");
  spec.options = {};
  spec.options.preprocess = Preprocess::Caffe;
  spec.inputShape = {batchDim, 2, 2, 1};
  EXPECT_EQ(mistake(),
            folder.string() +
                ": input \"image\": has 1 channels but the modes caffe and "
                "torch have means for 3; use --preprocess tf or "
                "--rescale");
  spec.options = {};
  spec.inputShape = {batchDim, 784};
  EXPECT_EQ(mistake(),
            folder.string() +
                ": input \"image\": has shape (None, 784) but pictures have a "
                "height, "
                "a width and 1, 3 or 4 channels; give the data as arrays in an "
                ".npz");
}

} // namespace
} // namespace dlc::data
