// Convolutions by cuDNN's stand-in on ptx-sim, beside sums in double: all three
// directions, all types, batches of several sizes, alone and in a graph, with
// the stage that turns the kernel round.
#include "test/runtime/cuda/OnSim.h"
#include "test/runtime/cuda/library/Numbers.h"

#include <fmt/format.h>

namespace dlc::cuda::test {
namespace {

using artifact::LibraryConvolution;
using Direction = LibraryConvolution::Direction;

constexpr int64_t maxBatch = 3;

/// In groups, with padding, strides and dilation that differ by side.
LibraryConvolution makeConvolution(Direction direction, Compute compute) {
  LibraryConvolution conv;
  conv.direction = direction;
  conv.compute = compute;
  conv.images = {1, true};
  conv.channels = 4;
  conv.filters = 6;
  conv.groups = 2;
  conv.rows = {7, 4, 3, 2, 1, 1};
  conv.columns = {6, 4, 2, 1, 2, 0};
  return conv;
}

/// Operands, the result and scratch are parameters 0, 1, ...: element i of
/// parameter `from`, a matrix of lines of `across`, goes to its transpose.
std::string writeTurn(size_t parameters, size_t from, size_t to, int64_t lines,
                      int64_t across, size_t bytes) {
  std::string list;
  for (size_t i = 0; i < parameters; ++i)
    list += fmt::format(".param .u64 p{}, ", i);
  return fmt::format(R"(
.version 7.0
.target sm_80
.address_size 64
.visible .entry turn({0}.param .u32 n)
{{
  .reg .pred %p<2>;
  .reg .b16 %h<2>;
  .reg .b32 %r<8>;
  .reg .b64 %rd<9>;
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %ntid.x;
  mov.u32 %r3, %tid.x;
  mad.lo.s32 %r4, %r1, %r2, %r3;
  setp.ge.s32 %p1, %r4, {1};
  @%p1 bra DONE;
  div.u32 %r5, %r4, {2};
  rem.u32 %r6, %r4, {2};
  mad.lo.s32 %r7, %r6, {3}, %r5;
  ld.param.u64 %rd1, [p{4}];
  ld.param.u64 %rd2, [p{5}];
  cvta.to.global.u64 %rd3, %rd1;
  cvta.to.global.u64 %rd4, %rd2;
  mul.wide.s32 %rd5, %r4, {6};
  mul.wide.s32 %rd6, %r7, {6};
  add.s64 %rd7, %rd3, %rd5;
  add.s64 %rd8, %rd4, %rd6;
  {7}
DONE:
  ret;
}}
)",
                     list, lines * across, across, lines, from, to, bytes,
                     bytes == 4 ? "ld.global.b32 %r1, [%rd7];\n"
                                  "  st.global.b32 [%rd8], %r1;"
                                : "ld.global.b16 %h1, [%rd7];\n"
                                  "  st.global.b16 [%rd8], %h1;");
}

struct Shapes {
  Shape x, kernel, y;
};

Shapes shapesOf(const LibraryConvolution &conv) {
  return {{batchDim, conv.rows.in, conv.columns.in, conv.channels},
          {conv.rows.window, conv.columns.window, conv.channels / conv.groups,
           conv.filters},
          {batchDim, conv.rows.out, conv.columns.out, conv.filters}};
}

/// Calls visit(x, kernel, y), places in our arrays, for all products.
void walk(const LibraryConvolution &conv, int64_t n, auto visit) {
  const auto &[rows, columns] = std::pair(conv.rows, conv.columns);
  int64_t channels = conv.channels / conv.groups,
          filters = conv.filters / conv.groups;
  for (int64_t image = 0; image < n; ++image)
    for (int64_t h = 0; h < rows.out; ++h)
      for (int64_t w = 0; w < columns.out; ++w)
        for (int64_t p = 0; p < rows.window; ++p)
          for (int64_t q = 0; q < columns.window; ++q) {
            int64_t row = h * rows.stride + p * rows.dilation - rows.padding;
            int64_t column =
                w * columns.stride + q * columns.dilation - columns.padding;
            if (row < 0 || row >= rows.in || column < 0 || column >= columns.in)
              continue;
            for (int64_t o = 0; o < conv.filters; ++o)
              for (int64_t c = 0; c < channels; ++c)
                visit(size_t(((image * rows.in + row) * columns.in + column) *
                                 conv.channels +
                             o / filters * channels + c),
                      size_t(((p * columns.window + q) * channels + c) *
                                 conv.filters +
                             o),
                      size_t(((image * rows.out + h) * columns.out + w) *
                                 conv.filters +
                             o));
          }
}

std::vector<double> convolve(const LibraryConvolution &conv, int64_t n,
                             const std::vector<std::vector<float>> &arrays) {
  const Shapes shapes = shapesOf(conv);
  auto make = [&](const Shape &shape) {
    return std::vector<double>(size_t(countElements(shape, n)));
  };
  const std::vector<float> &first = arrays[0], &second = arrays[1];
  std::vector<double> result;
  switch (conv.direction) {
  case Direction::Forward:
    result = make(shapes.y);
    walk(conv, n, [&](size_t x, size_t kernel, size_t y) {
      result[y] += double(first[x]) * double(second[kernel]);
    });
    break;
  case Direction::InputGrad:
    result = make(shapes.x);
    walk(conv, n, [&](size_t x, size_t kernel, size_t y) {
      result[x] += double(first[y]) * double(second[kernel]);
    });
    break;
  case Direction::KernelGrad:
    result = make(shapes.kernel);
    walk(conv, n, [&](size_t x, size_t kernel, size_t y) {
      result[kernel] += double(first[x]) * double(second[y]);
    });
    break;
  }
  for (size_t i = 0; conv.bias && i < result.size(); ++i) {
    result[i] += double(arrays[2][i % size_t(conv.filters)]);
    if (conv.relu)
      result[i] = std::max(result[i], 0.0);
  }
  return result;
}

class ConvolutionTest : public OnSim {
protected:
  artifact::Artifact make(const LibraryConvolution &conv,
                          int64_t scratchBytes = 16384) {
    artifact::Artifact made;
    made.manifest.model = "convolution";
    made.manifest.maxBatch = maxBatch;
    DType type = typeOf(conv.compute);
    ProgramBuilder builder(made, "predict");
    const Shapes shapes = shapesOf(conv);
    bool makesKernel = conv.direction == Direction::KernelGrad;
    bool makesX = conv.direction == Direction::InputGrad;
    std::vector<uint32_t> operands{
        builder.arena(type, makesX ? shapes.y : shapes.x),
        builder.arena(type, makesKernel ? shapes.y : shapes.kernel)};
    if (conv.bias)
      operands.push_back(builder.arena(type, {conv.filters}));
    uint32_t result = builder.arena(type, makesKernel ? shapes.kernel
                                          : makesX    ? shapes.x
                                                      : shapes.y);
    uint32_t scratch = builder.arena(DType::Bool, {scratchBytes});
    for (uint32_t operand : operands)
      builder.input(artifact::Port::Role::Input, "x" + std::to_string(operand),
                    operand);
    builder.output("y", result);
    builder.library("k0", "conv2d", "{}", operands, {result});
    builder.finish();
    artifact::Program &program = made.manifest.programs.back();
    program.device = artifact::onCuda;
    artifact::Launch &launch = program.launches[0];
    launch.scratch = scratch;
    launch.convolution = conv;
    int64_t taps = countElements(shapes.kernel, 1) / conv.filters;
    size_t last = operands.size() + 1; // scratch
    std::string ptx = writeTurn(
        last + 1, makesKernel ? last : 1, makesKernel ? last - 1 : last,
        makesKernel ? conv.filters : taps, makesKernel ? taps : conv.filters,
        sizeOf(type));
    made.manifest.deviceCode.push_back({"ptx", 80, made.addBlob(bytesOf(ptx))});
    launch.deviceStages = {{"turn", {taps * conv.filters}, 128}};
    return made;
  }

