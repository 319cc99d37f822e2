// The convolutions against plain loops over odd sizes, strides, paddings,
// groups and dilations.
#include "runtime/host/library/DnnlCall.h"
#include "test/runtime/host/Calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dlc::host::test {
namespace {

struct Case {
  int64_t height, width, in, out; // image and channels
  int64_t kernelHeight, kernelWidth;
  int64_t strides[2] = {1, 1};
  int64_t pads[4] = {0, 0, 0, 0}; // top, bottom, left, right
  int64_t dilation[2] = {1, 1};
  int64_t groups = 1;

  Shape x(int64_t n) const { return {n, height, width, in}; }
  Shape kernel() const { return {kernelHeight, kernelWidth, in / groups, out}; }
  Shape y(int64_t n) const {
    int64_t h = height + pads[0] + pads[1] - (kernelHeight - 1) * dilation[0];
    int64_t w = width + pads[2] + pads[3] - (kernelWidth - 1) * dilation[1];
    return {n, (h - 1) / strides[0] + 1, (w - 1) / strides[1] + 1, out};
  }
  std::string config(const std::string &more = "") const {
    return fmt::format(R"({{"strides":[{},{}],"padding":[[{},{}],[{},{}]],)"
                       R"("dilation":[{},{}],"groups":{}{}}})",
                       strides[0], strides[1], pads[0], pads[1], pads[2],
                       pads[3], dilation[0], dilation[1], groups, more);
  }
};

/// Calls body(n, row, column, o, kernelRow, kernelColumn, i, xRow, xColumn, c)
/// for every product of a convolution: i is the kernel's channel, c that of x.
template <typename Body>
void forEachProduct(const Case &c, int64_t n, Body body) {
  Shape y = c.y(n);
  for (int64_t s = 0; s < n; ++s)
    for (int64_t row = 0; row < y[1]; ++row)
      for (int64_t column = 0; column < y[2]; ++column)
        for (int64_t o = 0; o < c.out; ++o)
          for (int64_t kr = 0; kr < c.kernelHeight; ++kr)
            for (int64_t kc = 0; kc < c.kernelWidth; ++kc)
              for (int64_t i = 0; i < c.in / c.groups; ++i) {
                int64_t xr =
                    row * c.strides[0] - c.pads[0] + kr * c.dilation[0];
                int64_t xc =
                    column * c.strides[1] - c.pads[2] + kc * c.dilation[1];
                if (xr < 0 || xr >= c.height || xc < 0 || xc >= c.width)
                  continue;
                int64_t group = o / (c.out / c.groups);
                body(s, row, column, o, kr, kc, i, xr, xc,
                     group * (c.in / c.groups) + i);
              }
}

Array forward(const Case &c, const Array &x, const Array &kernel) {
  int64_t n = x.shape[0];
  Array y(c.y(n));
  forEachProduct(c, n,
                 [&](auto s, auto row, auto column, auto o, auto kr, auto kc,
                     auto i, auto xr, auto xc, auto channel) {
                   y.at({s, row, column, o}) +=
                       x.at({s, xr, xc, channel}) * kernel.at({kr, kc, i, o});
                 });
  return y;
}

Array inputGrad(const Case &c, const Array &dy, const Array &kernel) {
  int64_t n = dy.shape[0];
  Array dx(c.x(n));
  forEachProduct(c, n,
                 [&](auto s, auto row, auto column, auto o, auto kr, auto kc,
                     auto i, auto xr, auto xc, auto channel) {
                   dx.at({s, xr, xc, channel}) +=
                       dy.at({s, row, column, o}) * kernel.at({kr, kc, i, o});
                 });
  return dx;
}

Array kernelGrad(const Case &c, const Array &x, const Array &dy) {
  int64_t n = x.shape[0];
  Array dkernel(c.kernel());
  // Over all pixels of all samples, which is much for floats.
  std::vector<double> sums(dkernel.values.size());
  forEachProduct(c, n,
                 [&](auto s, auto row, auto column, auto o, auto kr, auto kc,
                     auto i, auto xr, auto xc, auto channel) {
                   int64_t place =
                       &dkernel.at({kr, kc, i, o}) - dkernel.values.data();
                   sums[size_t(place)] += double(x.at({s, xr, xc, channel})) *
                                          dy.at({s, row, column, o});
                 });
  std::ranges::copy(sums, dkernel.values.begin());
  return dkernel;
}

std::vector<Case> listCases() {
  return {
      {9, 9, 1, 32, 3, 3},
      {9, 7, 3, 8, 3, 3, {1, 1}, {1, 1, 1, 1}},
      {9, 7, 3, 5, 3, 3, {2, 2}, {0, 1, 0, 1}},
      {8, 8, 32, 16, 1, 1},
      {8, 8, 32, 16, 1, 1, {2, 2}},
      {12, 15, 4, 3, 1, 1, {3, 3}},
      {12, 12, 3, 8, 1, 1, {2, 2}},
      {16, 16, 1, 8, 1, 1, {4, 4}},
      {12, 12, 12, 8, 1, 1, {2, 2}},
      {12, 12, 20, 8, 1, 1, {2, 2}},
      {12, 12, 8, 8, 1, 1, {2, 2}, {0, 0, 0, 0}, {1, 1}, 2},
      {11, 8, 4, 6, 5, 3, {2, 1}, {2, 2, 1, 1}},
      {11, 9, 5, 7, 2, 4, {3, 2}, {0, 1, 1, 2}},
      {12, 12, 8, 8, 3, 3, {1, 1}, {2, 2, 2, 2}, {2, 2}},
      {12, 10, 3, 4, 3, 2, {1, 1}, {0, 0, 0, 0}, {3, 2}},
      {7, 7, 8, 8, 3, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}, 8},
      {7, 7, 16, 16, 3, 3, {2, 2}, {1, 1, 1, 1}, {1, 1}, 16},
      {7, 7, 5, 10, 3, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}, 5},
      {7, 6, 6, 4, 3, 3, {1, 1}, {1, 0, 0, 1}, {1, 1}, 2},
      {7, 6, 32, 64, 3, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}, 4},
      {4, 4, 3, 3, 4, 4},
      // Copied into blocks of channels that they do not fill.
      {9, 7, 20, 70, 3, 3, {1, 1}, {1, 1, 1, 1}},
      {8, 8, 3, 64, 3, 3, {1, 1}, {1, 1, 1, 1}},
  };
}

