// Rounding to bf16 and f16 and back against LLVM's own, in every bit: every
// half, what lies between two of them, and what lies beyond all.
#include "test/compiler/emit/host/HostCode.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/Support/FormatVariadic.h"
#include <bit>
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

using llvm::APFloat;

static float toFloat(APFloat x) {
  bool lost = false;
  x.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &lost);
  return x.convertToFloat();
}

static float roundTo(const llvm::fltSemantics &half, float value) {
  APFloat x(value);
  bool lost = false;
  x.convert(half, APFloat::rmNearestTiesToEven, &lost);
  return toFloat(x);
}

/// Every half, the middle to its neighbour, and the floats beside that middle;
/// then every 4001st float of all.
static std::vector<float> sweep(const llvm::fltSemantics &half) {
  std::vector<float> x;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float exact = toFloat(APFloat(half, llvm::APInt(16, bits)));
    float next = toFloat(APFloat(half, llvm::APInt(16, (bits + 1) & 0xffff)));
    float middle = exact + (next - exact) / 2;
    for (float each : {exact, middle, std::nextafter(middle, INFINITY),
                       std::nextafter(middle, -INFINITY)})
      x.push_back(each);
  }
  for (uint64_t bits = 0; bits < (uint64_t(1) << 32); bits += 4001)
    x.push_back(std::bit_cast<float>(uint32_t(bits)));
  for (float special : {65519.996f, 65520.0f, 3.4028235e38f, 1e-45f, -1e-45f,
                        2.9802322e-8f, 2.9802326e-8f, -0.0f})
    x.push_back(special);
  return x;
}

static void check(const char *name, const llvm::fltSemantics &half) {
  std::vector<float> x = sweep(half);
  std::string text = llvm::formatv(R"(
#id = affine_map<(d0) -> (d0)>
func.func @f(%x: tensor<?xf32>) {{
  %0 = kernel.fused "f_k0" pointwise over [?] reduced [] maps [#id, #id] (%x)
      : (tensor<?xf32>) -> tensor<?xf32> {{
  ^bb0(%a: f32):
    %h = arith.truncf %a : f32 to {0}
    %y = arith.extf %h : {0} to f32
    kernel.yield %y : f32
  }
  return
})",
                                   name);
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
    int wrong = 0;
    for (size_t i = 0; i < x.size() && wrong < 5; ++i) {
      float actual = float(out.get(i)), expected = roundTo(half, x[i]);
      bool same = std::isnan(expected) ? std::isnan(actual)
                                       : std::bit_cast<uint32_t>(actual) ==
                                             std::bit_cast<uint32_t>(expected);
      EXPECT_TRUE(same) << object.cpu << ": " << x[i] << " becomes " << actual
                        << " but " << name << " has " << expected;
      wrong += !same;
    }
  }
}

TEST(Halves, Bf16RoundsToNearestEven) { check("bf16", APFloat::BFloat()); }

TEST(Halves, F16RoundsToNearestEven) { check("f16", APFloat::IEEEhalf()); }
