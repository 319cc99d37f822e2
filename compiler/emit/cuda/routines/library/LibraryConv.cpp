// A convolution, or a gradient of one, that cuDNN computes instead of a kernel
// of ours.
#include "compiler/emit/cuda/routines/library/LibraryConv.h"
#include "compiler/emit/cuda/routines/library/LibraryCost.h"
#include "compiler/emit/cuda/routines/window/Conv.h"

namespace dlc::emit::cuda::routines {
namespace {

using artifact::LibraryConvolution;
using Direction = LibraryConvolution::Direction;

std::optional<Direction> directionOf(llvm::StringRef routine) {
  if (routine == "conv2d")
    return Direction::Forward;
  if (routine == "conv2d_input_grad")
    return Direction::InputGrad;
  if (routine == "conv2d_kernel_grad")
    return Direction::KernelGrad;
  return std::nullopt;
}

/// The three arrays of a convolution among those of the call.
struct Arrays {
  const Array &x, &kernel, &y;
};

Arrays findArrays(const RoutineCall &call, Direction direction) {
  const Array &first = call.operands[0], &second = call.operands[1];
  switch (direction) {
  case Direction::Forward:
    return {first, second, call.result};
  case Direction::InputGrad:
    return {call.result, second, first};
  case Direction::KernelGrad:
    return {first, call.result, second};
  }
  return {first, second, call.result};
}

/// Nothing where the library's padding, which is the same on both sides, gives
/// another number of pixels. Where it gives as many the windows are the same.
std::optional<LibraryConvolution::Side> describeSide(const Conv &conv,
                                                     int dim) {
  LibraryConvolution::Side side{conv.in[dim],       conv.out[dim],
                                conv.window[dim],   conv.strides[dim],
                                conv.dilation[dim], conv.low[dim]};
  int64_t room =
      side.in + 2 * side.padding - ((side.window - 1) * side.dilation + 1);
  bool fits = room >= 0 && room / side.stride + 1 == side.out;
  return fits ? std::optional(side) : std::nullopt;
}

Expected<void> expectArrays(const RoutineCall &call, bool bias) {
  if (auto checked = call.expectFloats(bias ? 3 : 2, std::nullopt); !checked)
    return checked;
  for (const Array *array :
       {&call.operands[0], &call.operands[1], &call.result})
    if (array->shape.size() != 4)
      return call.failShapes("images and kernels have four dimensions");
  return {};
}

/// A kernel's elements as a matrix: ours has a line for each tap and channel,
/// the library's one for each filter.
constexpr int64_t tile = 32, rowsAtOnce = 8;

/// The stage that turns one into the other, tile by tile through shared memory,
/// so that both are walked along their lines.
artifact::DeviceStage writeTurn(RoutineCall &call, Code &code,
                                const LibraryConvolution &conv) {
  bool makesKernel = conv.direction == Direction::KernelGrad;
  int64_t taps =
      conv.rows.window * conv.columns.window * (conv.channels / conv.groups);
  int64_t lines = makesKernel ? conv.filters : taps;
  int64_t across = makesKernel ? taps : conv.filters;
  std::vector<std::string> names;
  if (makesKernel)
    names = {"x", "dy", "dkernel"};
  else if (conv.direction == Direction::InputGrad)
    names = {"dy", "kernel", "dx"};
  else
    names = conv.bias ? std::vector<std::string>{"x", "kernel", "bias", "y"}
                      : std::vector<std::string>{"x", "kernel", "y"};
  const char *type = typeName(call.result.dtype);
  std::string turned =
      isHalf(call.result.dtype)
          ? fmt::format("reinterpret_cast<{} *>(scratch)", type)
          : "scratch";
  const int64_t tilesAcross = ceilDiv(across, tile);
  call.openKernel(code, tile * rowsAtOnce, names, /*scratch=*/true);
  code.line("// Turns the kernel round {} cuDNN{}: {} lines of {}.",
            makesKernel ? "behind" : "for", makesKernel ? "'s call" : "", lines,
            across);
  code.line("const {} *from = {};", type, makesKernel ? turned : "kernel");
  code.line("{} *to = {};", type, makesKernel ? "dkernel" : turned);
  // Lines are an odd number of banks long.
  code.line("__shared__ {} tile[{}][{}];", type, tile,
            tile + (isHalf(call.result.dtype) ? 2 : 1));
  code.line("const int lane = threadIdx.x % {0}, warp = threadIdx.x / {0};",
            tile);
  code.line(
      "const int line = blockIdx.x / {0} * {1}, across = blockIdx.x % {0} "
      "* {1};",
      tilesAcross, tile);
  code.line("for (int i = warp; i < {}; i += {})", tile, rowsAtOnce);
  code.line("  if (line + i < {} && across + lane < {})", lines, across);
  code.line("    tile[i][lane] = from[(line + i) * {} + across + lane];",
            across);
  code.line("__syncthreads();");
  code.line("for (int i = warp; i < {}; i += {})", tile, rowsAtOnce);
  code.line("  if (across + i < {} && line + lane < {})", across, lines);
  code.line("    to[(across + i) * {} + line + lane] = tile[lane][i];", lines);
  code.close();
  artifact::DeviceStage stage;
  stage.symbol = "@NAME@";
  stage.extent = fixed(ceilDiv(lines, tile) * tilesAcross);
  stage.threads = tile * rowsAtOnce;
  return stage;
}

} // namespace

bool isConvolution(llvm::StringRef routine) {
  return directionOf(routine).has_value();
}

Expected<std::optional<LibraryConvolution>> readLibraryConv(RoutineCall &call) {
  const std::optional<LibraryConvolution> none;
  std::optional<Direction> direction = directionOf(call.routine);
  bool isForward = direction == Direction::Forward;
  LibraryConvolution result;
  result.direction = *direction;
  result.bias = isForward && call.flag("bias");
  result.relu = isForward && call.relu();
  if (auto checked = expectArrays(call, result.bias); !checked)
    return dlc::Unexpected(checked.error());
  const Arrays arrays = findArrays(call, *direction);
  auto conv = readConv(call, arrays.x, arrays.kernel, arrays.y);
  if (!conv)
    return dlc::Unexpected(conv.error());
  auto compute = toCompute(call.precision());
  auto rows = describeSide(*conv, 0), columns = describeSide(*conv, 1);
  Count biasSize =
      result.bias ? call.operands[2].count() : fixed(conv->outChannels);
  if (!compute || !rows || !columns || conv->isDepthwise() ||
      (result.relu && !result.bias) || biasSize.timesBatch ||
      biasSize.trips != conv->outChannels)
    return none;
  result.compute = *compute;
  result.images = countOf(llvm::ArrayRef(arrays.x.shape).take_front());
  result.channels = conv->inChannels;
  result.filters = conv->outChannels;
  result.groups = conv->groups;
  result.rows = *rows;
  result.columns = *columns;
  return std::optional(result);
}

Expected<KernelText> emitLibraryConv(RoutineCall &call) {
  auto conv = readLibraryConv(call);
  if (!conv)
    return dlc::Unexpected(conv.error());
  if (!*conv)
    return call.failShapes("cuDNN has no such convolution");
  Code code;
  artifact::DeviceStage stage = writeTurn(call, code, **conv);
  KernelText text{code.take(), {stage}};
  const Array &kernel = findArrays(call, (*conv)->direction).kernel;
  int64_t kernelBytes = kernel.count().trips * int64_t(sizeOf(kernel.dtype));
  text.scratchBytes = kernelBytes + convWorkspaceBytes;
  text.convolution = **conv;
  return text;
}

ProductSizes sizesOf(const LibraryConvolution &conv, int64_t maxBatch) {
  int64_t pixels =
      evaluate(conv.images, maxBatch) * conv.rows.out * conv.columns.out;
  int64_t window = conv.rows.window * conv.columns.window;
  int64_t channels = conv.channels / conv.groups,
          filters = conv.filters / conv.groups;
  switch (conv.direction) {
  case Direction::Forward:
    return {conv.groups, pixels, filters, window * channels};
  case Direction::InputGrad:
    return {conv.groups, pixels, channels, window * filters};
  case Direction::KernelGrad:
    return {conv.groups, window * channels, filters, pixels};
  }
  return {};
}

} // namespace dlc::emit::cuda::routines
