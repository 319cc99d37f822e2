// Where the convolution lies whose adjoint a transposed convolution is.
#pragma once

#include "mlir/Support/LLVM.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace dlc::layer {

/// A transposed convolution in two dimensions.
struct Transposed {
  std::array<int64_t, 2> size, strides, dilation;
  bool same; // its padding, or "valid"
  std::optional<std::array<int64_t, 2>> outputPadding;
};

/// The convolution whose adjoint it is: it reads images of this size, with so
/// much padding (top, bottom, left, right), and gives images of x' size.
struct Adjoint {
  std::array<int64_t, 2> image;
  std::array<int64_t, 4> padding;
};

/// Keras spreads x by the strides and adds elements before and after it
/// (keras/src/backend/common/backend_utils.py); the convolution that this is
/// the adjoint of then lacks reach - 1 - that many as its own padding. What it
/// would lack beyond that at the end are elements that it does not read.
inline Adjoint placeAdjoint(const Transposed &t,
                            llvm::ArrayRef<int64_t> image) {
  Adjoint adjoint = {};
  for (unsigned d : {0, 1}) {
    int64_t reach = (t.size[d] - 1) * t.dilation[d] + 1, before, after;
    if (!t.same) {
      before = reach - 1;
      after = reach - 1 +
              (t.outputPadding ? (*t.outputPadding)[d]
                               : std::max<int64_t>(t.strides[d] - reach, 0));
    } else {
      int64_t both = t.outputPadding
                         ? reach + reach % 2 - 2 + (*t.outputPadding)[d]
                         : t.strides[d] + reach - 2;
      before = std::min(both / 2 + both % 2, reach - 1);
      after = both - before;
    }
    adjoint.image[d] =
        (image[d] - 1) * t.strides[d] + 1 + before + after - (reach - 1);
    adjoint.padding[2 * d] = reach - 1 - before;
    adjoint.padding[2 * d + 1] = std::max<int64_t>(reach - 1 - after, 0);
  }
  return adjoint;
}

} // namespace dlc::layer
