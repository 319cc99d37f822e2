// Kernels as people write them, by way of NVRTC, against loops on the host; and
// the mistakes that people make.
#include "compiler/emit/cuda/device/Nvrtc.h"
#include "test/tools/ptx-sim/engine/Device.h"

#include <cmath>
#include <functional>
#include <numeric>

using namespace ptxsim;

namespace {
class Compiled : public testing::Test {
protected:
  std::unique_ptr<Module> compile(const std::string &text) {
    const auto &nvrtc = dlc::emit::cuda::Nvrtc::get();
    if (!nvrtc) {
      ADD_FAILURE() << nvrtc.error().message();
      return nullptr;
    }
    auto compiled = nvrtc->compile(text, "compute_80");
    if (!compiled) {
      ADD_FAILURE() << compiled.error().message();
      return nullptr;
    }
    auto module = Module::load(compiled->image);
    if (!module) {
      ADD_FAILURE() << module.error().message;
      return nullptr;
    }
    return std::move(*module);
  }
};

struct MathFunction {
  const char *text;
  std::function<double(double)> onHost;
  double units; // In the last place that CUDA's own table allows.
};
} // namespace

static const MathFunction functions[] = {
    {"expf(a)", [](double a) { return std::exp(a); }, 2},
    {"logf(a)", [](double a) { return std::log(a); }, 1},
    {"log1pf(a)", [](double a) { return std::log1p(a); }, 1},
    {"expm1f(a)", [](double a) { return std::expm1(a); }, 1},
    {"tanhf(a)", [](double a) { return std::tanh(a); }, 2},
    {"sinf(a)", [](double a) { return std::sin(a); }, 2},
    {"cosf(a)", [](double a) { return std::cos(a); }, 2},
    {"erff(a)", [](double a) { return std::erf(a); }, 2},
    {"sqrtf(a)", [](double a) { return std::sqrt(a); }, 0},
    {"rsqrtf(a)", [](double a) { return 1 / std::sqrt(a); }, 2},
    {"1.0f / a", [](double a) { return 1 / a; }, 0},
    {"powf(a, 1.5f)", [](double a) { return std::pow(a, 1.5); }, 4},
    {"fmodf(a, 3.0f)", [](double a) { return std::fmod(a, 3); }, 0},
    {"rintf(a) + floorf(a) + roundf(a)",
     [](double a) { return std::rint(a) + std::floor(a) + std::round(a); }, 0},
    {"fminf(a, fmaxf(a, 2.0f))",
     [](double a) { return std::fmin(a, std::fmax(a, 2)); }, 0},
};

/// Distance in units of the last place of `expected`.
static double distance(float got, float expected) {
  if (std::isnan(expected) || std::isinf(expected))
    return std::isnan(got) == std::isnan(expected) &&
                   std::isinf(got) == std::isinf(expected)
               ? 0
               : INFINITY;
  float unit =
      std::nextafter(std::fabs(expected), INFINITY) - std::fabs(expected);
  return std::fabs(static_cast<double>(got) - expected) / unit;
}

TEST_F(Compiled, MathFunctions) {
  std::string text;
  for (size_t i = 0; i < std::size(functions); ++i)
    text += "extern \"C\" __global__ void k" + std::to_string(i) +
            "(const float *x, float *y, int n) {\n"
            "  int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
            "  if (i < n) { float a = x[i]; y[i] = " +
            functions[i].text + "; }\n}\n";
  auto module = compile(text);
  ASSERT_TRUE(module);
  std::vector<float> values = {NAN,   INFINITY, -INFINITY, 0,     -0.0F,
                               3e38F, 1e-40F,   -1e-40F,   88.5F, -104};
  for (int i = 0; i < 4000; ++i)
    values.push_back(static_cast<float>(std::remainder(i * 0.618, 2)) *
                     (i % 3 == 0   ? 1.0F
                      : i % 3 == 1 ? 30.0F
                                   : 1e5F));
  Device device;
  int n = static_cast<int>(values.size());
  Buffer<float> x = device.upload(values);
  Buffer<float> y = device.allocate<float>(values.size());
  for (size_t f = 0; f < std::size(functions); ++f) {
    ASSERT_EQ(device.launch(*module, ("k" + std::to_string(f)).c_str(),
                            shapeOf((n + 127) / 128, 128), x, y, n),
              "");
    for (int i = 0; i < n; ++i)
      ASSERT_LE(
          distance(y[i], static_cast<float>(functions[f].onHost(values[i]))),
          functions[f].units)
          << functions[f].text << " of " << values[i] << " is " << y[i];
  }
}