void expectEqualsLoop(const Case &c, int64_t n, DType dtype, unsigned seed) {
  SCOPED_TRACE(c.config() + formatShape(c.x(n)) + formatShape(c.kernel()));
  SCOPED_TRACE(nameOf(dtype));
  Array x = Array::random(c.x(n), seed).rounded(dtype);
  Array kernel = Array::random(c.kernel(), seed + 1).rounded(dtype);
  Array dy = Array::random(c.y(n), seed + 2).rounded(dtype);
  double limit = limitOf(dtype);
  expectNear(call("conv2d", c.config(), {x, kernel}, c.y(n)),
             forward(c, x, kernel), limit);
  expectNear(call("conv2d_input_grad", c.config(), {dy, kernel}, c.x(n)),
             inputGrad(c, dy, kernel), limit);
  expectNear(call("conv2d_kernel_grad", c.config(), {x, dy}, c.kernel()),
             kernelGrad(c, x, dy), limit);
}

TEST(Conv2D, EqualsLoop) {
  unsigned seed = 0;
  for (const Case &c : listCases())
    for (int64_t n : {1, 3})
      for (DType dtype : floatTypes)
        expectEqualsLoop(c, n, dtype, seed += 3);
}

/// Where the processor has such instructions.
TEST(Conv2D, MultipliesBf16AsSuch) {
  Case c{14, 14, 64, 64, 3, 3, {1, 1}, {1, 1, 1, 1}};
  Array x = Array::random(c.x(2), 1).rounded(DType::BF16);
  Array kernel = Array::random(c.kernel(), 2).rounded(DType::BF16);
  std::string names[3];
  call("conv2d", c.config(), {x, kernel}, c.y(2), &names[0]);
  call("conv2d_input_grad", c.config(), {x, kernel}, c.x(2), &names[1]);
  call("conv2d_kernel_grad", c.config(), {x, x}, c.kernel(), &names[2]);
  for (const std::string &name : names) {
    EXPECT_EQ(name.find("bf16") != std::string::npos, hasBf16()) << name;
    EXPECT_EQ(name.starts_with("widened"), !hasBf16()) << name;
  }
}

