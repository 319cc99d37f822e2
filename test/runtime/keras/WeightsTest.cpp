// HDF5 weights: round trip, element types, and damaged files.
#include "runtime/keras/Hdf5Reader.h"
#include "runtime/keras/KerasFile.h"
#include "test/runtime/keras/Temporary.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <random>

using namespace dlc;

namespace {

keras::WeightMap makeWeights() {
  keras::WeightMap weights;
  weights["layers/conv2d/vars/0"] =
      Tensor::of<float>(DType::F32, {2, 3}, {1, 2, 3, 4, 5, NAN});
  weights["layers/conv2d/vars/1"] = Tensor::of<float>(DType::F32, {0}, {});
  weights["optimizer/vars/0"] = Tensor::of<int32_t>(DType::I32, {}, {-7});
  weights["optimizer/vars/10"] = Tensor::of<int32_t>(DType::I32, {1}, {10});
  weights["optimizer/vars/2"] =
      Tensor::of<uint8_t>(DType::Bool, {3}, {1, 0, 1});
  return weights;
}

void expectEqual(const keras::WeightMap &left, const keras::WeightMap &right) {
  ASSERT_EQ(left.size(), right.size());
  for (const auto &[path, tensor] : left) {
    auto other = right.find(path);
    ASSERT_NE(other, right.end()) << path;
    EXPECT_EQ(tensor.dtype(), other->second.dtype()) << path;
    EXPECT_EQ(tensor.shape(), other->second.shape()) << path;
    ASSERT_EQ(tensor.bytes(), other->second.bytes()) << path;
    if (tensor.bytes() > 0) {
      EXPECT_EQ(memcmp(tensor.data(), other->second.data(), tensor.bytes()), 0)
          << path;
    }
  }
}

/// A file of one dataset "a" in memory, made by libhdf5 itself.
std::vector<std::byte> makeFile(hid_t fileType, hid_t memoryType, hsize_t count,
                                const void *elements,
                                const char *dtypeAttribute = nullptr) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, 1 << 16, false);
  hid_t file = H5Fcreate("test", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  hid_t space = H5Screate_simple(1, &count, nullptr);
  hid_t dataset = H5Dcreate2(file, "a", fileType, space, H5P_DEFAULT,
                             H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(dataset, memoryType, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements);
  if (dtypeAttribute) {
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    hid_t scalar = H5Screate(H5S_SCALAR);
    hid_t attribute =
        H5Acreate2(dataset, "dtype", text, scalar, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, text, &dtypeAttribute);
    H5Aclose(attribute);
    H5Sclose(scalar);
    H5Tclose(text);
  }
  H5Dclose(dataset);
  H5Sclose(space);
  H5Fflush(file, H5F_SCOPE_GLOBAL);
  std::vector<std::byte> bytes(
      static_cast<size_t>(H5Fget_file_image(file, nullptr, 0)));
  H5Fget_file_image(file, bytes.data(), bytes.size());
  H5Fclose(file);
  H5Pclose(access);
  return bytes;
}

Expected<Tensor> readOne(const std::vector<std::byte> &bytes) {
  auto weights = keras::readWeights(bytes, "w.h5");
  if (!weights)
    return Unexpected(weights.error());
  return weights->at("a");
}

TEST(Weights, RoundTrip) {
  keras::WeightMap weights = makeWeights();
  auto bytes = keras::writeWeights(weights);
  ASSERT_TRUE(bytes.has_value()) << bytes.error().message();
  auto read = keras::readWeights(*bytes, "w.h5");
  ASSERT_TRUE(read.has_value()) << read.error().message();
  expectEqual(weights, *read);
}

TEST(Weights, BytesThatAreGivenAreFreed) {
  keras::WeightMap weights = makeWeights();
  auto bytes = keras::writeWeights(weights);
  ASSERT_TRUE(bytes);
  std::vector<std::byte> given = *std::move(bytes);
  auto read = keras::readWeights(std::move(given), "w.h5");
  ASSERT_TRUE(read) << read.error().message();
  expectEqual(weights, *read);
  EXPECT_EQ(given.capacity(), 0u);
}

// Arrays larger than a page: what has been read of the child's answer is
// dropped while the rest is still to be read.
TEST(Weights, LargeArraysComeWhole) {
  keras::WeightMap weights;
  for (int i = 0; i < 5; ++i) {
    Tensor tensor(DType::F32, {100'003});
    for (int64_t j = 0; j < tensor.size(); ++j)
      tensor.as<float>()[size_t(j)] = float(i) + float(j) / 1024;
    weights["w/" + std::to_string(i)] = tensor;
  }
  auto bytes = keras::writeWeights(weights);
  ASSERT_TRUE(bytes);
  auto read = keras::readWeights(*std::move(bytes), "w.h5");
  ASSERT_TRUE(read) << read.error().message();
  expectEqual(weights, *read);
}

TEST(Weights, ValuesAreAskedForWhenTheirTurnComes) {
  test::TemporaryFolder folder;
  const std::string path = (folder / "w.h5").string();
  std::vector<uintmax_t> sizes; // of the file, when a value is asked for
  keras::Datasets datasets;
  for (const char *name : {"a", "b", "c"})
    datasets[name] = [&] {
      sizes.push_back(std::filesystem::file_size(path));
      return Tensor(DType::F32, {1 << 20});
    };
  auto written = keras::writeHdf5(datasets, {}, path, "w.h5");
  ASSERT_TRUE(written) << written.error().message();
  ASSERT_EQ(sizes.size(), 3u);
  EXPECT_GE(sizes[1], uintmax_t(4) << 20);
  EXPECT_GE(sizes[2], uintmax_t(8) << 20);

  datasets["b"] = [] { return fail("b", "cannot be had"); };
  written = keras::writeHdf5(datasets, {}, path, "w.h5");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message(), "b: cannot be had");
}

TEST(Weights, NoWeightsAtAll) {
  auto bytes = keras::writeWeights({});
  ASSERT_TRUE(bytes.has_value());
  auto read = keras::readWeights(*bytes, "w.h5");
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_TRUE(read->empty());
}

TEST(Weights, WideFloatsNarrow) {
  double values[] = {0.1, -2, 1e300};
  auto tensor = readOne(makeFile(H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 3, values));
  ASSERT_TRUE(tensor.has_value()) << tensor.error().message();
  EXPECT_EQ(tensor->dtype(), DType::F32);
  EXPECT_EQ(tensor->as<float>()[0], 0.1f);
  EXPECT_EQ(tensor->as<float>()[1], -2.0f);
  EXPECT_TRUE(std::isinf(tensor->as<float>()[2]));
}

TEST(Weights, BigEndianIsRead) {
  float values[] = {1.5f, -3};
  auto tensor = readOne(makeFile(H5T_IEEE_F32BE, H5T_NATIVE_FLOAT, 2, values));
  ASSERT_TRUE(tensor.has_value()) << tensor.error().message();
  EXPECT_EQ(tensor->as<float>()[0], 1.5f);
}

TEST(Weights, BFloat16Widens) {
  uint16_t values[] = {0x3f80, 0xc040}; // 1, -3
  hid_t opaque = H5Tcreate(H5T_OPAQUE, 2);
  auto tensor = readOne(makeFile(opaque, opaque, 2, values, "bfloat16"));
  auto unnamed = readOne(makeFile(opaque, opaque, 2, values));
  H5Tclose(opaque);
  ASSERT_TRUE(tensor.has_value()) << tensor.error().message();
  EXPECT_EQ(tensor->as<float>()[0], 1.0f);
  EXPECT_EQ(tensor->as<float>()[1], -3.0f);
  ASSERT_FALSE(unnamed.has_value());
  EXPECT_EQ(unnamed.error().thing, "w.h5/a");
  EXPECT_EQ(unnamed.error().value, "has elements that are no numbers");
}

TEST(Weights, IntegersNarrowOrFail) {
  int64_t values[] = {-5, int64_t(1) << 31};
  auto fits = readOne(makeFile(H5T_STD_I64LE, H5T_NATIVE_INT64, 1, values));
  ASSERT_TRUE(fits.has_value()) << fits.error().message();
  EXPECT_EQ(fits->as<int32_t>()[0], -5);
  auto tooLarge = readOne(makeFile(H5T_STD_I64LE, H5T_NATIVE_INT64, 2, values));
  ASSERT_FALSE(tooLarge.has_value());
  EXPECT_EQ(tooLarge.error().message(),
            "w.h5/a: holds the integer 2147483648 but dlc computes with 32-bit "
            "integers; store this variable as int32");
}

TEST(Weights, NotHdf5) {
  std::vector<std::byte> bytes(1000, std::byte('x'));
  auto read = keras::readWeights(bytes, "model.keras/model.weights.h5");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().thing, "model.keras/model.weights.h5");
  EXPECT_EQ(read.error().value,
            "is not an HDF5 file, or only the first part of one");
  EXPECT_FALSE(
      keras::readWeights(std::span<const std::byte>(), "empty").has_value());
}

TEST(Weights, EveryTruncationIsRefused) {
  auto bytes = keras::writeWeights(makeWeights());
  ASSERT_TRUE(bytes.has_value());
  for (size_t size = 0; size < bytes->size(); size += 97) {
    auto read = keras::readWeights(std::span(*bytes).first(size), "w.h5");
    ASSERT_FALSE(read.has_value()) << size;
    EXPECT_FALSE(read.error().remedy.empty());
  }
}

TEST(Weights, DamageNeverKillsTheProcess) {
  auto bytes = keras::writeWeights(makeWeights());
  ASSERT_TRUE(bytes.has_value());
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::byte> damaged = *bytes;
    for (int change = 0; change < 8; ++change)
      damaged[random() % damaged.size()] = std::byte(random());
    auto read = keras::readWeights(damaged, "w.h5");
    if (!read) {
      EXPECT_FALSE(read.error().thing.empty());
    }
  }
}

TEST(Weights, PathThatIsAlsoAGroup) {
  keras::WeightMap weights;
  weights["a"] = Tensor::of<float>(DType::F32, {1}, {1});
  weights["a/b"] = Tensor::of<float>(DType::F32, {1}, {1});
  auto bytes = keras::writeWeights(weights);
  ASSERT_FALSE(bytes.has_value());
  EXPECT_EQ(bytes.error().thing, "model.weights.h5/a/b");
}

} // namespace
