// Accuracy of each function of f32 against double precision, over every float
// of a coarse sweep of all exponents and signs and a fine one of small numbers.
#include "test/compiler/emit/host/HostCode.h"

#include "llvm/Support/FormatVariadic.h"
#include <bit>
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

namespace {

struct Function {
  const char *op;
  double (*exact)(double);
  /// The largest error, in units of the last place of the exact result.
  double ulps;
};

} // namespace

static double rsqrt(double x) { return 1 / std::sqrt(x); }

static const Function functions[] = {
    {"exp", std::exp, 1.5},      {"expm1", std::expm1, 2},
    {"log", std::log, 1.5},      {"log1p", std::log1p, 2},
    {"tanh", std::tanh, 3},      {"erf", std::erf, 2},
    {"sqrt", std::sqrt, 0.5001}, {"rsqrt", rsqrt, 1.5},
    {"sin", std::sin, 1},        {"cos", std::cos, 1},
};

/// Every 4001st float of all 2^32, then 2^18 between -8 and 8, then the values
/// that break formulas.
static std::vector<float> sweep() {
  std::vector<float> x;
  for (uint64_t bits = 0; bits < (uint64_t(1) << 32); bits += 4001)
    x.push_back(std::bit_cast<float>(uint32_t(bits)));
  for (int i = -(1 << 17); i < (1 << 17); ++i)
    x.push_back(i * (8.0f / (1 << 17)) + 1e-6f);
  for (float special :
       {0.0f,       -0.0f,         1.0f,           -1.0f,   INFINITY,
        -INFINITY,  NAN,           1e-45f,         -1e-45f, 88.72283f,
        88.73f,     -87.33655f,    -103.9f,        -104.1f, 0.9999999f,
        1.0000001f, 3.4028235e38f, 1.1754944e-38f, 0.35f,   -0.35f})
    x.push_back(special);
  return x;
}

/// The distance between neighbouring floats around y.
static double findUlp(double y) {
  int exponent = std::max(std::ilogb(y), -126);
  return std::ldexp(1.0, exponent - 23);
}

static double findError(float actual, double exact) {
  float rounded = float(exact);
  if (std::isnan(exact) || std::isinf(rounded) || exact == 0) {
    bool same = std::isnan(exact) ? std::isnan(actual) : actual == rounded;
    return same ? 0 : INFINITY;
  }
  return std::abs(actual - exact) / findUlp(exact);
}

class Math : public testing::TestWithParam<Function> {};

TEST_P(Math, IsAccurate) {
  std::vector<float> x = sweep();
  std::string text = llvm::formatv(R"(
#id = affine_map<(d0) -> (d0)>
func.func @f(%x: tensor<?xf32>) {{
  %0 = kernel.fused "f_k0" pointwise over [?] reduced [] maps [#id, #id] (%x)
      : (tensor<?xf32>) -> tensor<?xf32> {{
  ^bb0(%a: f32):
    %y = math.{0} %a : f32
    kernel.yield %y : f32
  }
  return
})",
                                   GetParam().op);
  auto context = makeContext();
  OwningOpRef<ModuleOp> module = parseScheduled(*context, text);
  kernel::FusedOp kernel = findKernel(*module);
  auto objects = emit::host::emitHost(*module, listLevels());
  ASSERT_TRUE(succeeded(objects));
  for (const emit::host::Object &object : *objects) {
    LoadedCode code(object.sharedObject);
    Array in(kernel.getInputs()[0].getType(), x.size());
    Array out(kernel.getInputs()[0].getType(), x.size());
    std::copy(x.begin(), x.end(), reinterpret_cast<float *>(in.data()));
    runKernel(code, kernel, {in.data(), out.data()}, x.size(), 3);
    double worst = 0;
    float at = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      double error = findError(out.get(i), GetParam().exact(x[i]));
      if (error > worst) {
        worst = error;
        at = x[i];
      }
    }
    EXPECT_LE(worst, GetParam().ulps)
        << object.cpu << " " << GetParam().op << "(" << at << ")";
    RecordProperty(object.cpu, std::to_string(worst));
  }
}

INSTANTIATE_TEST_SUITE_P(Functions, Math, testing::ValuesIn(functions),
                         [](const testing::TestParamInfo<Function> &info) {
                           return std::string(info.param.op);
                         });
