// Elements that a thread handles at once: one, or four in 16 bytes.
#pragma once

#include "runtime/core/Tensor.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>

namespace dlc::emit::cuda::routines {

/// A vector type and the text of its accesses. `parts` are what to write behind
/// a variable for each of its elements: ".x", or "" for a scalar.
class Lanes {
public:
  explicit Lanes(int64_t width, DType dtype = DType::F32)
      : width(width), dtype(dtype) {}

  int64_t width;

  std::string type() const;
  llvm::ArrayRef<const char *> parts() const;
  /// "x[i]" or "*reinterpret_cast<const float4 *>(x + i)".
  std::string load(const std::string &array, const std::string &place) const;
  std::string target(const std::string &array, const std::string &place) const;
  /// All elements `value`: "0.0f" or "float4{0.0f, 0.0f, 0.0f, 0.0f}".
  std::string all(const std::string &value) const;

private:
  DType dtype;
};

/// The widest access for arrays of elements of four bytes whose rows hold
/// `count` of them.
inline Lanes lanesFor(int64_t count, DType dtype = DType::F32) {
  return Lanes(count % 4 == 0 && dtype != DType::Bool ? 4 : 1, dtype);
}

} // namespace dlc::emit::cuda::routines
