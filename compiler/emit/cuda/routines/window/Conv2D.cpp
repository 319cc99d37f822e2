// "conv2d" and its two gradients, channels last, as matrix products whose
// factors are never written down (implicit GEMM). The configuration is that of
// runtime/host/library/convolution/Conv2D.cpp.
#include "compiler/emit/cuda/routines/library/LibraryConv.h"
#include "compiler/emit/cuda/routines/product/Product.h"
#include "compiler/emit/cuda/routines/window/Conv.h"

namespace dlc::emit::cuda::routines {
namespace {

std::string inGroup(const Conv &conv, int64_t channels) {
  return conv.groups == 1 ? "0" : fmt::format("group * {}", channels);
}

Count pixels(const Array &images) {
  return countOf(llvm::ArrayRef(images.shape).drop_back());
}

/// Element of x under tap `tap` (an index over the window and a group's
/// channels) at pixel `pixel` of y.
Place locateInput(Code &code, const Conv &conv, const std::string &index,
                  const std::string &pixel, const std::string &tap) {
  std::string group = inGroup(conv, conv.channels);
  if (conv.isPointwise())
    return {sum({times(pixel, conv.inChannels), group, tap}), ""};
  std::string row =
      times(coordinate(pixel, conv.out[1], conv.out[0]), conv.strides[0]);
  std::string column =
      times(coordinate(pixel, 1, conv.out[1]), conv.strides[1]);
  std::string tapRow = times(coordinate(tap, conv.window[1] * conv.channels, 0),
                             conv.dilation[0]);
  if (conv.window[0] == 1)
    tapRow = "0";
  std::string tapColumn =
      times(coordinate(tap, conv.channels, conv.window[1]), conv.dilation[1]);
  code.line("const {} h = {};", index, plus(sum({row, tapRow}), -conv.low[0]));
  code.line("const {} w = {};", index,
            plus(sum({column, tapColumn}), -conv.low[1]));
  bool oneTap = conv.window[0] * conv.window[1] == 1;
  std::string channel = oneTap ? tap : coordinate(tap, 1, conv.channels);
  std::string image = coordinate(pixel, conv.out[0] * conv.out[1], 0);
  return {sum({fmt::format("(({} * {} + h) * {} + w) * {}", image, conv.in[0],
                           conv.in[1], conv.inChannels),
               group, channel}),
          insideImage(conv, "h", "w")};
}

Expected<void> expectImages(const RoutineCall &call, size_t operands) {
  if (auto checked = call.expectFloats(operands, std::nullopt); !checked)
    return checked;
  for (size_t i = 0; i < 2; ++i)
    if (call.operands[i].shape.size() != 4 || call.result.shape.size() != 4)
      return call.failShapes("images and kernels have four dimensions");
  return {};
}

} // namespace

// y[pixel, filter] = sum over taps of x[pixel, tap] kernel[tap, filter]
Expected<KernelText> emitConv2D(RoutineCall &call) {
  if (call.byLibrary)
    return emitLibraryConv(call);
  bool bias = call.flag("bias"), relu = call.relu();
  if (auto checked = expectImages(call, bias ? 3 : 2); !checked)
    return dlc::Unexpected(checked.error());
  const Array &x = call.operands[0], &kernel = call.operands[1];
  auto read = readConv(call, x, kernel, call.result);
  if (!read)
    return dlc::Unexpected(read.error());
  const Conv &conv = *read;
  Count biasSize = bias ? call.operands[2].count() : fixed(conv.outChannels);
  if (biasSize.timesBatch || biasSize.trips != conv.outChannels)
    return call.failShapes("the bias is as long as the channels of y");

  Code code;
  call.note = conv.describe();
  if (conv.isDepthwise())
    return writeDepthwise(call, code, conv, bias, relu);
  std::string index = call.indexType();
  Product product;
  product.parts = fixed(conv.groups);
  product.partName = "group";
  product.sharesColumns = conv.groups == 1;
  product.rows = pixels(call.result);
  product.columns = fixed(conv.filters);
  product.depth = fixed(conv.window[0] * conv.window[1] * conv.channels);
  product.left = {"x", true, widthOf(call, conv.channels), [=](Code &code) {
                    return locateInput(code, conv, index, "row", "k");
                  }};
  std::string filter =
      sum({inGroup(conv, conv.filters), indexOver("column", product.columns)});
  product.right = {"kernel", false, widthOf(call, conv.filters), [=](Code &) {
                     return Place{sum({times("k", conv.outChannels), filter}),
                                  ""};
                   }};
  std::string line = indexOver("row", product.rows);
  product.locate = [=](Code &) {
    return Place{sum({times(line, conv.outChannels), filter}), ""};
  };
  product.vectorResult = conv.filters % 4 == 0;
  product.relu = relu;
  std::vector<std::string> names{"x", "kernel"};
  if (bias) {
    product.bias = filter;
    names.emplace_back("bias");
  }
  names.emplace_back("y");
  return writeProduct(call, code, product, names);
}

// dkernel[tap, filter] = sum over pixels of x[pixel, tap] dy[pixel, filter]
Expected<KernelText> emitConv2DKernelGrad(RoutineCall &call) {
  if (call.byLibrary)
    return emitLibraryConv(call);
  if (auto checked = expectImages(call, 2); !checked)
    return dlc::Unexpected(checked.error());
  const Array &x = call.operands[0], &dy = call.operands[1];
  auto read = readConv(call, x, call.result, dy);
  if (!read)
    return dlc::Unexpected(read.error());
  const Conv &conv = *read;

  Code code;
  call.note = conv.describe();
  if (conv.isDepthwise())
    return writeDepthwiseKernelGrad(call, code, conv);
  std::string index = call.indexType();
  Product product;
  product.parts = fixed(conv.groups);
  product.partName = "group";
  product.sharesColumns = conv.groups == 1;
  product.rows = fixed(conv.window[0] * conv.window[1] * conv.channels);
  product.columns = fixed(conv.filters);
  product.depth = pixels(dy);
  product.left = {"x", false, widthOf(call, conv.channels), [=](Code &code) {
                    return locateInput(code, conv, index, "k", "row");
                  }};
  std::string filter =
      sum({inGroup(conv, conv.filters), indexOver("column", product.columns)});
  product.right = {"dy", false, widthOf(call, conv.filters), [=](Code &) {
                     return Place{sum({times("k", conv.outChannels), filter}),
                                  ""};
                   }};
  std::string line = indexOver("row", product.rows);
  product.locate = [=](Code &) {
    return Place{sum({times(line, conv.outChannels), filter}), ""};
  };
  product.vectorResult = conv.filters % 4 == 0;
  return writeProduct(call, code, product, {"x", "dy", "dkernel"});
}

} // namespace dlc::emit::cuda::routines
