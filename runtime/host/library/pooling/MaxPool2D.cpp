// "max_pool2d" and the two routines that go with it, channels last. All three
// find the first maximum of a window, in row-major order, with the same loop:
//   max_pool2d      (x) -> y         the maximum
//   max_pool2d_grad (x, dy) -> dx    dy added where the maximum was
//   max_pool2d_pick (x, v) -> y      v where the maximum was
// Configuration: Window.h.
#include "runtime/host/Parallel.h"
#include "runtime/host/library/VectorClones.h"
#include "runtime/host/library/pooling/Window.h"

namespace dlc::host {
namespace {

/// Channels handled at once: their maxima stay in the first-level cache.
constexpr int64_t block = 64;

/// The part of a window that lies in the image.
struct Patch {
  int64_t start; // element of its first pixel, channel 0
  int64_t height, width;
  int64_t rowStride, pixelStride; // in elements

  int64_t offset(int64_t row, int64_t column) const {
    return row * rowStride + column * pixelStride;
  }
};

Patch patchOf(const Window &w, int64_t sample, int64_t row, int64_t column) {
  int64_t top = row * w.strides[0] - w.padding[0][0];
  int64_t left = column * w.strides[1] - w.padding[1][0];
  int64_t bottom = std::min(top + w.size[0], w.height);
  int64_t right = std::min(left + w.size[1], w.width);
  top = std::max<int64_t>(top, 0);
  left = std::max<int64_t>(left, 0);
  return {((sample * w.height + top) * w.width + left) * w.channels,
          bottom - top, right - left, w.width * w.channels, w.channels};
}

/// best[c] = max x[c] over the patch, where[c] = its first place in it. A NaN
/// counts as the maximum, so that it shows.
DLC_VECTOR_CLONES void findMaximum(const float *x, const Patch &patch,
                                   int64_t count, float *best, int32_t *where) {
  for (int64_t c = 0; c < count; ++c) {
    best[c] = x[c];
    where[c] = 0;
  }
  int32_t place = 0;
  for (int64_t row = 0; row < patch.height; ++row)
    for (int64_t column = 0; column < patch.width; ++column, ++place) {
      const float *pixel = x + patch.offset(row, column);
      for (int64_t c = 0; c < count; ++c) {
        bool more = pixel[c] > best[c] || pixel[c] != pixel[c];
        best[c] = more ? pixel[c] : best[c];
        where[c] = more ? place : where[c];
      }
    }
}

/// dx[c] += dy[c] at the place of the maximum.
DLC_VECTOR_CLONES void addAtMaximum(float *dx, const float *dy,
                                    const Patch &patch, int64_t count,
                                    const int32_t *where) {
  int32_t place = 0;
  for (int64_t row = 0; row < patch.height; ++row)
    for (int64_t column = 0; column < patch.width; ++column, ++place) {
      float *pixel = dx + patch.offset(row, column);
      for (int64_t c = 0; c < count; ++c)
        pixel[c] += where[c] == place ? dy[c] : 0.0f;
    }
}

/// y[c] = v[c] at the place of the maximum.
DLC_VECTOR_CLONES void pickAtMaximum(const float *v, float *y,
                                     const Patch &patch, int64_t count,
                                     const int32_t *where) {
  int32_t place = 0;
  for (int64_t row = 0; row < patch.height; ++row)
    for (int64_t column = 0; column < patch.width; ++column, ++place) {
      const float *pixel = v + patch.offset(row, column);
      for (int64_t c = 0; c < count; ++c)
        y[c] = where[c] == place ? pixel[c] : y[c];
    }
}

/// A call that is one loop over `extent` tasks.
class LoopCall final : public Call {
public:
  using Body = void (*)(const LoopCall &, int64_t begin, int64_t end);

  LoopCall(const CallSpec &spec, const Window &window, int threads,
           int64_t extent, Body body)
      : window(window), threads(threads), extent(extent), body(body) {
    for (const Argument &argument : spec.operands)
      operands[count++] = reinterpret_cast<const float *>(argument.data);
    result = reinterpret_cast<float *>(spec.results[0].data);
  }

  size_t scratchBytes() const override { return 0; }
  void bindScratch(std::byte *) override {}
  Expected<void> run() override {
    parallelFor(threads, extent, 1, [this](int64_t begin, int64_t end) {
      body(*this, begin, end);
    });
    return {};
  }
  std::string describe() const override { return "loop"; }

