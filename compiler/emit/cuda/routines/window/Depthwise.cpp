// Depthwise convolutions: each channel has windows of its own, so that there is
// no product to tile. Forward and the input's gradient are one thread a result
// (four channels where they are aligned); the kernel's gradient is a reduction
// over the pixels, channel by channel.
#include "compiler/emit/cuda/routines/ElementWalk.h"
#include "compiler/emit/cuda/routines/product/Product.h"
#include "compiler/emit/cuda/routines/window/Conv.h"

namespace dlc::emit::cuda::routines {

/// Declares channel, column, row and image of `place`.
static void splitPlace(Code &code, const std::string &index,
                       std::array<int64_t, 2> size, int64_t channels,
                       const char *channel) {
  code.line("const {} {} = {};", index, channel,
            coordinate("place", 1, channels));
  code.line("const {} column = {}, row = {};", index,
            coordinate("place", channels, size[1]),
            coordinate("place", channels * size[1], size[0]));
  code.line("const {} image = place / {};", index,
            channels * size[1] * size[0]);
}

static void multiplyAdd(Code &code, const Lanes &lanes) {
  for (const char *part : lanes.parts())
    code.line("value{0} = fmaf(factor{0}, weight{0}, value{0});", part);
}

// y[h, w, o] = sum over taps of x[h * sh + p * dh - top, ..., o / filters]
//              kernel[p, q, 0, o]
Expected<KernelText> writeDepthwise(RoutineCall &call, Code &code,
                                    const Conv &conv, bool bias, bool relu) {
  std::string index = call.indexType();
  Lanes lanes =
      lanesFor(conv.filters == 1 && call.mayWiden() ? conv.outChannels : 1);
  std::vector<std::string> names{"x", "kernel", "y"};
  if (bias)
    names.insert(names.begin() + 2, "bias");

  ElementWalk walk(call, code, lanes);
  walk.open(names);
  splitPlace(code, index, conv.out, conv.outChannels, "filter");
  std::string channel = conv.filters == 1
                            ? std::string("filter")
                            : fmt::format("filter / {}", conv.filters);
  code.line("{} value = {};", lanes.type(), lanes.all("0.0f"));
  code.line("#pragma unroll");
  code.open("for (int p = 0; p < {}; ++p)", conv.window[0]);
  code.line("#pragma unroll");
  code.open("for (int q = 0; q < {}; ++q)", conv.window[1]);
  code.line(
      "const {} h = {};", index,
      plus(sum({times("row", conv.strides[0]), times("p", conv.dilation[0])}),
           -conv.low[0]));
  code.line("const {} w = {};", index,
            plus(sum({times("column", conv.strides[1]),
                      times("q", conv.dilation[1])}),
                 -conv.low[1]));
  std::string inside = insideImage(conv, "h", "w");
  if (!inside.empty())
    code.open("if ({})", inside);
  code.line(
      "const {} factor = {};", lanes.type(),
      call.read(lanes, "x",
                fmt::format("((image * {} + h) * {} + w) * {} + {}", conv.in[0],
                            conv.in[1], conv.inChannels, channel)));
  code.line("const {} weight = {};", lanes.type(),
            call.read(lanes, "kernel",
                      fmt::format("(p * {} + q) * {} + filter", conv.window[1],
                                  conv.outChannels)));
  multiplyAdd(code, lanes);
  if (!inside.empty())
    code.close();
  code.close();
  code.close();
  writeEpilogue(call, code, lanes, bias ? "filter" : "", relu);
  return walk.close("value", "filter");
}

/// Declares `variable`, the place in dy that tap `tap` takes `pixel` to, and
/// skips taps that take it nowhere.
static void enterTap(Code &code, const Conv &conv, const std::string &index,
                     int dim, const char *variable, const char *pixel,
                     const char *tap) {
  int64_t stride = conv.strides[dim];
  code.line("const {} {}Distance = {} - {};", index, variable,
            plus(pixel, conv.low[dim]), times(tap, conv.dilation[dim]));
  code.line("const {0} {1} = {1}Distance / {2};", index, variable, stride);
  std::string exact =
      stride == 1 ? ""
                  : fmt::format(" || {}Distance % {} != 0", variable, stride);
  code.line("if ({0}Distance < 0{1} || {0} >= {2})", variable, exact,
            conv.out[dim]);
  code.line("  continue;");
}

// dx[h, w, c] = sum over taps and the channel's filters o of
//   dy[(h + top - p * dh) / sh, ..., o] kernel[p, q, 0, o]
Expected<KernelText> writeDepthwiseInputGrad(RoutineCall &call, Code &code,
                                             const Conv &conv) {
  std::string index = call.indexType();
  Lanes lanes =
      lanesFor(conv.filters == 1 && call.mayWiden() ? conv.inChannels : 1);
  ElementWalk walk(call, code, lanes);
  walk.open({"dy", "kernel", "dx"});
  splitPlace(code, index, conv.in, conv.inChannels, "channel");
  code.line("{} value = {};", lanes.type(), lanes.all("0.0f"));
  code.open("for (int p = 0; p < {}; ++p)", conv.window[0]);
  enterTap(code, conv, index, 0, "h", "row", "p");
  code.open("for (int q = 0; q < {}; ++q)", conv.window[1]);
  enterTap(code, conv, index, 1, "w", "column", "q");
  std::string filter = "channel";
  if (conv.filters != 1) {
    code.open("for (int i = 0; i < {}; ++i)", conv.filters);
    filter = fmt::format("channel * {} + i", conv.filters);
  }
  code.line("const {} factor = {};", lanes.type(),
            call.read(lanes, "dy",
                      fmt::format("((image * {} + h) * {} + w) * {} + {}",
                                  conv.out[0], conv.out[1], conv.outChannels,
                                  filter)));
  code.line("const {} weight = {};", lanes.type(),
            call.read(lanes, "kernel",
                      fmt::format("(p * {} + q) * {} + {}", conv.window[1],
                                  conv.outChannels, filter)));
  multiplyAdd(code, lanes);
  if (conv.filters != 1)
    code.close();
  code.close();
  code.close();
  return walk.close("value", "channel");
}

} // namespace dlc::emit::cuda::routines
