// The window of a pooling routine, and the loops that all of them share.
#pragma once

#include "compiler/emit/cuda/routines/ElementWalk.h"

namespace dlc::emit::cuda::routines {

/// Windows over images of x that give one pixel of y each; channels last.
struct Pool {
  std::array<int64_t, 2> in, out, size, strides, low;
  int64_t channels;

  /// Whether some window reaches outside of the image along `dim`.
  bool reachesBefore(int dim) const { return low[dim] > 0; }
  bool reachesBehind(int dim) const {
    return (out[dim] - 1) * strides[dim] - low[dim] + size[dim] > in[dim];
  }
  std::string describe() const;
};

Expected<Pool> readPool(RoutineCall &call, const Array &x, const Array &y);

/// Writes the text of a kernel with a thread for every element of the result,
/// or for four channels.
class PoolWriter {
public:
  PoolWriter(RoutineCall &call, const Pool &pool);

  /// Opens the kernel and declares `place`, `channel`, `row`, `column` and
  /// `image` of the thread's first element in images of `size`.
  void enter(llvm::ArrayRef<std::string> names, std::array<int64_t, 2> size);
  /// Declares the part [top, bottom) x [left, right) of the image that the
  /// window at `row` and `column` of y covers.
  void declarePatch(const std::string &row, const std::string &column);
  /// Opens loops over h and w of that part.
  void openPatch();
  /// Opens loops over the windows, at outRow and outColumn of y, that cover
  /// `row` and `column` of x.
  void openWindows();
  void closeLoops();
  /// The element at h and w, of the thread's image and channels.
  std::string pixelOfX() const;
  std::string pixelOfY() const;
  /// Declares `best` and `where`, the first maximum of the patch: an index into
  /// the image.
  void findMaximum(bool keepPlace);
  /// Ends the kernel with `value`.
  KernelText finish(const std::string &value);

  Code code;
  const Lanes lanes;

private:
  const RoutineCall &call;
  const Pool &pool;
  ElementWalk walk;
  std::string index;
};

} // namespace dlc::emit::cuda::routines
