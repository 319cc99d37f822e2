// Sizes that may hold the batch, and index arithmetic on them as text.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "llvm/ADT/ArrayRef.h"

#include <optional>
#include <string>
#include <vector>

namespace dlc::emit::cuda::routines {

/// A number of things: `trips`, times the batch's samples if `timesBatch`.
using Count = artifact::Extent;

Count fixed(int64_t count);
/// The product of dimensions; a dynamic one is the batch.
Count countOf(llvm::ArrayRef<int64_t> dims);
Count operator*(Count count, int64_t factor);
/// At most one of the two may hold the batch.
Count operator*(Count left, Count right);
bool operator==(Count left, Count right);
/// "64", "n" or "n * 64".
std::string toText(Count count);
/// The same with parentheses, where it is a product.
std::string asFactor(Count count);
/// The index `name` over `count` things: "0" where there is only one.
std::string indexOver(const char *name, Count count);
/// The number for a batch of n samples.
int64_t evaluate(Count count, int64_t n);
int64_t ceilDiv(int64_t count, int64_t size);

/// A dimension of an array: how many elements, and how far apart.
struct Axis {
  Count size;
  int64_t stride = 1;
};

/// Dimensions that one index walks in row-major order.
class Axes {
public:
  Axes() = default;
  /// Dimensions that one stride walks are merged; those of one element dropped.
  explicit Axes(llvm::ArrayRef<Axis> axes);

  Count count() const;
  /// The one dimension that a stride walks: of one element, 0 apart, where
  /// there is none. Nothing where there are several.
  std::optional<Axis> single() const;
  /// Whether neighbours are neighbours in memory.
  bool isContiguous() const;
  /// Whether `width` neighbours at a multiple of it are one aligned piece.
  bool isAligned(int64_t width) const;
  /// Whether every step to another piece of `width` keeps its alignment.
  bool keepsAlignment(int64_t width) const;
  /// The place of element `index`: "i", "i * 8", "i / 12 * 60 + i % 12".
  std::string offsetOf(const std::string &index) const;

private:
  std::vector<Axis> axes;
};

/// The strides of a row-major array; only its first dimension may be dynamic.
std::vector<int64_t> stridesOf(llvm::ArrayRef<int64_t> shape);

/// Coordinate of `index` in a row-major space whose later dimensions hold
/// `inner` elements and whose own size is `size` (0: the first one): "i / 12 %
/// 5", with what is 1 left out.
std::string coordinate(const std::string &index, int64_t inner, int64_t size);

/// "a * 4", "a", or "0".
std::string times(const std::string &term, int64_t factor);
std::string times(const std::string &term, Count factor);
/// "a + 2", "a - 2", "a".
std::string plus(const std::string &term, int64_t constant);
/// The sum of terms, without those that are "0".
std::string sum(llvm::ArrayRef<std::string> terms);
/// "a && b", without empty ones; empty if all are.
std::string all(llvm::ArrayRef<std::string> conditions);

} // namespace dlc::emit::cuda::routines
