// Runs one call of the routine library on arrays, for tests.
#pragma once

#include "runtime/core/Half.h"
#include "runtime/host/library/Library.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <random>

namespace dlc::host::test {

/// Floats of two bytes as their bits.
inline uint16_t toHalf(float x, DType dtype) {
  return dtype == DType::BF16 ? roundToBf16(x) : roundToF16(x);
}

inline float fromHalf(uint16_t bits, DType dtype) {
  return dtype == DType::BF16 ? std::bit_cast<float>(uint32_t(bits) << 16)
                              : float(std::bit_cast<_Float16>(bits));
}

/// An array of a shape, float32 if nothing else is said.
struct Array {
  Shape shape;
  std::vector<float> values;
  DType dtype = DType::F32;

  explicit Array(Shape shape, float value = 0)
      : shape(std::move(shape)), values(countElements(this->shape), value) {}

  static Array random(Shape shape, unsigned seed) {
    Array array(std::move(shape));
    std::mt19937 generator(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (float &value : array.values)
      value = uniform(generator);
    return array;
  }

  /// Few distinct values, so that maxima are often shared.
  static Array ties(Shape shape, unsigned seed) {
    Array array(std::move(shape));
    std::mt19937 generator(seed);
    for (float &value : array.values)
      value = float(generator() % 4);
    return array;
  }

  /// The nearest array of that type.
  Array rounded(DType to) const {
    Array array = *this;
    array.dtype = to;
    if (to != DType::F32)
      for (float &value : array.values)
        value = fromHalf(toHalf(value, to), to);
    return array;
  }

  /// As it lies in memory.
  std::vector<std::byte> bytes() const {
    std::vector<std::byte> stored(values.size() * sizeOf(dtype));
    if (dtype == DType::F32)
      std::memcpy(stored.data(), values.data(), stored.size());
    else
      for (size_t i = 0; i < values.size(); ++i) {
        uint16_t half = toHalf(values[i], dtype);
        std::memcpy(&stored[2 * i], &half, 2);
      }
    return stored;
  }
  void read(const std::vector<std::byte> &stored) {
    if (dtype == DType::F32)
      std::memcpy(values.data(), stored.data(), stored.size());
    else
      for (size_t i = 0; i < values.size(); ++i) {
        uint16_t half = 0;
        std::memcpy(&half, &stored[2 * i], 2);
        values[i] = fromHalf(half, dtype);
      }
  }

  float &at(std::initializer_list<int64_t> index) {
    int64_t place = 0;
    size_t dim = 0;
    for (int64_t i : index)
      place = place * shape[dim++] + i;
    return values[place];
  }
  float at(std::initializer_list<int64_t> index) const {
    return const_cast<Array *>(this)->at(index);
  }
};

/// Runs the routine into an array of NaN, of the operands' type, with NaN in
/// the scratch. `names` receives the implementations.
inline Array call(const std::string &routine, const std::string &config,
                  std::vector<Array> operands, Shape result,
                  std::string *names = nullptr, int threads = 2) {
  auto library = Library::create(threads);
  EXPECT_TRUE(library) << library.error().message();
  Array y(std::move(result), NAN);
  y.dtype = operands[0].dtype;
  CallSpec spec{"test", routine, config, {}, {}};
  std::vector<std::vector<std::byte>> stored;
  for (Array &operand : operands) {
    stored.push_back(operand.bytes());
    spec.operands.push_back(
        {operand.dtype, operand.shape, stored.back().data()});
  }
  std::vector<std::byte> written = y.bytes();
  spec.results.push_back({y.dtype, y.shape, written.data()});
  auto made = library->make(spec);
  if (!made) {
    ADD_FAILURE() << made.error().message();
    return y;
  }
  size_t size = (*made)->scratchBytes();
  std::unique_ptr<void, void (*)(void *)> scratch(
      std::aligned_alloc(64, (size + 64) / 64 * 64), std::free);
  std::memset(scratch.get(), 0xff, size);
  (*made)->bindScratch(static_cast<std::byte *>(scratch.get()));
  // Twice: nothing of the first run may change the second.
  for (int run = 0; run < 2; ++run) {
    auto ran = (*made)->run();
    EXPECT_TRUE(ran) << ran.error().message();
  }
  if (names)
    *names = (*made)->describe();
  y.read(written);
  return y;
}

/// The message of the error that making the call gives; empty if it gives none.
inline std::string mistake(const std::string &routine,
                           const std::string &config,
                           const std::vector<Shape> &operands, Shape result,
                           DType dtype = DType::F32) {
  auto library = Library::create(1);
  CallSpec spec{"test", routine, config, {}, {}};
  std::vector<std::byte> memory(1 << 16);
  for (const Shape &shape : operands)
    spec.operands.push_back({dtype, shape, memory.data()});
  spec.results.push_back({dtype, std::move(result), memory.data()});
  auto made = library->make(spec);
  return made ? "" : made.error().message();
}

constexpr DType floatTypes[] = {DType::F32, DType::BF16, DType::F16};

/// How far a result of this type may be from the exact one, by `expectNear`:
/// half of its last digit, and what float32 sums lose.
inline double limitOf(DType dtype, double float32 = 1e-6) {
  return dtype == DType::F32 ? float32 : dtype == DType::BF16 ? 3e-3 : 5e-4;
}

/// Compares in the size of the whole array: `limit` times its norm.
inline void expectNear(const Array &got, const Array &wanted, double limit) {
  ASSERT_EQ(got.shape, wanted.shape);
  double difference = 0, norm = 0;
  for (size_t i = 0; i < got.values.size(); ++i) {
    double d = double(got.values[i]) - wanted.values[i];
    difference += d * d;
    norm += double(wanted.values[i]) * wanted.values[i];
  }
  EXPECT_LE(std::sqrt(difference), limit * std::sqrt(norm) + 1e-30);
}

} // namespace dlc::host::test
