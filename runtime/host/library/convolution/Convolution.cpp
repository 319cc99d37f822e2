// A convolution in oneDNN's terms, and the ways of computing it that are tried.
#include "runtime/host/library/convolution/Convolution.h"

namespace dlc::host {

using dnnl::algorithm;
using dnnl::memory;
using Tag = memory::format_tag;

Expected<ConvGeometry> readConvGeometry(const CallSpec &spec, Config &config,
                                        const Shape &x, const Shape &kernel,
                                        const Shape &y) {
  Config::Pair strides = config.pair("strides", 1);
  Config::Pair dilation = config.pair("dilation", 1);
  std::array<Config::Pair, 2> padding = config.pads("padding");
  int64_t groups = config.integer("groups");
  if (auto checked = config.check(); !checked)
    return Unexpected(checked.error());
  if (groups < 1 || x[3] % groups || kernel[3] % groups ||
      x[3] / groups != kernel[2] || kernel[3] != y[3] || x[0] != y[0])
    return failShapes(spec, "the channels of x, kernel and y do not match");
  ConvGeometry geometry;
  for (int i = 0; i < 2; ++i) {
    int64_t reach = (kernel[i] - 1) * dilation[i] + 1;
    int64_t room = x[i + 1] + padding[i][0] + padding[i][1] - reach;
    if (kernel[i] < 1 || room < 0 || room / strides[i] + 1 != y[i + 1])
      return failShapes(spec, "the window gives another height or width");
    geometry.strides.push_back(strides[i]);
    geometry.dilation.push_back(dilation[i] - 1);
    geometry.low.push_back(padding[i][0]);
    geometry.high.push_back(padding[i][1]);
  }
  geometry.groups = groups;
  geometry.type = typeOf(spec.operands[0]);
  geometry.x = {x[0], x[3], x[1], x[2]};
  geometry.y = {y[0], y[3], y[1], y[2]};
  geometry.bias = {y[3]};
  if (groups == 1)
    geometry.kernel = {kernel[3], kernel[2], kernel[0], kernel[1]};
  else
    geometry.kernel = {groups, kernel[3] / groups, kernel[2], kernel[0],
                       kernel[1]};
  return geometry;
}

namespace {

/// Multiply-adds for each element that would be copied.
double countUses(const ConvGeometry &g) {
  double macs = double(g.y[1] * g.y[2] * g.y[3]) * double(g.x[1] / g.groups);
  for (size_t i = g.kernel.size() - 2; i < g.kernel.size(); ++i)
    macs *= double(g.kernel[i]);
  return macs / double(g.x[1] * g.x[2] * g.x[3] + g.y[1] * g.y[2] * g.y[3]);
}

/// Whether copies into oneDNN's own layout pay for direct convolution. One
/// thread, in channels last against its own layout with the copies:
///
/// AVX2 (Zen 3, GFLOP/s): 3x3, 64 to 64 channels, 224x224: forward 55 / 80,
///   input grad 55 / 82, kernel grad 14 / 63; 3x3, 256 to 256, 14x14: 78 / 88,
///   93 / 92, 58 / 65. First layers, 3x3, 3 to 64, 224x224: forward 82 / 47,
///   kernel grad 17 / 37; 3 to 32 channels, 112x112: kernel grad 44 / 27.
/// AVX-512 (ms): the same 3x3: 219 / 256, 273 / 303, 304 / 423; 15 / 16,
///   17 / 17, 17 / 18. 1x1, 2048 to 512, 7x7: input grad 12.3 / 9.1, kernel
///   grad 10.8 / 8.7; 1x1, 256 to 1024, 14x14: 8.2 / 8.8, 9.2 / 9.1.
bool prefersOwnLayout(const ConvGeometry &geometry, ConvDirection direction) {
  const memory::dims &kernel = geometry.kernel;
  bool onePixel = kernel.back() * kernel[kernel.size() - 2] == 1;
  // One channel a group computes too little to pay for copies, and so do
  // products of bf16, which take half the time.
  if (geometry.groups > 1 || geometry.type == memory::data_type::bf16)
    return false;
  if (hasAvx512())
    return onePixel && direction != ConvDirection::Forward &&
           countUses(geometry) >= 300;
  if (onePixel)
    return false;
  // A first layer reads little and writes much, which would be copied.
  if (geometry.x[1] < 8)
    return direction == ConvDirection::KernelGrad && geometry.y[1] >= 64;
  return true;
}

} // namespace

std::vector<ConvWay> listConvWays(const ConvGeometry &geometry,
                                  ConvDirection direction, bool winograd) {
  auto any = [&](const memory::dims &dims) {
    return describe(dims, Tag::any, geometry.type);
  };
  ConvWay channelsLast{algorithm::convolution_direct,
                       geometry.channelsLast(geometry.x), any(geometry.kernel),
                       geometry.channelsLast(geometry.y)};
  ConvWay own{algorithm::convolution_direct, any(geometry.x),
              any(geometry.kernel), any(geometry.y)};
  ConvWay keras = channelsLast;
  keras.kernel = geometry.kerasKernel();
  std::vector<ConvWay> ways = {channelsLast, own, keras};
  if (prefersOwnLayout(geometry, direction))
    std::swap(ways[0], ways[1]);
  if (winograd) {
    own.algorithm = algorithm::convolution_winograd;
    ways.insert(ways.begin(), own);
  }
  return ways;
}

} // namespace dlc::host
