// numpy's .npy format: element types, orders, versions, damage.
#include "runtime/data/npy/Npy.h"
#include "test/runtime/data/Temporary.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace {

using namespace dlc;
using namespace dlc::data;
using test::bytesOf;

/// An .npy file of `values` under the given header entries.
template <typename T>
std::vector<std::byte>
makeNpy(const std::string &descr, const std::string &shape,
        const std::vector<T> &values, bool fortran = false, int version = 1) {
  std::string header = "{'descr': '" + descr +
                       "', 'fortran_order': " + (fortran ? "True" : "False") +
                       ", 'shape': " + shape + ", }\n";
  std::string text = "\x93NUMPY";
  text += char(version);
  text += char(0);
  size_t lengthBytes = version == 1 ? 2 : 4;
  for (size_t i = 0; i < lengthBytes; ++i)
    text += char(header.size() >> (8 * i) & 0xff);
  text += header;
  std::vector<std::byte> bytes = bytesOf(text);
  auto elements = std::as_bytes(std::span(values));
  bytes.insert(bytes.end(), elements.begin(), elements.end());
  return bytes;
}

template <typename To, typename From>
std::vector<To> readBack(const std::string &descr,
                         const std::vector<From> &values, DType dtype) {
  auto read = readNpy(
      makeNpy(descr, "(" + std::to_string(values.size()) + ",)", values), "a");
  if (!read) {
    ADD_FAILURE() << read.error().message();
    return {};
  }
  EXPECT_EQ(read->dtype(), dtype);
  auto elements = read->template as<To>();
  return {elements.begin(), elements.end()};
}

TEST(NpyTest, ReadsEveryElementType) {
  EXPECT_EQ(readBack<float>("<f4", std::vector<float>{1.5f, -2}, DType::F32),
            (std::vector<float>{1.5f, -2}));
  EXPECT_EQ(readBack<float>("<f8", std::vector<double>{0.1, 3}, DType::F32),
            (std::vector<float>{0.1f, 3}));
  std::vector<int32_t> ints = {1, -2};
  EXPECT_EQ(readBack<int32_t>("|i1", std::vector<int8_t>{1, -2}, DType::I32),
            ints);
  EXPECT_EQ(readBack<int32_t>("<i2", std::vector<int16_t>{1, -2}, DType::I32),
            ints);
  EXPECT_EQ(readBack<int32_t>("<i4", std::vector<int32_t>{1, -2}, DType::I32),
            ints);
  EXPECT_EQ(readBack<int32_t>("<i8", std::vector<int64_t>{1, -2}, DType::I32),
            ints);
  ints = {1, 200};
  EXPECT_EQ(readBack<int32_t>("|u1", std::vector<uint8_t>{1, 200}, DType::I32),
            ints);
  EXPECT_EQ(readBack<int32_t>("<u2", std::vector<uint16_t>{1, 200}, DType::I32),
            ints);
  EXPECT_EQ(readBack<int32_t>("<u4", std::vector<uint32_t>{1, 200}, DType::I32),
            ints);
  EXPECT_EQ(readBack<int32_t>("<u8", std::vector<uint64_t>{1, 200}, DType::I32),
            ints);
  EXPECT_EQ(
      readBack<uint8_t>("|b1", std::vector<uint8_t>{1, 0, 7}, DType::Bool),
      (std::vector<uint8_t>{1, 0, 1}));
}

TEST(NpyTest, ReadsHalves) {
  // 1, -2, the largest, the smallest normal and subnormal, zero, infinity.
  std::vector<uint16_t> halves = {0x3c00, 0xc000, 0x7bff, 0x0400,
                                  0x0001, 0x8000, 0xfc00};
  EXPECT_EQ(readBack<float>("<f2", halves, DType::F32),
            (std::vector<float>{1, -2, 65504, 0x1p-14f, 0x1p-24f, -0.0f,
                                -std::numeric_limits<float>::infinity()}));
  auto nan = readBack<float>("<f2", std::vector<uint16_t>{0x7e01}, DType::F32);
  EXPECT_TRUE(std::isnan(nan[0]));
}

TEST(NpyTest, ReadsFortranOrder) {
  // [[0, 1, 2], [3, 4, 5]] column by column, then with a third dimension.
  auto read =
      readNpy(makeNpy<float>("<f4", "(2, 3)", {0, 3, 1, 4, 2, 5}, true), "a");
  ASSERT_TRUE(read);
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(read->as<float>()[size_t(i)], float(i));
  read = readNpy(
      makeNpy<float>("<f4", "(2, 2, 2)", {0, 4, 2, 6, 1, 5, 3, 7}, true), "a");
  ASSERT_TRUE(read);
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(read->as<float>()[size_t(i)], float(i));
}

