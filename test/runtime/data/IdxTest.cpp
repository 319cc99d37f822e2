// Folders in MNIST's IDX form.
#include "runtime/data/Reader.h"
#include "test/runtime/data/Temporary.h"

#include <zlib.h>

namespace {

using namespace dlc;
using namespace dlc::data;

class IdxTest : public test::DataTest {
protected:
  /// An IDX file of bytes 0, 1, 2, ...
  static std::string makeIdx(const std::vector<uint32_t> &shape) {
    std::string text = {0, 0, 8, char(shape.size())};
    size_t count = 1;
    for (uint32_t dim : shape) {
      for (int shift : {24, 16, 8, 0})
        text += char(dim >> shift & 0xff);
      count *= dim;
    }
    for (size_t i = 0; i < count; ++i)
      text += char(i);
    return text;
  }
  void writePlain(const std::string &name, const std::string &text) {
    write(name, std::as_bytes(std::span(text)));
  }
  void writeGz(const std::string &name, const std::string &text) {
    gzFile file = gzopen(at(name).c_str(), "wb");
    ASSERT_EQ(gzwrite(file, text.data(), unsigned(text.size())),
              int(text.size()));
    ASSERT_EQ(gzclose(file), Z_OK);
  }
  Expected<Dataset> read(DataSpec::Use use) {
    return readDataset(folder.string(), {use, {"image"}, {}});
  }
};

TEST_F(IdxTest, ReadsTrainAndTest) {
  writeGz("train-images-idx3-ubyte.gz", makeIdx({3, 2, 2}));
  writeGz("train-labels-idx1-ubyte.gz", makeIdx({3}));
  writePlain("t10k-images-idx3-ubyte", makeIdx({1, 2, 2}));
  writePlain("t10k-labels-idx1-ubyte", makeIdx({1}));
  auto train = read(DataSpec::Use::Train);
  ASSERT_TRUE(train) << train.error().message();
  EXPECT_EQ(train->size(), 3);
  EXPECT_EQ(train->x[0].first, "image");
  const Tensor &images = train->x[0].second;
  EXPECT_EQ(images.shape(), Shape({3, 2, 2, 1}));
  EXPECT_EQ(images.as<float>()[11], 11.0f / 255.0f);
  const Tensor &labels = train->y[0].second;
  EXPECT_EQ(labels.dtype(), DType::I32);
  EXPECT_EQ(labels.shape(), Shape({3}));
  EXPECT_EQ(labels.as<int32_t>()[2], 2);

  auto evaluate = read(DataSpec::Use::Evaluate);
  ASSERT_TRUE(evaluate);
  EXPECT_EQ(evaluate->size(), 1);
  auto predict = read(DataSpec::Use::Predict);
  ASSERT_TRUE(predict);
  EXPECT_EQ(predict->size(), 1);
  EXPECT_TRUE(predict->y.empty());
}

TEST_F(IdxTest, NamesWhatIsMissing) {
  writePlain("train-images-idx3-ubyte", makeIdx({1, 2, 2}));
  auto noLabels = read(DataSpec::Use::Train);
  ASSERT_FALSE(noLabels);
  EXPECT_EQ(noLabels.error().value, "has no file train-labels-idx1-ubyte");
  auto noTest = read(DataSpec::Use::Predict);
  ASSERT_FALSE(noTest);
  EXPECT_EQ(noTest.error().value, "has no file t10k-images-idx3-ubyte");
}

TEST_F(IdxTest, RefusesDifferentCounts) {
  writePlain("train-images-idx3-ubyte", makeIdx({2, 2, 2}));
  writePlain("train-labels-idx1-ubyte", makeIdx({3}));
  auto dataset = read(DataSpec::Use::Train);
  ASSERT_FALSE(dataset);
  EXPECT_EQ(dataset.error().value, "has 3 samples");
}

TEST_F(IdxTest, RefusesDamage) {
  writePlain("train-labels-idx1-ubyte", makeIdx({2}));
  std::string good = makeIdx({2, 2, 2});
  auto readImages = [&](const std::string &text) {
    writePlain("train-images-idx3-ubyte", text);
    return read(DataSpec::Use::Train).has_value();
  };
  EXPECT_TRUE(readImages(good));
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(readImages(good.substr(0, size))) << size;
  EXPECT_FALSE(readImages(good + "x"));
  EXPECT_FALSE(readImages(makeIdx({8})));
  std::string huge = good;
  for (size_t i = 4; i < 16; ++i)
    huge[i] = char(0x7f);
  EXPECT_FALSE(readImages(huge));
}

TEST_F(IdxTest, RefusesDamageInCompressedFiles) {
  writePlain("train-labels-idx1-ubyte", makeIdx({2}));
  writeGz("train-images-idx3-ubyte.gz", makeIdx({2, 2, 2}));
  auto bytes = readFile(folder / "train-images-idx3-ubyte.gz");
  ASSERT_TRUE(bytes && read(DataSpec::Use::Train));
  for (size_t size = 0; size < bytes->size(); ++size) {
    write("train-images-idx3-ubyte.gz", std::span(*bytes).first(size));
    EXPECT_FALSE(read(DataSpec::Use::Train)) << size;
  }
  // The checksum at the end.
  bytes->at(bytes->size() - 6) ^= std::byte(1);
  write("train-images-idx3-ubyte.gz", *bytes);
  EXPECT_FALSE(read(DataSpec::Use::Train));
}

/// What only fills the memory is refused by its header, before that happens.
TEST_F(IdxTest, RefusesWhatExpandsTooFar) {
  writePlain("train-labels-idx1-ubyte", makeIdx({2}));
  std::string text = makeIdx({2, 2, 2});
  text[5] = 8; // 2 + 8 * 65536 images
  text[11] = text[15] = 64;
  writeGz("train-images-idx3-ubyte.gz", text);
  auto dataset = read(DataSpec::Use::Train);
  ASSERT_FALSE(dataset);
  EXPECT_TRUE(dataset.error().value.ends_with("to 2147491840 bytes"))
      << dataset.error().message();
  EXPECT_EQ(dataset.error().limit, "a file of over 1 GiB may expand 100 times");
}

} // namespace