TEST_F(Compiled, PhiloxWithWideProducts) {
  auto module = compile(R"(
extern "C" __global__ void philox(uint4 *to, unsigned long long seed) {
  unsigned c0 = threadIdx.x, c1 = 0, c2 = 0, c3 = 0;
  unsigned k0 = (unsigned)seed, k1 = (unsigned)(seed >> 32);
  for (int r = 0; r < 10; ++r) {
    unsigned long long p = 0xD2511F53ull * c0, q = 0xCD9E8D57ull * c2;
    c0 = (unsigned)(q >> 32) ^ c1 ^ k0; c1 = (unsigned)q;
    c2 = (unsigned)(p >> 32) ^ c3 ^ k1; c3 = (unsigned)p;
    k0 += 0x9E3779B9u; k1 += 0xBB67AE85u;
  }
  to[threadIdx.x] = make_uint4(c0, c1, c2, c3);
})");
  ASSERT_TRUE(module);
  Device device;
  Buffer<uint32_t> to = device.allocate<uint32_t>(4 * 32);
  ASSERT_EQ(device.launch(*module, "philox", shapeOf(1, 32), to, uint64_t{0}),
            "");
  // The known answer of Philox4x32-10 for counter and key 0.
  EXPECT_EQ(to[0], 0x6627e8d5u);
  EXPECT_EQ(to[1], 0xe169c58du);
  EXPECT_EQ(to[2], 0xbc57ac4cu);
  EXPECT_EQ(to[3], 0x9b00dbd8u);
}

/// C = A B in tiles of 16; `barrier` stands where the tiles are used up, `rows`
/// is the height of the tile, `bound` that of A.
static std::string writeMatmul(const std::string &barrier,
                               const std::string &rows = "16",
                               const std::string &bound = "n") {
  return R"(
extern "C" __global__ void matmul(const float *a, const float *b, float *c,
                                  int n) {
  __shared__ float as[)" +
         rows + R"(][16];
  __shared__ float bs[16][16];
  int x = threadIdx.x % 16, y = threadIdx.x / 16;
  int row = blockIdx.y * 16 + y, column = blockIdx.x * 16 + x;
  float sum = 0;
  for (int t = 0; t < n; t += 16) {
    as[y][x] = row <= )" +
         bound + R"( - 1 && t + x < n ? a[row * n + t + x] : 0.0f;
    bs[y][x] = t + y < n && column < n ? b[(t + y) * n + column] : 0.0f;
    __syncthreads();
    for (int k = 0; k < 16; ++k)
      sum = fmaf(as[y][k], bs[k][x], sum);
    )" + barrier +
         R"(
  }
  if (row < n && column < n)
    c[row * n + column] = sum;
})";
}

static std::string runMatmul(const Module &module, uint64_t seed, int n,
                             bool checks = false) {
  Device device;
  device.options.seed = seed;
  std::vector<float> values(n * n);
  for (int i = 0; i < n * n; ++i)
    values[i] = static_cast<float>(i * 7 % 11) - 5;
  Buffer<float> a = device.upload(values);
  Buffer<float> b = device.upload(values);
  Buffer<float> c = device.allocate<float>(n * n);
  LaunchShape shape = shapeOf((n + 15) / 16, 256);
  shape.grid[1] = shape.grid[0];
  std::string message = device.launch(module, "matmul", shape, a, b, c, n);
  for (int i = 0; checks && i < n; ++i)
    for (int j = 0; j < n; ++j) {
      float sum = 0;
      for (int k = 0; k < n; ++k)
        sum += values[i * n + k] * values[k * n + j];
      EXPECT_EQ(c[i * n + j], sum);
    }
  return message;
}

TEST_F(Compiled, TiledMatmul) {
  auto module = compile(writeMatmul("__syncthreads();"));
  ASSERT_TRUE(module);
  for (uint64_t seed = 0; seed < 4; ++seed)
    EXPECT_EQ(runMatmul(*module, seed, 40, true), "");
}

TEST_F(Compiled, SeededFaultsAreFoundInEveryOrder) {
  auto dropped = compile(writeMatmul(""));
  auto shortArray = compile(writeMatmul("__syncthreads();", "15"));
  auto oneRowMore = compile(writeMatmul("__syncthreads();", "16", "(n + 1)"));
  ASSERT_TRUE(dropped && shortArray && oneRowMore);
  for (uint64_t seed = 0; seed < 16; ++seed) {
    std::string message = runMatmul(*dropped, seed, 40);
    EXPECT_NE(message.find("with no barrier between: a race"),
              std::string::npos)
        << message;
    message = runMatmul(*shortArray, seed, 40);
    EXPECT_NE(message.find("of shared memory, which no variable holds"),
              std::string::npos)
        << message;
    message = runMatmul(*oneRowMore, seed, 40);
    EXPECT_NE(message.find("past the end of the 6400 bytes"), std::string::npos)
        << message;
  }
}

/// Double-buffered copies; `wait` leaves as many groups pending as it says.
static std::string writePipeline(const std::string &wait) {
  return R"(
extern "C" __global__ void pipeline(const float4 *from, float *to, int n) {
  __shared__ float4 buffer[2][32];
  int t = threadIdx.x;
  auto fetch = [&](int step) {
    unsigned place =
        (unsigned)__cvta_generic_to_shared(&buffer[step & 1][t]);
    if (step < n)
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(place),
                   "l"(from + step * 32 + t) : "memory");
    asm volatile("cp.async.commit_group;");
  };
  float sum = 0;
  fetch(0);
  for (int step = 0; step < n; ++step) {
    fetch(step + 1);
    )" + wait +
         R"(
    __syncthreads();
    float4 v = buffer[step & 1][31 - t];
    sum += v.x + v.y + v.z + v.w;
    __syncthreads();
  }
  to[t] = sum;
})";
}

