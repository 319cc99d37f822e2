// The transforms of Winograd's algorithm F(4x4, 3x3), eight channels at a time.
#include "runtime/host/library/winograd/WinogradTransform.h"

#include "runtime/host/library/VectorClones.h"
#include "runtime/host/library/Vectors.h"

#include <algorithm>

namespace dlc::host::winograd {
namespace {

// The points, and by Lagrange what divides the values of a kernel there.
constexpr float a = 0.625F, a2 = a * a, a3 = a2 * a;
constexpr float b = 1.5F, b2 = b * b, b3 = b2 * b;
constexpr float weight0 = 1 / (a2 * b2);
constexpr float weightA = 1 / (2 * a2 * (a2 - b2));
constexpr float weightB = 1 / (2 * b2 * (b2 - a2));

//===-- Along one dimension -----------------------------------------------===//

/// At the points a, -a, b and -b: what even and odd powers add up to.
DLC_INLINE inline void spread(Lanes (&v)[6], const Lanes &evenA,
                              const Lanes &oddA, const Lanes &evenB,
                              const Lanes &oddB) {
  v[1] = evenA + oddA;
  v[2] = evenA - oddA;
  v[3] = evenB + oddB;
  v[4] = evenB - oddB;
}

/// B^T: pixels to points.
struct InputLine {
  static constexpr int from = 6, to = 6;
  DLC_INLINE static void apply(const Lanes (&d)[6], Lanes (&v)[6]) {
    Lanes evenA = d[4] - b2 * d[2], oddA = a * (d[3] - b2 * d[1]);
    Lanes evenB = d[4] - a2 * d[2], oddB = b * (d[3] - a2 * d[1]);
    v[0] = a2 * b2 * d[0] - (a2 + b2) * d[2] + d[4];
    spread(v, evenA, oddA, evenB, oddB);
    v[5] = a2 * b2 * d[1] - (a2 + b2) * d[3] + d[5];
  }
};

/// A: gradients of pixels to points.
struct OutputGradLine {
  static constexpr int from = 4, to = 6;
  DLC_INLINE static void apply(const Lanes (&e)[4], Lanes (&v)[6]) {
    Lanes evenA = e[0] + a2 * e[2], oddA = a * e[1] + a3 * e[3];
    Lanes evenB = e[0] + b2 * e[2], oddB = b * e[1] + b3 * e[3];
    v[0] = e[0];
    spread(v, evenA, oddA, evenB, oddB);
    v[5] = e[3];
  }
};

/// A^T: points to pixels.
struct OutputLine {
  static constexpr int from = 6, to = 4;
  DLC_INLINE static void apply(const Lanes (&m)[6], Lanes (&y)[4]) {
    Lanes evenA = m[1] + m[2], oddA = m[1] - m[2];
    Lanes evenB = m[3] + m[4], oddB = m[3] - m[4];
    y[0] = m[0] + evenA + evenB;
    y[1] = a * oddA + b * oddB;
    y[2] = a2 * evenA + b2 * evenB;
    y[3] = a3 * oddA + b3 * oddB + m[5];
  }
};

/// G: a kernel to points.
struct KernelLine {
  static constexpr int from = 3, to = 6;
  DLC_INLINE static void apply(const Lanes (&w)[3], Lanes (&v)[6]) {
    Lanes evenA = weightA * (w[0] + a2 * w[2]), oddA = weightA * a * w[1];
    Lanes evenB = weightB * (w[0] + b2 * w[2]), oddB = weightB * b * w[1];
    v[0] = weight0 * w[0];
    spread(v, evenA, oddA, evenB, oddB);
    v[5] = w[2];
  }
};

/// G^T: points to the gradient of a kernel.
struct KernelGradLine {
  static constexpr int from = 6, to = 3;
  DLC_INLINE static void apply(const Lanes (&m)[6], Lanes (&w)[3]) {
    Lanes evenA = weightA * (m[1] + m[2]), oddA = weightA * (m[1] - m[2]);
    Lanes evenB = weightB * (m[3] + m[4]), oddB = weightB * (m[3] - m[4]);
    w[0] = weight0 * m[0] + evenA + evenB;
    w[1] = a * oddA + b * oddB;
    w[2] = a2 * evenA + b2 * evenB + m[5];
  }
};

/// Along both dimensions, from what `from` gets to where `to` puts it.
template <typename Line, typename From, typename To>
DLC_INLINE inline void transform(const From &from, const To &to) {
  Lanes half[Line::to][Line::from];
  for (int j = 0; j < Line::from; ++j) {
    Lanes in[Line::from], out[Line::to];
    for (int i = 0; i < Line::from; ++i)
      from.get(i, j, in[i]);
    Line::apply(in, out);
    for (int i = 0; i < Line::to; ++i)
      half[i][j] = out[i];
  }
  for (int i = 0; i < Line::to; ++i) {
    Lanes out[Line::to];
    Line::apply(half[i], out);
    for (int j = 0; j < Line::to; ++j)
      to.put(i, j, out[j]);
  }
}

//===-- Where vectors of eight channels lie -------------------------------===//

// Small values: what they hold stays in registers.

/// At each point.
struct PointVectors {
  PointVectors(const Points &points, int64_t channel)
      : first(points.at(0, channel)), point(points.point) {}

  DLC_INLINE void get(int i, int j, Lanes &value) const {
    host::get(value, first + (i * pointsSide + j) * point);
  }
  DLC_INLINE void put(int i, int j, const Lanes &value) const {
    host::put(value, first + (i * pointsSide + j) * point);
  }