/// Three by three: sizes that are no multiples of a tile, channels that fill no
/// block or vector, padding on no, one and both sides, images smaller than a
/// tile, and one that takes several blocks of tiles.
std::vector<Case> listWinogradCases() {
  std::vector<Case> cases;
  for (auto [height, width] :
       {std::pair<int64_t, int64_t>{13, 10}, {8, 5}, {3, 4}})
    for (auto [in, out] : {std::pair<int64_t, int64_t>{32, 16}, {20, 40}})
      for (std::array<int64_t, 4> pads : {std::array<int64_t, 4>{0, 0, 0, 0},
                                          {1, 1, 1, 1},
                                          {0, 1, 1, 0},
                                          {0, 2, 0, 2},
                                          {2, 0, 2, 0}}) {
        Case c{height, width, in, out, 3, 3};
        std::ranges::copy(pads, c.pads);
        cases.push_back(c);
      }
  cases.push_back({86, 85, 17, 9, 3, 3, {1, 1}, {1, 1, 1, 1}});
  return cases;
}

const char *const winograd = R"(,"winograd":true)";

TEST(Conv2D, WinogradEqualsLoop) {
  // Tiles are transformed by numbers up to 8, which costs a digit.
  const double limit = 3e-6;
  unsigned seed = 900;
  for (const Case &c : listWinogradCases())
    for (int64_t n : {1, 3}) {
      SCOPED_TRACE(c.config() + formatShape(c.x(n)) + formatShape(c.kernel()));
      Array x = Array::random(c.x(n), ++seed);
      Array kernel = Array::random(c.kernel(), ++seed);
      Array bias = Array::random({c.out}, ++seed);
      Array dy = Array::random(c.y(n), ++seed);
      Array wanted = forward(c, x, kernel);
      expectNear(call("conv2d", c.config(winograd), {x, kernel}, c.y(n)),
                 wanted, limit);
      for (size_t i = 0; i < wanted.values.size(); ++i)
        wanted.values[i] =
            std::max(wanted.values[i] + bias.values[i % size_t(c.out)], 0.0f);
      std::string more =
          winograd + std::string(R"(,"bias":true,"activation":"relu")");
      expectNear(call("conv2d", c.config(more), {x, kernel, bias}, c.y(n)),
                 wanted, limit);
      expectNear(
          call("conv2d_input_grad", c.config(winograd), {dy, kernel}, c.x(n)),
          inputGrad(c, dy, kernel), limit);
      expectNear(
          call("conv2d_kernel_grad", c.config(winograd), {x, dy}, c.kernel()),
          kernelGrad(c, x, dy), 2 * limit);
    }
}

TEST(Conv2D, WinogradRunsWhereItIsMarked) {
  auto name = [](const Case &c) {
    std::string names;
    call("conv2d", c.config(winograd),
         {Array::random(c.x(2), 1), Array::random(c.kernel(), 2)}, c.y(2),
         &names);
    return names;
  };
  auto isWinograd = [](const std::string &names) {
    return names.find("wino") != std::string::npos;
  };
  EXPECT_TRUE(isWinograd(name({14, 14, 64, 64, 3, 3})));
  // Windows that it does not suit are computed another way.
  EXPECT_FALSE(isWinograd(name({14, 14, 32, 32, 3, 3, {2, 2}})));
  EXPECT_FALSE(isWinograd(name({14, 14, 32, 32, 5, 5})));
}

TEST(Conv2D, WinogradShowsNaNThroughRelu) {
  Case c{14, 14, 32, 32, 3, 3, {1, 1}, {1, 1, 1, 1}};
  Array x = Array::random(c.x(2), 1), kernel = Array::random(c.kernel(), 2);
  x.at({1, 6, 6, 5}) = NAN;
  Array y = call("conv2d",
                 c.config(winograd + std::string(R"(,"activation":"relu")")),
                 {x, kernel}, c.y(2));
  // All windows that read it, and no other sample.
  for (int64_t row : {5, 6, 7})
    for (int64_t column : {5, 6, 7})
      for (int64_t o = 0; o < c.out; ++o)
        EXPECT_TRUE(std::isnan(y.at({1, row, column, o})));
  for (int64_t i = 0; i < 14 * 14 * c.out; ++i)
    EXPECT_FALSE(std::isnan(y.values[size_t(i)]));
  // Nor what is further off than a tile reaches.
  for (int64_t row = 0; row < 14; ++row)
    for (int64_t column = 0; column < 14; ++column)
      if (std::max(std::abs(row - 6), std::abs(column - 6)) > 4)
        for (int64_t o = 0; o < c.out; ++o)
          EXPECT_FALSE(std::isnan(y.at({1, row, column, o})));
}

