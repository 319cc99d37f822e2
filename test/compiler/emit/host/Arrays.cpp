// Aligned storage and access by kind.
#include "test/compiler/emit/host/Arrays.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace dlc::test;

static constexpr char untouched = 0x5a;

Kind dlc::test::kindOf(mlir::Type scalar) {
  if (scalar.isF32())
    return Kind::F32;
  return scalar.isInteger(1) ? Kind::I1 : Kind::I32;
}

Array::Array(mlir::Type type, int64_t n) {
  auto tensor = llvm::cast<mlir::RankedTensorType>(type);
  kind = kindOf(tensor.getElementType());
  for (int64_t size : tensor.getShape()) {
    shape.push_back(mlir::ShapedType::isDynamic(size) ? n : size);
    count *= shape.back();
  }
  capacity = bytes() / 64 * 64 + 192;
  storage.reset(static_cast<char *>(std::aligned_alloc(64, capacity)),
                std::free);
  std::memset(storage.get(), untouched, capacity);
}

bool Array::isIntact() const {
  return std::all_of(data() + bytes(), data() + capacity,
                     [](char byte) { return byte == untouched; });
}

double Array::get(int64_t i) const {
  if (kind == Kind::F32)
    return reinterpret_cast<float *>(data())[i];
  if (kind == Kind::I32)
    return reinterpret_cast<int32_t *>(data())[i];
  return data()[i];
}

void Array::set(int64_t i, double value) {
  if (kind == Kind::F32)
    reinterpret_cast<float *>(data())[i] = value;
  else if (kind == Kind::I32)
    reinterpret_cast<int32_t *>(data())[i] = value;
  else
    data()[i] = value;
}

void Array::randomise(std::mt19937 &random) {
  std::uniform_real_distribution<float> real(-2, 2);
  for (int64_t i = 0; i < count; ++i)
    set(i, kind == Kind::F32   ? real(random)
           : kind == Kind::I32 ? double(random() % 10)
                               : double(random() % 2));
}
