// Element types and plain row-major arrays in host memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dlc {

/// Element types that dlc computes with. Bool takes one byte an element. BF16
/// and F16 stand in programs alone: what goes in and out is F32 instead.
enum class DType : uint8_t { F32, I32, Bool, BF16, F16 };

/// Bytes of one element.
size_t sizeOf(DType dtype);

/// "float32", "int32", "bool", "bfloat16", "float16": numpy's names.
std::string_view nameOf(DType dtype);

/// Dimensions, outermost first. In a manifest `batchDim` stands for the number
/// of samples in the batch at hand; a Tensor never holds it.
using Shape = std::vector<int64_t>;
inline constexpr int64_t batchDim = -1;

/// Product of the dimensions, 1 for a scalar.
int64_t countElements(const Shape &shape);

/// The same, with `n` in place of batchDim.
int64_t countElements(const Shape &shape, int64_t n);

/// "(32, 28, 28, 1)", and "None" for batchDim, as Keras prints shapes.
std::string formatShape(const Shape &shape);

/// A row-major array that owns its bytes (zeroed, 64-byte aligned), or shares
/// those of the tensor that it was copied from. Copying is cheap and shares;
/// `clone` is deep.
class Tensor {
public:
  Tensor() = default;
  Tensor(DType dtype, Shape shape);

  template <typename T>
  static Tensor of(DType dtype, Shape shape, const std::vector<T> &values);

  DType dtype() const { return type; }
  const Shape &shape() const { return dims; }
  int64_t size() const { return countElements(dims); }
  size_t bytes() const { return size_t(size()) * sizeOf(type); }

  std::byte *data() { return storage.get(); }
  const std::byte *data() const { return storage.get(); }
  template <typename T> std::span<T> as() {
    return {reinterpret_cast<T *>(storage.get()), size_t(size())};
  }
  template <typename T> std::span<const T> as() const {
    return {reinterpret_cast<const T *>(storage.get()), size_t(size())};
  }

  Tensor clone() const;

private:
  DType type = DType::F32;
  Shape dims = {0};
  std::shared_ptr<std::byte[]> storage;
};

template <typename T>
Tensor Tensor::of(DType dtype, Shape shape, const std::vector<T> &values) {
  Tensor tensor(dtype, std::move(shape));
  std::span<T> elements = tensor.as<T>();
  for (size_t i = 0; i < elements.size() && i < values.size(); ++i)
    elements[i] = values[i];
  return tensor;
}

} // namespace dlc
