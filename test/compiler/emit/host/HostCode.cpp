// Loads and runs what emitHost made.
#include "test/compiler/emit/host/HostCode.h"
#include "compiler/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

LoadedCode::LoadedCode(ArrayRef<std::byte> sharedObject) {
  int file = memfd_create("host-code", MFD_CLOEXEC);
  ssize_t written = write(file, sharedObject.data(), sharedObject.size());
  EXPECT_EQ(written, ssize_t(sharedObject.size()));
  std::string path = "/proc/self/fd/" + std::to_string(file);
  handle.reset(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL), [](void *library) {
    if (library)
      dlclose(library);
  });
  EXPECT_TRUE(handle) << dlerror();
  close(file);
}

KernelFunction LoadedCode::find(const std::string &symbol) const {
  return reinterpret_cast<KernelFunction>(dlsym(handle.get(), symbol.c_str()));
}

std::vector<std::string> dlc::test::listLevels() {
  std::vector<std::string> levels{"x86-64-v3", "native"};
  if (__builtin_cpu_supports("x86-64-v4"))
    levels.push_back("x86-64-v4");
  return levels;
}

std::unique_ptr<MLIRContext> dlc::test::makeContext() {
  auto context =
      std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
  context->loadDialect<arith::ArithDialect, func::FuncDialect,
                       kernel::KernelDialect, math::MathDialect>();
  return context;
}

OwningOpRef<ModuleOp> dlc::test::parseScheduled(MLIRContext &context,
                                                StringRef text) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  EXPECT_TRUE(module) << text.str();
  if (!module)
    return module;
  PassManager passes(&context);
  passes.addNestedPass<func::FuncOp>(createScheduleHost());
  EXPECT_TRUE(succeeded(passes.run(*module)));
  return module;
}

kernel::FusedOp dlc::test::findKernel(ModuleOp module) {
  kernel::FusedOp found;
  module.walk([&](kernel::FusedOp kernel) { found = kernel; });
  return found;
}

void dlc::test::runKernel(const LoadedCode &code, kernel::FusedOp kernel,
                          std::vector<char *> buffers, int64_t n,
                          int64_t parts) {
  std::vector<char> scratch(kernel.getSchedule()->getScratch() + 64, 0x77);
  auto address = reinterpret_cast<uintptr_t>(scratch.data());
  buffers.push_back(scratch.data() + (64 - address % 64) % 64);
  for (const artifact::Launch::Stage &stage : emit::host::stagesOf(kernel)) {
    KernelFunction function = code.find(stage.symbol);
    ASSERT_TRUE(function) << stage.symbol;
    int64_t extent = stage.extent.trips * (stage.extent.timesBatch ? n : 1);
    for (int64_t part = 0; part < parts; ++part)
      function(buffers.data(), n, extent * part / parts,
               extent * (part + 1) / parts);
  }
}
