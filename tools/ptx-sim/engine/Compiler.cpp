// One JITDylib a kernel, so that all of them may be called by one name.
#include "tools/ptx-sim/engine/Compiler.h"
#include "tools/ptx-sim/engine/run/Calls.h"
#include "tools/ptx-sim/engine/translate/KernelTranslator.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>

using namespace ptxsim;
using namespace llvm;

struct Compiler::Implementation {
  std::unique_ptr<orc::LLJIT> jit;
  std::unique_ptr<TargetMachine> target;
  std::mutex mutex;
  unsigned kernels = 0;
};

Compiler::Compiler(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}

Compiler::~Compiler() = default;

static dlc::Unexpected<Fault> failWith(const std::string &what, Error error) {
  return ptxsim::fail(Status::LaunchOutOfResources,
                      what + ": " + toString(std::move(error)));
}

ptxsim::Expected<std::unique_ptr<Compiler>> Compiler::create() {
  static std::once_flag initialized;
  std::call_once(initialized, [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
  });
  auto machine = orc::JITTargetMachineBuilder::detectHost();
  if (!machine)
    return failWith("this CPU", machine.takeError());
  machine->setCodeGenOptLevel(CodeGenOptLevel::Less);
  auto target = machine->createTargetMachine();
  if (!target)
    return failWith("this CPU", target.takeError());
  auto jit = orc::LLJITBuilder().setJITTargetMachineBuilder(*machine).create();
  if (!jit)
    return failWith("the compiler", jit.takeError());
  auto implementation = std::make_unique<Implementation>();
  implementation->jit = std::move(*jit);
  implementation->target = std::move(*target);
  return std::unique_ptr<Compiler>(new Compiler(std::move(implementation)));
}

/// Registers become values and checks meet what is known of addresses; nothing
/// that grows the code.
static void optimize(llvm::Module &code, TargetMachine &target) {
  PipelineTuningOptions tuning;
  tuning.LoopVectorization = tuning.SLPVectorization = false;
  tuning.LoopUnrolling = tuning.LoopInterleaving = false;
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager groups;
  ModuleAnalysisManager modules;
  PassBuilder passes(&target, tuning);
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(groups);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, groups, modules);
  passes.buildPerModuleDefaultPipeline(OptimizationLevel::O1)
      .run(code, modules);
}

static orc::SymbolMap runtimeSymbols(orc::LLJIT &jit) {
  orc::SymbolMap symbols;
  for (auto &[name, address] : runtimeFunctions())
    symbols[jit.mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(address),
                                          JITSymbolFlags::Exported |
                                              JITSymbolFlags::Callable};
  return symbols;
}

ptxsim::Expected<KernelFunction>
Compiler::compile(std::unique_ptr<LLVMContext> context,
                  std::unique_ptr<llvm::Module> code, const std::string &name) {
  std::lock_guard lock(implementation->mutex);
  orc::LLJIT &jit = *implementation->jit;
  std::string what = "kernel \"" + name + "\"";
  code->setDataLayout(jit.getDataLayout());
  code->setTargetTriple(implementation->target->getTargetTriple());
  std::string mistake;
  raw_string_ostream stream(mistake);
  if (verifyModule(*code, &stream))
    return ptxsim::fail(Status::InvalidPtx,
                        what + ": has no valid translation: " + mistake);
  optimize(*code, *implementation->target);
  auto library =
      jit.createJITDylib("kernel" + std::to_string(implementation->kernels++));
  if (!library)
    return failWith(what, library.takeError());
  if (Error error = library->define(orc::absoluteSymbols(runtimeSymbols(jit))))
    return failWith(what, std::move(error));
  if (Error error = jit.addIRModule(
          *library, orc::ThreadSafeModule(std::move(code), std::move(context))))
    return failWith(what, std::move(error));
  auto symbol = jit.lookup(*library, kernelSymbol);
  if (!symbol)
    return failWith(what, symbol.takeError());
  return symbol->toPtr<KernelFunction>();
}