TEST_F(Compiled, PipelinesOfCopies) {
  auto right = compile(writePipeline(
      "asm volatile(\"cp.async.wait_group 1;\" ::: \"memory\");"));
  auto missing = compile(writePipeline(""));
  auto tooFew = compile(writePipeline(
      "asm volatile(\"cp.async.wait_group 2;\" ::: \"memory\");"));
  ASSERT_TRUE(right && missing && tooFew);
  for (uint64_t seed = 0; seed < 16; ++seed) {
    Device device;
    device.options.seed = seed;
    Buffer<float> from = device.upload(std::vector<float>(4 * 32 * 5, 1.0F));
    Buffer<float> to = device.allocate<float>(32);
    EXPECT_EQ(device.launch(*right, "pipeline", shapeOf(1, 32), from, to, 5),
              "");
    for (float sum : to)
      EXPECT_EQ(sum, 20);
    for (const Module *wrong : {missing.get(), tooFew.get()})
      EXPECT_NE(device.launch(*wrong, "pipeline", shapeOf(1, 32), from, to, 5)
                    .find("which the cp.async of thread"),
                std::string::npos);
  }
}

/// The last block to finish adds up what the others left, in their order.
TEST_F(Compiled, LastBlockAddsUp) {
  auto module = compile(R"(
extern "C" __global__ void sum(const float *x, float *part, float *to,
                               unsigned *count, int n) {
  __shared__ float s[128];
  __shared__ bool isLast;
  int t = threadIdx.x;
  float own = 0;
  for (int i = blockIdx.x * 128 + t; i < n; i += gridDim.x * 128)
    own += x[i];
  s[t] = own;
  __syncthreads();
  for (int o = 64; o; o >>= 1) {
    if (t < o)
      s[t] += s[t + o];
    __syncthreads();
  }
  if (t == 0) {
    part[blockIdx.x] = s[0];
    __threadfence();
    isLast = atomicAdd(count, 1u) == gridDim.x - 1;
  }
  __syncthreads();
  if (isLast && t == 0) {
    float all = 0;
    for (int i = 0; i < gridDim.x; ++i)
      all += ((volatile float *)part)[i];
    *to = all;
    *count = 0;
  }
})");
  ASSERT_TRUE(module);
  for (uint64_t seed = 0; seed < 8; ++seed) {
    Device device;
    device.options.seed = seed;
    device.options.workers = 2;
    std::vector<float> values(5000);
    std::iota(values.begin(), values.end(), 0.0F);
    Buffer<float> x = device.upload(values);
    Buffer<float> part = device.allocate<float>(20);
    Buffer<float> to = device.allocate<float>(1);
    Buffer<unsigned> count = device.upload<unsigned>({0});
    ASSERT_EQ(device.launch(*module, "sum", shapeOf(20, 128), x, part, to,
                            count, 5000),
              "");
    EXPECT_EQ(to[0], 12497500.0F);
    EXPECT_EQ(count[0], 0u);
  }
}

/// Arrays in .local memory, switches, tables of pointers, a function of its
/// own.
TEST_F(Compiled, WhatIndexingAndCallsBecome) {
  auto module = compile(R"(
__device__ __noinline__ float pick(const float *values, int i) {
  return values[i & 15];
}
extern "C" __global__ void mix(void *const *table, int n) {
  const float *from = (const float *)table[0];
  float *to = (float *)table[1];
  float local[16];
  for (int i = 0; i < n; ++i)
    local[(i * 5) & 15] = from[i];
  float value = pick(local, threadIdx.x);
  switch (from[n + threadIdx.x] < 0 ? 0 : (int)from[n + threadIdx.x]) {
  case 0: value += 1; break;
  case 1: value *= 2; break;
  case 2: value = -value; break;
  case 3: value /= 4; break;
  case 4: value -= 8; break;
  default: break;
  }
  to[threadIdx.x] = value;
})");
  ASSERT_TRUE(module);
  std::vector<float> values;
  for (int i = 0; i < 16; ++i)
    values.push_back(static_cast<float>(i + 1));
  for (int i = 0; i < 32; ++i)
    values.push_back(static_cast<float>(i % 6));
  Device device;
  Buffer<float> from = device.upload(values);
  Buffer<float> to = device.allocate<float>(32);
  Buffer<float *> table = device.upload<float *>({from.data, to.data});
  ASSERT_EQ(device.launch(*module, "mix", shapeOf(1, 32), table, 16), "");
  for (int t = 0; t < 32; ++t) {
    // 13 is the inverse of 5 modulo 16.
    float value = static_cast<float>(t * 13 % 16 + 1);
    float expected[] = {value + 1, value * 2, -value,
                        value / 4, value - 8, value};
    EXPECT_EQ(to[t], expected[t % 6]);
  }
}
