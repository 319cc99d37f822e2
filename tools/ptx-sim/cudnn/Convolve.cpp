// The convolution itself, on the simulated device's memory.
#include "tools/ptx-sim/cudnn/Convolve.h"

#include "tools/ptx-sim/driver/PtxSim.h"
#include "tools/ptx-sim/engine/math/Elements.h"

#include <cstring>
#include <vector>

namespace dlc::cuda::dnn {
namespace {

using ptxsim::Element;

Element elementOf(DataType type) {
  return type == Float  ? Element::F32
         : type == Half ? Element::F16
                        : Element::BF16;
}

size_t countOf(const OpaqueTensor &tensor) {
  return size_t(tensor.n) * size_t(tensor.c) * size_t(tensor.h) *
         size_t(tensor.w);
}
size_t countOf(const OpaqueFilter &filter) {
  return size_t(filter.k) * size_t(filter.c) * size_t(filter.h) *
         size_t(filter.w);
}

std::vector<float> read(const void *array, size_t count, DataType type,
                        bool isTf32) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) {
    values[i] = ptxsim::load(array, elementOf(type), i);
    if (isTf32)
      values[i] = ptxsim::roundToTf32(values[i]);
  }
  return values;
}

/// Pixels of y along one side, by the library's rule; 0 where the window does
/// not fit.
int countPixels(int in, int window, const OpaqueConvolution &of, int side) {
  int64_t room = int64_t(in) + 2 * int64_t(of.padding[side]) -
                 (int64_t(window - 1) * of.dilation[side] + 1);
  return room < 0 || of.stride[side] < 1 ? 0 : int(room / of.stride[side]) + 1;
}

/// Calls visit(place in x, place in w, place in y, length) for neighbouring
/// channels of a group, for each pixel and filter of y and each tap inside x.
void walk(const Convolved &it, auto visit) {
  const OpaqueTensor &x = it.xTensor, &y = it.yTensor;
  const OpaqueFilter &w = it.wFilter;
  const OpaqueConvolution &window = it.window;
  const int filters = w.k / window.groups;
  for (int n = 0; n < y.n; ++n)
    for (int h = 0; h < y.h; ++h)
      for (int v = 0; v < y.w; ++v)
        for (int p = 0; p < w.h; ++p)
          for (int q = 0; q < w.w; ++q) {
            int row = h * window.stride[0] + p * window.dilation[0] -
                      window.padding[0];
            int column = v * window.stride[1] + q * window.dilation[1] -
                         window.padding[1];
            if (row < 0 || row >= x.h || column < 0 || column >= x.w)
              continue;
            size_t pixelX =
                (size_t(n) * size_t(x.h) + size_t(row)) * size_t(x.w) +
                size_t(column);
            size_t pixelY =
                (size_t(n) * size_t(y.h) + size_t(h)) * size_t(y.w) + size_t(v);
            for (int k = 0; k < w.k; ++k)
              visit(pixelX * size_t(x.c) + size_t(k / filters * w.c),
                    ((size_t(k) * size_t(w.h) + size_t(p)) * size_t(w.w) +
                     size_t(q)) *
                        size_t(w.c),
                    pixelY * size_t(y.c) + size_t(k), size_t(w.c));
          }
}

} // namespace

bool Convolved::fits() const {
  const OpaqueTensor &x = xTensor, &y = yTensor;
  if (countOf(x) == 0 || countOf(y) == 0 || countOf(wFilter) == 0 ||
      window.groups < 1 || window.stride[0] < 1)
    return false;
  return x.type == y.type && x.type == wFilter.type && x.n == y.n &&
         x.c == wFilter.c * window.groups && y.c == wFilter.k &&
         wFilter.k % window.groups == 0 &&
         y.h == countPixels(x.h, wFilter.h, window, 0) &&
         y.w == countPixels(x.w, wFilter.w, window, 1);
}

size_t Convolved::neededBytes() const {
  return countOf(wFilter) * sizeof(float);
}

std::string Convolved::findMistake() const {
  struct Array {
    const char *name;
    const void *begin;
    size_t bytes;
  };
  const size_t each = ptxsim::bytesOf(elementOf(xTensor.type));
  Array images{"x", x, countOf(xTensor) * each};
  Array kernel{"w", w, countOf(wFilter) * each};
  Array results{"y", y, countOf(yTensor) * each};
  Array *written = direction == Direction::Forward ? &results
                   : direction == Direction::Data  ? &images
                                                   : &kernel;
  const Array all[] = {images,
                       kernel,
                       results,
                       {"the bias", bias, bias ? size_t(yTensor.c) * each : 0},
                       {"the workspace", workspace, workspaceBytes}};
  for (const Array &array : all)
    if (array.bytes > 0 && !ptxSimHolds(array.begin, array.bytes))
      return std::string("cudnnConvolution: ") + array.name + " of " +
             std::to_string(array.bytes) + " bytes is not in one allocation";
  for (const Array &array : all)
    if (array.bytes > 0 && array.begin != written->begin &&
        ptxsim::overlap(array.begin, array.bytes, written->begin,
                        written->bytes))
      return std::string("cudnnConvolution: ") + written->name +
             " is written over " + array.name;
  for (const Array &array : {images, kernel, results})
    if (ptxsim::overlap(array.begin, array.bytes, workspace, workspaceBytes))
      return std::string("cudnnConvolution: it works in ") + array.name;
  const Array *read[] = {written == &images ? &results : &images,
                         written == &kernel ? &results : &kernel};
  for (const Array *array : read)
    if (array->begin == written->begin)
      return std::string("cudnnConvolution: ") + written->name +
             " is written over " + array->name;
  return "";
}

void Convolved::compute() const {
  bool isTf32 = window.math == TensorOpMath && xTensor.type == Float;
  std::memset(workspace, 0xff, workspaceBytes);
  auto load = [&](Direction written, const void *array, size_t count) {
    return direction == written ? std::vector<float>(count)
                                : read(array, count, xTensor.type, isTf32);
  };
  std::vector<float> xs = load(Direction::Data, x, countOf(xTensor));
  std::vector<float> ws = load(Direction::Filter, w, countOf(wFilter));
  std::vector<float> ys = load(Direction::Forward, y, countOf(yTensor));
  walk(*this, [&](size_t atX, size_t atW, size_t atY, size_t length) {
    for (size_t c = 0; c < length; ++c)
      switch (direction) {
      case Direction::Forward:
        ys[atY] += xs[atX + c] * ws[atW + c];
        break;
      case Direction::Data:
        xs[atX + c] += ys[atY] * ws[atW + c];
        break;
      case Direction::Filter:
        ws[atW + c] += xs[atX + c] * ys[atY];
        break;
      }
  });
  if (bias)
    for (size_t i = 0; i < ys.size(); ++i) {
      ys[i] +=
          ptxsim::load(bias, elementOf(yTensor.type), i % size_t(yTensor.c));
      if (relu && ys[i] <= 0)
        ys[i] = 0;
    }
  auto [array, values] = direction == Direction::Forward ? std::pair(y, &ys)
                         : direction == Direction::Data  ? std::pair(x, &xs)
                                                         : std::pair(w, &ws);
  for (size_t i = 0; i < values->size(); ++i)
    ptxsim::store(array, elementOf(xTensor.type), i, (*values)[i]);
}

} // namespace dlc::cuda::dnn