TEST(Conv2D, WinogradKeepsNaNInItsChannel) {
  Case c{14, 14, 64, 64, 3, 3, {1, 1}, {1, 1, 1, 1}};
  Array x = Array::random(c.x(2), 1), dy = Array::random(c.y(2), 2);
  x.at({1, 6, 6, 5}) = NAN;
  Array dkernel =
      call("conv2d_kernel_grad", c.config(winograd), {x, dy}, c.kernel());
  for (int64_t row = 0; row < 3; ++row)
    for (int64_t column = 0; column < 3; ++column)
      for (int64_t i = 0; i < c.in; ++i)
        for (int64_t o = 0; o < c.out; ++o)
          EXPECT_EQ(std::isnan(dkernel.at({row, column, i, o})), i == 5);
}

TEST(Conv2D, WinogradSameThreadsSameBits) {
  Case c{14, 14, 64, 32, 3, 3, {1, 1}, {1, 1, 1, 1}};
  Array x = Array::random(c.x(5), 1), dy = Array::random(c.y(5), 2);
  auto run = [&] {
    return call("conv2d_kernel_grad", c.config(winograd), {x, dy}, c.kernel())
        .values;
  };
  EXPECT_EQ(run(), run());
}

TEST(Conv2D, OwnWinogradHasTheSameBitsOnAnyThreads) {
  if (hasAvx512())
    GTEST_SKIP() << "oneDNN's code runs here";
  Case c{62, 63, 40, 72, 3, 3, {1, 1}, {1, 1, 1, 1}};
  Array x = Array::random(c.x(3), 1), dy = Array::random(c.y(3), 2);
  Array kernel = Array::random(c.kernel(), 3);
  auto run = [&](int threads) {
    auto values = [&](const char *routine, std::vector<Array> operands,
                      Shape result) {
      return call(routine, c.config(winograd), std::move(operands),
                  std::move(result), nullptr, threads)
          .values;
    };
    return std::array{values("conv2d", {x, kernel}, c.y(3)),
                      values("conv2d_input_grad", {dy, kernel}, c.x(3)),
                      values("conv2d_kernel_grad", {x, dy}, c.kernel())};
  };
  auto alone = run(1);
  EXPECT_EQ(alone, run(1));
  EXPECT_EQ(alone, run(2));
  EXPECT_EQ(alone, run(3));
}

TEST(Conv2D, AddsBiasAndActivates) {
  unsigned seed = 500;
  for (const Case &c : listCases())
    for (bool bias : {false, true})
      for (bool relu : {false, true}) {
        std::string config =
            c.config((bias ? R"(,"bias":true)" : "") +
                     std::string(relu ? R"(,"activation":"relu")" : ""));
        SCOPED_TRACE(config + formatShape(c.x(2)));
        Array x = Array::random(c.x(2), ++seed);
        Array kernel = Array::random(c.kernel(), ++seed);
        Array added = Array::random({c.out}, ++seed);
        Array wanted = forward(c, x, kernel);
        for (size_t i = 0; i < wanted.values.size(); ++i) {
          if (bias)
            wanted.values[i] += added.values[i % size_t(c.out)];
          if (relu)
            wanted.values[i] = std::max(wanted.values[i], 0.0f);
        }
        std::vector<Array> operands = {x, kernel};
        if (bias)
          operands.push_back(added);
        expectNear(call("conv2d", config, operands, wanted.shape), wanted,
                   1e-6);
      }
}

TEST(Conv2D, ShowsNaNThroughRelu) {
  for (const Case &c : listCases()) {
    Array x(c.x(2), NAN), kernel = Array::random(c.kernel(), 1);
    Array y = call("conv2d", c.config(R"(,"activation":"relu")"), {x, kernel},
                   c.y(2));
    for (float value : y.values)
      ASSERT_TRUE(std::isnan(value)) << c.config();
  }
}