TEST(NpyTest, ReadsScalarsAndEmptyArrays) {
  auto scalar = readNpy(makeNpy<float>("<f4", "()", {7}), "a");
  ASSERT_TRUE(scalar);
  EXPECT_EQ(scalar->shape(), Shape{});
  EXPECT_EQ(scalar->as<float>()[0], 7.0f);
  auto empty = readNpy(makeNpy<float>("<f4", "(0, 3)", {}, true), "a");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->shape(), Shape({0, 3}));
}

TEST(NpyTest, ReadsVersions2And3) {
  for (int version : {2, 3})
    EXPECT_TRUE(
        readNpy(makeNpy<float>("<f4", "(1,)", {1}, false, version), "a"));
  auto four = readNpy(makeNpy<float>("<f4", "(1,)", {1}, false, 4), "a");
  ASSERT_FALSE(four);
  EXPECT_EQ(four.error().value, "has .npy version 4");
}

TEST(NpyTest, ComesBackAsWritten) {
  for (Tensor tensor : {Tensor::of<float>(DType::F32, {2, 2}, {1, 2, 3, 4}),
                        Tensor::of<int32_t>(DType::I32, {3}, {-1, 0, 1}),
                        Tensor::of<uint8_t>(DType::Bool, {2}, {1, 0}),
                        Tensor(DType::F32, {}), Tensor(DType::F32, {0, 5})}) {
    std::vector<std::byte> bytes = writeNpy(tensor);
    auto read = readNpy(bytes, "a");
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->dtype(), tensor.dtype());
    EXPECT_EQ(read->shape(), tensor.shape());
    EXPECT_EQ(std::memcmp(read->data(), tensor.data(), tensor.bytes()), 0);
    EXPECT_EQ((bytes.size() - tensor.bytes()) % 64, 0u);
  }
}

TEST(NpyTest, RefusesIntegersOutOfRange) {
  auto read =
      readNpy(makeNpy<int64_t>("<i8", "(2,)", {1, int64_t(1) << 31}), "x.npy");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().thing, "x.npy");
  EXPECT_EQ(read.error().value, "holds 2147483648 at element 1");
  EXPECT_FALSE(readNpy(makeNpy<uint32_t>("<u4", "(1,)", {1u << 31}), "x.npy"));
}

TEST(NpyTest, RefusesOtherElementTypes) {
  for (const char *descr : {">f4", "<c8", "|O", "<U3", "<f16", "", "f4"}) {
    auto read = readNpy(makeNpy<float>(descr, "(1,)", {1}), "x.npy");
    ASSERT_FALSE(read) << descr;
    EXPECT_EQ(read.error().value,
              "has element type \"" + std::string(descr) + "\"");
  }
}

TEST(NpyTest, RefusesEveryLength) {
  std::vector<std::byte> bytes = makeNpy<float>("<f4", "(2,)", {1, 2});
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(readNpy(std::span(bytes).first(size), "a")) << size;
  bytes.push_back(std::byte(0));
  EXPECT_FALSE(readNpy(bytes, "a"));
}

TEST(NpyTest, RefusesShapesThatCannotBe) {
  for (const char *shape :
       {"(-1,)", "(4611686018427387904, 4)", "(0, 9223372036854775807, 9)",
        "(99999999999999999999,)", "(1", "1", "(1 1)", "('a',)", "(1,,)"})
    EXPECT_FALSE(readNpy(makeNpy<float>("<f4", shape, {1}), "a")) << shape;
  // A promise far beyond the bytes that are there.
  EXPECT_FALSE(readNpy(makeNpy<float>("<f4", "(1000000000000,)", {1}), "a"));
}

TEST(NpyTest, RefusesHeadersWithOtherEntries) {
  for (std::string header :
       {"", "{}", "{'descr': '<f4'}", "{'descr': [('a', '<f4')]}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': ()} x"}) {
    std::string text("\x93NUMPY\x01\x00", 8);
    text += char(header.size());
    text += char(0);
    text += header + "\x01\x02\x03\x04";
    EXPECT_FALSE(readNpy(bytesOf(text), "a")) << header;
  }
}

} // namespace
