// Arrays of numbers for kernels to read and write.
#pragma once

#include "mlir/IR/BuiltinTypes.h"

#include <cstddef>
#include <memory>
#include <random>

namespace dlc::test {

/// The scalars that kernels know.
enum class Kind { F32, I32, I1 };

Kind kindOf(mlir::Type scalar);

/// Elements in row-major order, 64-byte aligned, a byte for a truth value.
class Array {
public:
  /// Of a tensor type with `?` taken for n; filled with a pattern of bytes.
  Array(mlir::Type tensor, int64_t n);

  int64_t size() const { return count; }
  size_t bytes() const { return count * width(); }
  char *data() const { return storage.get(); }
  double get(int64_t i) const;
  void set(int64_t i, double value);
  /// Whether nothing was written behind the last element.
  bool isIntact() const;
  /// Floats in [-2, 2), integers in [0, 10), truth values.
  void randomise(std::mt19937 &random);

  Kind kind;
  std::vector<int64_t> shape;

private:
  size_t width() const { return kind == Kind::I1 ? 1 : 4; }
  int64_t count = 1;
  size_t capacity = 0;
  std::shared_ptr<char> storage;
};

} // namespace dlc::test