void expectNoReferenceCode(const Case &c, int64_t n, DType dtype) {
  Array x = Array::random(c.x(n), 1).rounded(dtype);
  Array dy = Array::random(c.y(n), 2).rounded(dtype);
  Array weights = Array::random(c.kernel(), 3).rounded(dtype);
  Array bias = Array::random({c.out}, 4).rounded(dtype);
  std::string names[4];
  call("conv2d", c.config(R"(,"bias":true,"activation":"relu")"),
       {x, weights, bias}, c.y(n), &names[0]);
  call("conv2d", c.config(), {x, weights}, c.y(n), &names[1]);
  call("conv2d_input_grad", c.config(), {dy, weights}, c.x(n), &names[2]);
  call("conv2d_kernel_grad", c.config(), {x, dy}, c.kernel(), &names[3]);
  for (const std::string &name : names)
    EXPECT_EQ(name.find("ref"), std::string::npos)
        << name << " for " << c.config() << formatShape(c.x(n));
}

TEST(Conv2D, NeverRunsReferenceCode) {
  for (int64_t in : {1, 3, 32})
    for (int64_t kernel : {1, 3})
      for (int64_t stride : {1, 2})
        for (int64_t n : {1, 7, 128})
          for (DType dtype : {DType::F32, DType::BF16}) {
            int64_t pad = kernel / 2;
            Case c{14,
                   14,
                   in,
                   32,
                   kernel,
                   kernel,
                   {stride, stride},
                   {pad, pad, pad, pad}};
            expectNoReferenceCode(c, n, dtype);
          }
}

TEST(Conv2D, CopiesImagesWhereItPays) {
  auto countSteps = [](const Case &c) {
    std::string names;
    call("conv2d_kernel_grad", c.config(),
         {Array::random(c.x(2), 1), Array::random(c.y(2), 2)}, c.kernel(),
         &names);
    return 1 + std::ranges::count(names, ',');
  };
  // x, dy and the kernel's gradient have other layouts than Keras', but with
  // AVX-512 only the last: its code for channels last is as fast.
  EXPECT_EQ(countSteps({14, 14, 64, 64, 3, 3, {1, 1}, {1, 1, 1, 1}}),
            hasAvx512() ? 2 : 4);
  EXPECT_EQ(countSteps({7, 7, 1024, 1024, 1, 1}), hasAvx512() ? 4 : 2);
  // A matrix product, and one channel a group: only the kernel has.
  EXPECT_LE(countSteps({14, 14, 64, 64, 1, 1}), 2);
  EXPECT_LE(
      countSteps({14, 14, 64, 64, 3, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}, 64}), 2);
}

TEST(Conv2D, SameThreadsSameBits) {
  Case c{14, 14, 16, 32, 3, 3, {1, 1}, {1, 1, 1, 1}};
  Array x = Array::random(c.x(5), 1), dy = Array::random(c.y(5), 2);
  auto run = [&] {
    return call("conv2d_kernel_grad", c.config(), {x, dy}, c.kernel()).values;
  };
  EXPECT_EQ(run(), run());
}

TEST(Conv2D, RefusesWhatDoesNotFit) {
  Case c{9, 7, 4, 6, 3, 3, {1, 1}, {1, 1, 1, 1}};
  EXPECT_EQ(mistake("conv2d", c.config(), {c.x(2), c.kernel()}, c.y(2)), "");
  EXPECT_NE(mistake("conv2d", c.config(), {c.x(2), c.kernel()}, c.y(1)), "");
  EXPECT_NE(mistake("conv2d", c.config(), {c.x(2), {3, 3, 5, 6}}, c.y(2)), "");
  EXPECT_NE(mistake("conv2d", c.config(), {c.x(2), {9, 9, 4, 6}}, c.y(2)), "");
  EXPECT_NE(mistake("conv2d", c.config(), {c.x(2), {4, 6}}, c.y(2)), "");
  EXPECT_NE(mistake("conv2d", c.config(R"(,"bias":true)"),
                    {c.x(2), c.kernel(), {5}}, c.y(2)),
            "");
  Case zero = c;
  zero.strides[0] = 0;
  EXPECT_NE(mistake("conv2d", zero.config(), {c.x(2), c.kernel()}, c.y(2)), "");
  Case negative = c;
  negative.pads[0] = -1;
  EXPECT_NE(mistake("conv2d", negative.config(), {c.x(2), c.kernel()}, c.y(2)),
            "");
}

} // namespace
} // namespace dlc::host::test
