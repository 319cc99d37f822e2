// A dense tensor in the tests.
#pragma once

#include <cstdint>
#include <vector>

namespace dlc::test {

/// A row-major tensor. Every element type is held as double, which is exact for
/// f32, i32 and i1.
struct Array {
  std::vector<int64_t> shape;
  std::vector<double> data;
};

/// The number of elements of this shape.
inline int64_t count(const std::vector<int64_t> &shape) {
  int64_t elements = 1;
  for (int64_t size : shape)
    elements *= size;
  return elements;
}

/// The row-major offset of a position.
template <typename Position>
int64_t getOffset(const std::vector<int64_t> &shape, const Position &position) {
  int64_t offset = 0;
  for (size_t dim = 0; dim < shape.size(); ++dim)
    offset = offset * shape[dim] + position[dim];
  return offset;
}

/// Steps to the next position in row-major order; false after the last one.
inline bool advancePosition(const std::vector<int64_t> &shape,
                            std::vector<int64_t> &position) {
  for (size_t dim = shape.size(); dim-- > 0;) {
    if (++position[dim] < shape[dim])
      return true;
    position[dim] = 0;
  }
  return false;
}

} // namespace dlc::test