  float *first;
  int64_t point;
};

/// In a grid: pixels inside an image, or the taps of a kernel.
struct GridVectors {
  DLC_INLINE void get(int i, int j, Lanes &value) const {
    host::get(value, first + i * row + j * column);
  }
  DLC_INLINE void put(int i, int j, const Lanes &value) const {
    putSome(value, first + i * row + j * column, count);
  }

  float *first;
  int64_t row, column;
  int64_t count = lanes; // of the lanes that are put
};

/// In a patch that sticks out of its image or has fewer channels.
struct EdgeVectors {
  DLC_INLINE void get(int i, int j, Lanes &value) const {
    value = Lanes();
    if (patch.holds(i, j))
      getSome(value, patch.at(i, j) + channel, patch.channels - channel);
  }
  DLC_INLINE void put(int i, int j, const Lanes &value) const {
    if (patch.holds(i, j))
      putSome(value, patch.at(i, j) + channel, patch.channels - channel);
  }

  Patch patch;
  int64_t channel;
};

/// With what follows a convolution.
template <typename To> struct Activated {
  DLC_INLINE void put(int i, int j, const Lanes &value) const {
    Lanes sum = value + bias;
    if (relu)
      sum = sum <= Lanes() ? Lanes() : sum;
    to.put(i, j, sum);
  }

  To to;
  Lanes bias;
  bool relu;
};

DLC_INLINE inline GridVectors viewInside(const Patch &patch, int64_t channel) {
  return {patch.at(0, 0) + channel, patch.width * patch.stride, patch.stride};
}

DLC_INLINE inline bool isWhole(const Patch &patch, int64_t side,
                               int64_t channel) {
  return patch.holdsAll(side) && channel + lanes <= patch.channels;
}

template <typename Line>
DLC_INLINE inline void transformPatch(const Patch &patch, const Points &to) {
  for (int64_t channel = 0; channel < patch.channels; channel += lanes) {
    PointVectors out(to, channel);
    if (isWhole(patch, Line::from, channel))
      transform<Line>(viewInside(patch, channel), out);
    else
      transform<Line>(EdgeVectors{patch, channel}, out);
  }
}

} // namespace

//===-- Images ------------------------------------------------------------===//

DLC_VECTOR_CLONES void transformInput(const Patch &x, const Points &to) {
  transformPatch<InputLine>(x, to);
}

DLC_VECTOR_CLONES void transformOutputGrad(const Patch &dy, const Points &to) {
  transformPatch<OutputGradLine>(dy, to);
}

DLC_VECTOR_CLONES void transformOutput(const Points &from, const float *bias,
                                       bool relu, const Patch &y) {
  for (int64_t channel = 0; channel < y.channels; channel += lanes) {
    PointVectors in(from, channel);
    Lanes added = Lanes();
    if (bias)
      getSome(added, bias + channel, y.channels - channel);
    if (isWhole(y, tileSide, channel))
      transform<OutputLine>(
          in, Activated<GridVectors>{viewInside(y, channel), added, relu});
    else
      transform<OutputLine>(in,
                            Activated<EdgeVectors>{{y, channel}, added, relu});
  }
}

//===-- Kernels -----------------------------------------------------------===//

namespace {

constexpr int64_t taps = windowSide * windowSide;

/// Some `in` channels by a panel of `out` channels at each tap, 0 beyond them.
using KernelBlock = float[taps][panelWidth][panelWidth];
constexpr int64_t tapFloats = panelWidth * panelWidth;

/// From the `in` channel `first` on. Reads whole cache lines in either case.
void copyBlock(const Kernel &kernel, int64_t first, int64_t panel,
               KernelBlock &block) {
  int64_t firstOut = panel * panelWidth;
  int64_t ins = std::min(panelWidth, kernel.in - first);
  int64_t outs = std::min(panelWidth, kernel.out - firstOut);
  std::fill_n(&block[0][0][0], taps * tapFloats, 0.0F);
  for (int64_t tap = 0; tap < taps; ++tap) {
    const float *plane = kernel.data + tap * kernel.in * kernel.out;
    if (kernel.turned) {
      auto &turned = block[taps - 1 - tap];
      for (int64_t o = 0; o < outs; ++o)
        for (int64_t i = 0; i < ins; ++i)
          turned[i][o] = plane[(firstOut + o) * kernel.in + first + i];
    } else {
      for (int64_t i = 0; i < ins; ++i)
        std::copy_n(plane + (first + i) * kernel.out + firstOut, outs,
                    block[tap][i]);
    }
  }
}

} // namespace

DLC_VECTOR_CLONES void transformKernel(const Kernel &kernel, int64_t panel,
                                       float *to, int64_t point) {
  KernelBlock block;
  for (int64_t in = 0; in < kernel.in; ++in) {
    int64_t place = in % panelWidth;
    if (place == 0)
      copyBlock(kernel, in, panel, block);
    Points points{to + in * panelWidth, point, panelWidth};
    for (int64_t lane = 0; lane < panelWidth; lane += lanes)
      transform<KernelLine>(GridVectors{&block[0][place][lane],
                                        windowSide * tapFloats, tapFloats},
                            PointVectors(points, lane));
  }
}

DLC_VECTOR_CLONES void transformKernelGrad(const Points &from, int64_t channels,
                                           float *to, int64_t tap) {
  for (int64_t channel = 0; channel < channels; channel += lanes)
    transform<KernelGradLine>(PointVectors(from, channel),
                              GridVectors{to + channel, windowSide * tap, tap,
                                          std::min(lanes, channels - channel)});
}

} // namespace dlc::host::winograd
