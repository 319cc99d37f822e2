// What the host emitter refuses, and that it says which kernel and why.
#include "compiler/emit/host/LinkShared.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "test/compiler/emit/host/HostCode.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

/// What emitHost reports for a module; empty if it succeeds.
static std::string findError(ModuleOp module, const std::string &cpu) {
  std::string message;
  ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &error) {
    message += error.str();
    return success();
  });
  bool worked = succeeded(emit::host::emitHost(module, {cpu}));
  EXPECT_EQ(worked, message.empty());
  return message;
}

static std::string makeKernel(StringRef op) {
  return (R"(
#id = affine_map<(d0) -> (d0)>
func.func @f(%x: tensor<4xf32>) {
  %0 = kernel.fused "f_k0" pointwise over [4] reduced [] maps [#id, #id] (%x)
      : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    %y = )" +
          op + R"(
    kernel.yield %y : f32
  } loc(#both)
  return
}
#a = loc("Dense fc1")
#b = loc("ReLU act")
#both = loc(fused[#a, #b]))")
      .str();
}

TEST(Errors, NameKernelLayersAndOp) {
  auto context = makeContext();
  auto module = parseScheduled(*context, makeKernel("math.erfc %a : f32"));
  ASSERT_TRUE(module);
  EXPECT_EQ(findError(*module, "x86-64-v3"),
            "kernel.fused \"f_k0\" (Dense fc1, ReLU act): holds math.erfc but "
            "the host emits folds, arith ops of one result and "
            "common math ops only; write it with those");
}

TEST(Errors, FoldWithoutIdentity) {
  auto context = makeContext();
  auto module =
      parseScheduled(*context, makeKernel("kernel.reduce assign %a : f32"));
  ASSERT_TRUE(module);
  EXPECT_NE(
      findError(*module, "x86-64-v3").find("holds kernel.reduce assign but"),
      std::string::npos);
}

TEST(Errors, BatchInside) {
  auto context = makeContext();
  auto module = parseScheduled(*context, R"(
#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @f(%x: tensor<4x?xf32>) {
  %0 = kernel.fused "f_k0" pointwise over [4, ?] reduced [] maps [#id, #id] (%x)
      : (tensor<4x?xf32>) -> tensor<4x?xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return
})");
  ASSERT_TRUE(module);
  EXPECT_EQ(findError(*module, "x86-64-v3"),
            "kernel.fused \"f_k0\": has a tensor with the batch inside but "
            "strides must be known; make the batch its first dim");
}

TEST(Errors, KernelWithoutSchedule) {
  auto context = makeContext();
  auto module = parseSourceString<ModuleOp>(
      makeKernel("arith.addf %a, %a : f32"), context.get());
  ASSERT_TRUE(module);
  EXPECT_EQ(findError(*module, "x86-64-v3"),
            "kernel.fused \"f_k0\": has no schedule but code is written by "
            "one; run schedule-host before");
}

TEST(Errors, UnknownCpu) {
  auto context = makeContext();
  auto module = parseScheduled(*context, makeKernel("arith.addf %a, %a : f32"));
  ASSERT_TRUE(module);
  EXPECT_EQ(findError(*module, "sparc"),
            "host code: cpu \"sparc\": not a level that dlc knows; use "
            "x86-64-v3, x86-64-v4 or native");
}

TEST(Errors, DamagedObject) {
  llvm::StringRef text = "not an object";
  emit::host::ObjectFile garbage(text.begin(), text.end());
  for (int i = 0; i < 2; ++i) {
    auto shared = emit::host::linkShared(garbage);
    ASSERT_FALSE(bool(shared));
    EXPECT_NE(llvm::toString(shared.takeError()).find("lld refused"),
              std::string::npos);
  }
}