  static ExecutorOptions options() {
    return {.library = DLC_TEST_PTX_SIM, .cudnn = DLC_TEST_CUDNN};
  }

  /// Runs batches of several sizes: a first run, which is no graph, and two
  /// that are, in turn.
  void check(const LibraryConvolution &conv) {
    artifact::Artifact model = make(conv);
    auto valid = artifact::validate(model, "convolution");
    ASSERT_TRUE(valid) << valid.error().message();
    auto executor = Executor::create(model, options());
    ASSERT_TRUE(executor) << executor.error().message();
    auto calls = (*executor)->describeCalls(0, maxBatch);
    ASSERT_EQ(calls.size(), 1u);
    EXPECT_EQ(calls[0].second.find("turn, cudnnConvolution"), 0u);
    const artifact::Program &program = model.manifest.programs[0];
    std::mt19937 random(1);
    for (int64_t n : {3, 2, 3, 2, 1, 3, 1}) {
      std::vector<std::vector<float>> arrays;
      for (const artifact::Port &port : program.inputs) {
        size_t count =
            size_t(countElements(program.buffers[port.buffer].shape, n));
        arrays.push_back(draw(count, conv.compute, random));
        auto place = (*executor)->stageInput(0, port.buffer, 0);
        ASSERT_TRUE(place) << place.error().message();
        pack(arrays.back(), conv.compute, *place);
      }
      auto ran = (*executor)->run(0, n, 1);
      ASSERT_TRUE(ran) << ran.error().message();
      auto expected = convolve(conv, n, arrays);
      std::vector<std::byte> bytes(expected.size() *
                                   sizeOf(typeOf(conv.compute)));
      auto read = (*executor)->readBuffer(0, program.outputs[0].buffer, bytes);
      ASSERT_TRUE(read) << read.error().message();
      std::vector<float> actual = unpack(bytes, conv.compute);
      // Up to 84 products of numbers up to 1.
      for (size_t i = 0; i < expected.size(); ++i)
        ASSERT_NEAR(double(actual[i]), expected[i],
                    4 * toleranceOf(conv.compute))
            << "element " << i << ", batch " << n;
    }
  }
};

TEST_F(ConvolutionTest, IsTheSumOfProducts) {
  uint64_t calls = 0;
  for (Compute compute :
       {Compute::Ieee, Compute::Tf32, Compute::Bf16, Compute::F16})
    for (Direction direction :
         {Direction::Forward, Direction::InputGrad, Direction::KernelGrad}) {
      SCOPED_TRACE(
          fmt::format("type {}, direction {}", int(compute), int(direction)));
      check(makeConvolution(direction, compute));
      calls += 7;
    }
  // Each a call of the library's, beside the stage.
  EXPECT_EQ(countSim().libraryCalls, calls);
  EXPECT_EQ(countSim().kernels, calls);
  EXPECT_EQ(countSim().graphs, 3 * 3 * 4u);
}

TEST_F(ConvolutionTest, TakesABiasAlong) {
  for (Compute compute : {Compute::Ieee, Compute::Bf16})
    for (bool relu : {false, true}) {
      LibraryConvolution conv = makeConvolution(Direction::Forward, compute);
      conv.bias = true;
      conv.relu = relu;
      check(conv);
    }
}

TEST_F(ConvolutionTest, SaysWhatItNeeds) {
  artifact::Artifact model =
      make(makeConvolution(Direction::Forward, Compute::Ieee));
  ExecutorOptions elsewhere = options();
  elsewhere.cudnn = "/nowhere/libcudnn.so.9";
  auto executor = Executor::create(model, elsewhere);
  ASSERT_FALSE(executor);
  EXPECT_EQ(executor.error().thing,
            "program \"predict\": launch \"k0\" (fc1, fc2): cuDNN "
            "/nowhere/libcudnn.so.9");
  EXPECT_NE(executor.error().remedy.find("--libraries none"),
            std::string::npos);
  // One that needs no library opens none.
  auto other = Executor::create(tiny, elsewhere);
  EXPECT_TRUE(other) << other.error().message();
}

TEST_F(ConvolutionTest, IsRefusedBeforeTheFirstStepWhereItDoesNotFit) {
  LibraryConvolution conv = makeConvolution(Direction::Forward, Compute::Ieee);
  artifact::Artifact model = make(conv);
  model.manifest.programs[0].launches[0].convolution->rows.out = 3;
  auto executor = Executor::create(model, options());
  ASSERT_FALSE(executor);
  EXPECT_EQ(executor.error().value, "is not for cuDNN 91000 on this GPU: "
                                    "CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH");
  EXPECT_NE(executor.error().remedy.find("--libraries none"),
            std::string::npos);
}

// The kernel takes 288 bytes, and the stand-in wants as many behind it.
TEST_F(ConvolutionTest, IsRefusedBeforeTheFirstStepWhereItHasTooLittleRoom) {
  artifact::Artifact model =
      make(makeConvolution(Direction::KernelGrad, Compute::Ieee), 288 + 287);
  auto executor = Executor::create(model, options());
  ASSERT_FALSE(executor);
  EXPECT_NE(executor.error().value.find("needs 288 bytes to work in by cuDNN"),
            std::string::npos)
      << executor.error().message();
  EXPECT_NE(executor.error().remedy.find("--libraries none"),
            std::string::npos);
}

// What the stand-in is for: the library would write over what it reads.
TEST_F(ConvolutionTest, IsRefusedWhereTheResultLiesOverAnOperand) {
  artifact::Artifact model =
      make(makeConvolution(Direction::Forward, Compute::Ieee));
  artifact::Program &program = model.manifest.programs[0];
  program.buffers[2].offset = program.buffers[0].offset;
  auto executor = Executor::create(model, options());
  ASSERT_TRUE(executor) << executor.error().message();
  for (const artifact::Port &port : program.inputs)
    ASSERT_TRUE((*executor)->stageInput(0, port.buffer, 0));
  auto ran = (*executor)->run(0, 3, 1);
  ASSERT_FALSE(ran);
  EXPECT_NE(ran.error().message().find("CUDA_ERROR_INVALID_VALUE"),
            std::string::npos);
}

} // namespace
} // namespace dlc::cuda::test