  const Window window;
  const float *operands[2] = {};
  float *result;

private:
  int threads;
  int count = 0;
  int64_t extent;
  Body body;
};

/// Tasks are rows of y. With `pick`, the second operand is read at the maximum.
template <bool pick>
void reduceRows(const LoopCall &call, int64_t begin, int64_t end) {
  const Window &w = call.window;
  float best[block];
  int32_t where[block];
  for (int64_t task = begin; task < end; ++task)
    for (int64_t column = 0; column < w.outWidth; ++column) {
      Patch patch = patchOf(w, task / w.outHeight, task % w.outHeight, column);
      float *y = call.result + (task * w.outWidth + column) * w.channels;
      for (int64_t c = 0; c < w.channels; c += block) {
        int64_t count = std::min(block, w.channels - c);
        const float *x = call.operands[0] + patch.start + c;
        findMaximum(x, patch, count, best, where);
        if constexpr (pick)
          pickAtMaximum(call.operands[1] + patch.start + c, y + c, patch, count,
                        where);
        else
          std::copy_n(best, count, y + c);
      }
    }
}

int64_t countBlocks(const Window &w) {
  return (w.channels + block - 1) / block;
}

/// Tasks are blocks of channels of one sample: windows may overlap, so that one
/// thread has to add all of them.
void scatterSamples(const LoopCall &call, int64_t begin, int64_t end) {
  const Window &w = call.window;
  float best[block];
  int32_t where[block];
  for (int64_t task = begin; task < end; ++task) {
    int64_t sample = task / countBlocks(w);
    int64_t c = task % countBlocks(w) * block;
    int64_t count = std::min(block, w.channels - c);
    int64_t pixels = w.height * w.width;
    for (int64_t i = 0; i < pixels; ++i)
      std::fill_n(call.result + (sample * pixels + i) * w.channels + c, count,
                  0.0f);
    for (int64_t row = 0; row < w.outHeight; ++row)
      for (int64_t column = 0; column < w.outWidth; ++column) {
        Patch patch = patchOf(w, sample, row, column);
        findMaximum(call.operands[0] + patch.start + c, patch, count, best,
                    where);
        int64_t y = (sample * w.outHeight + row) * w.outWidth + column;
        addAtMaximum(call.result + patch.start + c,
                     call.operands[1] + y * w.channels + c, patch, count,
                     where);
      }
  }
}

/// A loop over windows of images shaped like `x` that give images like `y`.
Expected<std::unique_ptr<Call>> makeLoop(const Library::Context &context,
                                         const CallSpec &spec, Config &config,
                                         const Shape &x, const Shape &y,
                                         bool scatter, LoopCall::Body body) {
  auto window = readWindow(spec, config, x, y);
  if (!window)
    return Unexpected(window.error());
  int64_t extent =
      window->n * (scatter ? countBlocks(*window) : window->outHeight);
  return std::make_unique<LoopCall>(spec, *window, context.threads, extent,
                                    body);
}

} // namespace

Expected<std::unique_ptr<Call>> makeMaxPool2D(const Library::Context &context,
                                              const CallSpec &spec,
                                              Config &config) {
  if (auto checked = expectFloats(spec, 1, 1, 4); !checked)
    return Unexpected(checked.error());
  return makeLoop(context, spec, config, spec.operands[0].shape,
                  spec.results[0].shape, false, reduceRows<false>);
}

Expected<std::unique_ptr<Call>>
makeMaxPool2DGrad(const Library::Context &context, const CallSpec &spec,
                  Config &config) {
  if (auto checked = expectFloats(spec, 2, 1, 4); !checked)
    return Unexpected(checked.error());
  if (spec.results[0].shape != spec.operands[0].shape)
    return failShapes(spec, "dx has the shape of x");
  return makeLoop(context, spec, config, spec.operands[0].shape,
                  spec.operands[1].shape, true, scatterSamples);
}

Expected<std::unique_ptr<Call>>
makeMaxPool2DPick(const Library::Context &context, const CallSpec &spec,
                  Config &config) {
  if (auto checked = expectFloats(spec, 2, 1, 4); !checked)
    return Unexpected(checked.error());
  if (spec.operands[1].shape != spec.operands[0].shape)
    return failShapes(spec, "v has the shape of x");
  return makeLoop(context, spec, config, spec.operands[0].shape,
                  spec.results[0].shape, false, reduceRows<true>);
}

} // namespace dlc::host
