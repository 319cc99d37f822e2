// Properties of the emitted code other than its results.
#include "test/compiler/emit/host/HostCode.h"

#include <csignal>
#include <gtest/gtest.h>
#include <set>
#include <thread>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

/// x = 0.5 x + y and z = x^2 (old x), with x's new value over the old one.
static const char *inPlace = R"(
#id = affine_map<(d0) -> (d0)>
func.func @f(%x: tensor<?xf32> {dlc.place = #kernel.place<"state", 0, 4000>},
             %y: tensor<?xf32> {dlc.place = #kernel.place<"arena", 0, 4000>}) {
  %0:2 = kernel.fused "f_k0" pointwise over [?] reduced []
      maps [#id, #id, #id, #id] (%x, %y)
      {kernel.places = [#kernel.place<"state", 0, 4000>,
                        #kernel.place<"arena", 4096, 4000>]}
      : (tensor<?xf32>, tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32):
    %half = arith.constant 0.5 : f32
    %m = arith.mulf %a, %half : f32
    %s = arith.addf %m, %b : f32
    %q = arith.mulf %a, %a : f32
    kernel.yield %s, %q : f32, f32
  }
  return
})";

/// A softmax written over its input.
static const char *softmaxInPlace = R"(
#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @f(%x: tensor<?x19xf32> {dlc.place = #kernel.place<"arena", 0, 4000>}) {
  %0 = kernel.fused "f_k0" row_reduction over [?, 19] reduced [1]
      maps [#id, #id] (%x) {kernel.places = [#kernel.place<"arena", 0, 4000>]}
      : (tensor<?x19xf32>) -> tensor<?x19xf32> {
  ^bb0(%a: f32):
    %e = math.exp %a : f32
    %t = kernel.reduce addf %e : f32
    %p = arith.divf %e, %t : f32
    kernel.yield %p : f32
  }
  return
})";

TEST(Objects, OutputMayLieOverInput) {
  auto context = makeContext();
  auto module = parseScheduled(*context, inPlace);
  auto objects = emit::host::emitHost(*module, listLevels());
  ASSERT_TRUE(succeeded(objects));
  kernel::FusedOp kernel = findKernel(*module);
  const int64_t n = 103;
  for (const emit::host::Object &object : *objects) {
    LoadedCode code(object.sharedObject);
    Type type = kernel.getInputs()[0].getType();
    Array x(type, n), y(type, n), z(type, n);
    for (int64_t i = 0; i < n; ++i) {
      x.set(i, i);
      y.set(i, 1000 - i);
    }
    runKernel(code, kernel, {x.data(), y.data(), x.data(), z.data()}, n, 3);
    for (int64_t i = 0; i < n; ++i) {
      EXPECT_EQ(x.get(i), 0.5 * i + (1000 - i));
      EXPECT_EQ(z.get(i), double(i * i));
    }
  }
}

/// LLVM's handlers would break off the program's writes, and hide its own.
TEST(Objects, SignalsStayTheProgramsOwn) {
  struct sigaction own = {}, now = {}, before = {};
  own.sa_handler = [](int) {};
  own.sa_flags = SA_RESTART;
  ASSERT_EQ(::sigaction(SIGINT, &own, &before), 0);
  auto context = makeContext();
  auto module = parseScheduled(*context, inPlace);
  bool isEmitted = succeeded(emit::host::emitHost(*module, listLevels()));
  ASSERT_EQ(::sigaction(SIGINT, &before, &now), 0);
  EXPECT_TRUE(isEmitted);
  EXPECT_EQ(now.sa_handler, own.sa_handler);
  EXPECT_EQ(now.sa_flags & SA_RESTART, SA_RESTART);
}

TEST(Objects, RowMayLieOverItsInput) {
  auto context = makeContext();
  auto module = parseScheduled(*context, softmaxInPlace);
  auto objects = emit::host::emitHost(*module, listLevels());
  ASSERT_TRUE(succeeded(objects));
  kernel::FusedOp kernel = findKernel(*module);
  for (const emit::host::Object &object : *objects) {
    LoadedCode code(object.sharedObject);
    Array x(kernel.getInputs()[0].getType(), 5);
    for (int64_t i = 0; i < x.size(); ++i)
      x.set(i, 1.5);
    runKernel(code, kernel, {x.data(), x.data()}, 5, 2);
    for (int64_t i = 0; i < x.size(); ++i)
      EXPECT_NEAR(x.get(i), 1.0 / 19, 1e-7);
  }
}

TEST(Objects, SameModuleSameBytes) {
  std::vector<std::vector<std::byte>> objects;
  for (int i = 0; i < 2; ++i) {
    auto context = makeContext();
    auto module = parseScheduled(*context, softmaxInPlace);
    auto emitted = emit::host::emitHost(*module, {"x86-64-v3"});
    ASSERT_TRUE(succeeded(emitted));
    objects.push_back((*emitted)[0].sharedObject);
  }
  EXPECT_EQ(objects[0], objects[1]);
}

/// A function of many kernels: every third one is like the one before it but
/// for its name and its places.
static std::string writeManyKernels(int count) {
  std::string text = "#id = affine_map<(d0) -> (d0)>\n"
                     "func.func @f(%x: tensor<?xf32> {dlc.place = "
                     "#kernel.place<\"arena\", 0, 4000>}) {\n";
  llvm::raw_string_ostream os(text);
  for (int i = 0; i < count; ++i) {
    int factor = i % 3 == 2 ? i - 1 : i;
    os << "%" << i << " = kernel.fused \"f_k" << i
       << "\" pointwise over [?] reduced [] maps [#id, #id] (%x) "
          "{kernel.places = [#kernel.place<\"arena\", "
       << 4096 * (i + 1)
       << ", 4000>]} : (tensor<?xf32>) -> tensor<?xf32> {\n"
          "^bb0(%a: f32):\n%c = arith.constant "
       << factor
       << ".0 : f32\n%m = arith.mulf %a, %c : f32\n"
          "kernel.yield %m : f32\n}\n";
  }
  os << "return\n}";
  return text;
}

TEST(Objects, AlikeKernelsShareCode) {
  auto context = makeContext();
  auto module = parseScheduled(*context, writeManyKernels(20));
  auto objects = emit::host::emitHost(*module, {"x86-64-v3"});
  ASSERT_TRUE(succeeded(objects));
  LoadedCode code((*objects)[0].sharedObject);
  EXPECT_EQ(code.find("f_k1"), code.find("f_k2"));
  EXPECT_EQ(code.find("f_k16"), code.find("f_k17"));
  std::set<KernelFunction> distinct;
  for (int i = 0; i < 20; ++i) {
    KernelFunction function = code.find("f_k" + std::to_string(i));
    ASSERT_NE(function, nullptr) << i;
    distinct.insert(function);
  }
  EXPECT_EQ(distinct.size(), 14u);
}

TEST(Objects, SameBytesOnAnyNumberOfThreads) {
  std::vector<std::vector<std::byte>> objects;
  for (bool threads : {false, true, true}) {
    auto context = makeContext();
    context->enableMultithreading(threads);
    auto module = parseScheduled(*context, writeManyKernels(50));
    auto emitted = emit::host::emitHost(*module, {"x86-64-v3"});
    ASSERT_TRUE(succeeded(emitted));
    objects.push_back((*emitted)[0].sharedObject);
  }
  EXPECT_EQ(objects[0], objects[1]);
  EXPECT_EQ(objects[1], objects[2]);
}

TEST(Objects, LevelsAreNamedWithTheirFeatures) {
  auto context = makeContext();
  auto module = parseScheduled(*context, inPlace);
  std::string text;
  auto objects = emit::host::emitHost(
      *module, {"x86-64-v3", "x86-64-v4", "native"}, &text);
  ASSERT_TRUE(succeeded(objects));
  EXPECT_EQ((*objects)[0].cpu, "x86-64-v3");
  EXPECT_EQ((*objects)[1].cpu, "x86-64-v4");
  EXPECT_EQ((*objects)[2].cpu.substr(0, 7), "native:");
  EXPECT_EQ(llvm::count((*objects)[0].features, "avx2"), 1);
  EXPECT_EQ(llvm::count((*objects)[0].features, "avx512f"), 0);
  EXPECT_EQ(llvm::count((*objects)[1].features, "avx512vl"), 1);
  EXPECT_NE(text.find("define void @f_k0(ptr"), std::string::npos);
}

TEST(Objects, ThreadsMayCompileAtOnce) {
  std::vector<std::thread> threads;
  std::array<bool, 4> worked{};
  for (bool &result : worked)
    threads.emplace_back([&result] {
      auto context = makeContext();
      auto module = parseScheduled(*context, softmaxInPlace);
      result = succeeded(emit::host::emitHost(*module, {"x86-64-v3"}));
    });
  for (std::thread &thread : threads)
    thread.join();
  for (bool result : worked)
    EXPECT_TRUE(result);
}

TEST(Objects, StagesFollowTheSchedule) {
  auto context = makeContext();
  auto module = parseScheduled(*context, R"(
#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#col = affine_map<(d0, d1, d2) -> (d2)>
func.func @f(%x: tensor<?x784x32xf32>) {
  %0 = kernel.fused "f_k0" column_reduction over [?, 784, 32] reduced [0, 1]
      maps [#id, #col] (%x) : (tensor<?x784x32xf32>) -> tensor<32xf32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    kernel.yield %s : f32
  }
  %1 = kernel.fused "f_k1" pointwise over [?, 784, 32] reduced []
      maps [#id, #id] (%x) : (tensor<?x784x32xf32>) -> tensor<?x784x32xf32> {
  ^bb0(%a: f32):
    %s = arith.negf %a : f32
    kernel.yield %s : f32
  }
  return
})");
  std::vector<std::string> stages;
  module->walk([&](kernel::FusedOp kernel) {
    for (const artifact::Launch::Stage &stage : emit::host::stagesOf(kernel))
      stages.push_back(stage.symbol + " " + std::to_string(stage.extent.trips) +
                       (stage.extent.timesBatch ? " n" : ""));
  });
  EXPECT_EQ(stages, (std::vector<std::string>{"f_k0 24", "f_k0_finish 1",
                                              "f_k1 25088 n"}));
}
