// The gradient of a depthwise convolution's kernel:
//
// dkernel[p, q, 0, o] = sum over images and pixels of
//   x[h * sh + p * dh - top, w * sw + q * dw - left, o / filters] dy[h, w, o]
//
// A block adds up one row of taps for 32 filters over a slice of the pixels,
// eight pixels at a time; the last block to finish adds the slices in their
// order.
#include "compiler/emit/cuda/routines/window/Conv.h"

namespace dlc::emit::cuda::routines {

constexpr int64_t filtersOfBlock = 32, pixelsAtOnce = 8;
constexpr uint32_t threads = filtersOfBlock * pixelsAtOnce;
/// Blocks that fill a machine, and pixels that make a slice worth its result.
constexpr int64_t blocksWanted = 432, leastPixels = 64, mostSlices = 256;

static int64_t countSlices(int64_t pixels, int64_t blocksOfSlice) {
  int64_t slices = std::min(blocksWanted / blocksOfSlice, pixels / leastPixels);
  return std::clamp<int64_t>(slices, 1, mostSlices);
}

/// A thread's sums for its filter and its share of the slice's pixels.
static void addPixels(const RoutineCall &call, Code &code, const Conv &conv) {
  std::string index = call.indexType();
  code.line("float sum[{}] = {{}};", conv.window[1]);
  code.open("if (filter < {})", conv.outChannels);
  code.open("for ({} pixel = begin + threadIdx.x / {}; pixel < end; pixel += "
            "{})",
            index, filtersOfBlock, pixelsAtOnce);
  code.line("const {} image = pixel / {}, row = {}, column = {};", index,
            conv.out[0] * conv.out[1],
            coordinate("pixel", conv.out[1], conv.out[0]),
            coordinate("pixel", 1, conv.out[1]));
  code.line("const float grad = {};",
            call.read(Lanes(1), "dy",
                      fmt::format("pixel * {} + filter", conv.outChannels)));
  code.line(
      "const {} h = {};", index,
      plus(sum({times("row", conv.strides[0]), times("p", conv.dilation[0])}),
           -conv.low[0]));
  code.line("#pragma unroll");
  code.open("for (int q = 0; q < {}; ++q)", conv.window[1]);
  code.line("const {} w = {};", index,
            plus(sum({times("column", conv.strides[1]),
                      times("q", conv.dilation[1])}),
                 -conv.low[1]));
  std::string inside = insideImage(conv, "h", "w");
  if (!inside.empty())
    code.line("if ({})", inside);
  code.line("{}sum[q] = fmaf({}, grad, sum[q]);", inside.empty() ? "" : "  ",
            call.read(Lanes(1), "x",
                      fmt::format("((image * {} + h) * {} + w) * {} + {}",
                                  conv.in[0], conv.in[1], conv.inChannels,
                                  coordinate("filter", conv.filters, 0))));
  code.close();
  code.close();
  code.close();
}

/// The sums of the threads that share a filter, in their order.
static void joinPixels(const RoutineCall &call, Code &code, const Conv &conv,
                       bool sliced) {
  code.line("__shared__ float shares[{}][{}];", pixelsAtOnce, filtersOfBlock);
  code.line("#pragma unroll");
  code.open("for (int q = 0; q < {}; ++q)", conv.window[1]);
  code.line("shares[threadIdx.x / {0}][threadIdx.x % {0}] = sum[q];",
            filtersOfBlock);
  code.line("__syncthreads();");
  code.open("if (threadIdx.x < {} && filter < {})", filtersOfBlock,
            conv.outChannels);
  code.line("float total = shares[0][threadIdx.x];");
  code.line("for (int i = 1; i < {}; ++i)", pixelsAtOnce);
  code.line("  total += shares[i][threadIdx.x];");
  std::string target = fmt::format("(p * {} + q) * {} + filter", conv.window[1],
                                   conv.outChannels);
  if (sliced)
    code.line("scratch[slice * {} + {}] = total;",
              conv.window[0] * conv.window[1] * conv.outChannels, target);
  else
    code.line("dkernel[{}] = {};", target, call.round("total"));
  code.close();
  code.line("__syncthreads();");
  code.close();
}

/// The last block of its filters and taps adds up all slices.
static void joinSlices(const RoutineCall &call, Code &code, const Conv &conv,
                       int64_t slices) {
  code.line("if (!isLastBlock(&@NAME@_done[{}blockIdx.x], {}))",
            conv.window[0] == 1 ? "" : "p * gridDim.x + ", slices);
  code.line("  return;");
  code.open("for (int q = threadIdx.x / {}; q < {} && filter < {}; q += {})",
            filtersOfBlock, conv.window[1], conv.outChannels, pixelsAtOnce);
  code.line("const int place = (p * {} + q) * {} + filter;", conv.window[1],
            conv.outChannels);
  code.line("float total = 0.0f;");
  code.line("for (int other = 0; other < {}; ++other)", slices);
  code.line("  total += __ldcg(&scratch[other * {} + place]);",
            conv.window[0] * conv.window[1] * conv.outChannels);
  code.line("dkernel[place] = {};", call.round("total"));
  code.close();
}

static void writeSlices(RoutineCall &call, Code &code, const Conv &conv,
                        int64_t slices) {
  std::string index = call.indexType();
  Count pixels = countOf(llvm::ArrayRef(call.operands[1].shape).drop_back());
  if (slices > 1)
    code.line("__device__ unsigned int @NAME@_done[{}];",
              ceilDiv(conv.outChannels, filtersOfBlock) * conv.window[0]);
  call.openKernel(code, threads, {"x", "dy", "dkernel"}, slices > 1);
  code.line("// A block adds up one row of taps for {} filters over one of {} "
            "slices of the pixels.",
            filtersOfBlock, slices);
  code.line("const int filter = blockIdx.x * {0} + threadIdx.x % {0};",
            filtersOfBlock);
  code.line("const int p = {};", conv.window[0] == 1 ? "0" : "blockIdx.y");
  code.line("const {} pixels = {};", index, toText(pixels));
  if (slices > 1) {
    code.line("const int slice = blockIdx.z;");
    code.line("const {} perSlice = (pixels + {}) / {};", index, slices - 1,
              slices);
    code.line("const {} begin = slice * perSlice, end = min(begin + perSlice, "
              "pixels);",
              index);
  } else {
    code.line("const {} begin = 0, end = pixels;", index);
  }
  addPixels(call, code, conv);
  joinPixels(call, code, conv, slices > 1);
  if (slices > 1)
    joinSlices(call, code, conv, slices);
  code.close();
}

Expected<KernelText> writeDepthwiseKernelGrad(RoutineCall &call, Code &code,
                                              const Conv &conv) {
  int64_t results = call.result.count().trips;
  int64_t pixels =
      evaluate(call.operands[1].count(), call.maxBatch) / conv.outChannels;
  int64_t slices = countSlices(
      pixels, ceilDiv(conv.outChannels, filtersOfBlock) * conv.window[0]);
  writeSlices(call, code, conv, slices);

  artifact::DeviceStage stage;
  stage.symbol = "@NAME@";
  stage.extent = fixed(conv.outChannels);
  stage.perBlock = filtersOfBlock;
  stage.gridY = conv.window[0];
  stage.gridZ = slices;
  stage.threads = threads;
  KernelText kernel{code.take(), {stage}, 0};
  if (slices > 1)
    kernel.scratchBytes = results * slices * int64_t(sizeof(float));
  return kernel;
}

} // namespace dlc::emit::cuda::routines
