// Element types and plain row-major arrays in host memory.
#include "runtime/core/Tensor.h"

#include "runtime/core/Region.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace dlc {

namespace {

/// What oneDNN and the widest vector loads like: one cache line.
constexpr size_t alignment = 64;

} // namespace

size_t sizeOf(DType dtype) {
  switch (dtype) {
  case DType::F32:
  case DType::I32:
    return 4;
  case DType::Bool:
    return 1;
  case DType::BF16:
  case DType::F16:
    return 2;
  }
  std::abort();
}

std::string_view nameOf(DType dtype) {
  switch (dtype) {
  case DType::F32:
    return "float32";
  case DType::I32:
    return "int32";
  case DType::Bool:
    return "bool";
  case DType::BF16:
    return "bfloat16";
  case DType::F16:
    return "float16";
  }
  std::abort();
}

int64_t countElements(const Shape &shape) {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  return count;
}

int64_t countElements(const Shape &shape, int64_t n) {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim == batchDim ? n : dim;
  return count;
}

std::string formatShape(const Shape &shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0)
      text += ", ";
    text += shape[i] == batchDim ? "None" : std::to_string(shape[i]);
  }
  // Python's tuple of one.
  text += shape.size() == 1 ? ",)" : ")";
  return text;
}

/// Zeroed by the system as its pages are touched: 4 KiB pages and zeros written
/// take longer than reading a large file does.
static std::shared_ptr<std::byte[]> allocateLarge(size_t bytes) {
  auto region = Region::create(bytes, "an array");
  if (!region)
    throw std::bad_alloc();
  auto owner = std::make_shared<Region>(std::move(*region));
  return {owner, owner->data()};
}

Tensor::Tensor(DType dtype, Shape shape) : type(dtype), dims(std::move(shape)) {
  if (bytes() >= Region::hugePage) {
    storage = allocateLarge(bytes());
    return;
  }
  // aligned_alloc wants a multiple of the alignment, and at least one line so
  // that an empty tensor has an address too.
  size_t capacity = (bytes() / alignment + 1) * alignment;
  auto *memory =
      static_cast<std::byte *>(std::aligned_alloc(alignment, capacity));
  if (!memory)
    throw std::bad_alloc();
  std::memset(memory, 0, capacity);
  storage =
      std::shared_ptr<std::byte[]>(memory, [](std::byte *p) { std::free(p); });
}

Tensor Tensor::clone() const {
  Tensor copy(type, dims);
  if (bytes() > 0)
    std::memcpy(copy.data(), data(), bytes());
  return copy;
}

} // namespace dlc
