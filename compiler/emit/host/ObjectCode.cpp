// LLVM's own pipeline with the loop and SLP vectorisers, then its code
// generator.
#include "compiler/emit/host/ObjectCode.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/IPO/MergeFunctions.h"

using namespace llvm;
using namespace dlc::emit::host;

static void tune(Module &module, const CpuLevel &level) {
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", level.cpu);
    if (!level.attributes.empty())
      function.addFnAttr("target-features", level.attributes);
    function.addFnAttr("prefer-vector-width", utostr(level.vectorBits));
  }
}

static void optimise(Module &module, TargetMachine &machine) {
  PipelineTuningOptions options;
  options.LoopVectorization = true;
  options.SLPVectorization = true;
  options.LoopInterleaving = true;
  options.LoopUnrolling = true;
  // Updates of weights differ in nothing but their sizes, which are arguments.
  options.MergeFunctions = true;
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager callGraph;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine, options);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  ModulePassManager passes;
  passes.addPass(MergeFunctionsPass());
  passes.addPass(builder.buildPerModuleDefaultPipeline(OptimizationLevel::O3));
  passes.run(module, modules);
}

Expected<SmallVector<char, 0>>
dlc::emit::host::compileObject(Module &module, const CpuLevel &level) {
  auto machine = makeTargetMachine(level);
  if (!machine)
    return machine.takeError();
  module.setTargetTriple((*machine)->getTargetTriple());
  module.setDataLayout((*machine)->createDataLayout());
  tune(module, level);
  optimise(module, **machine);

  SmallVector<char, 0> object;
  raw_svector_ostream os(object);
  legacy::PassManager codeGenerator;
  if ((*machine)->addPassesToEmitFile(codeGenerator, os, nullptr,
                                      CodeGenFileType::ObjectFile))
    return createStringError(
        "cpu \"" + level.name +
        "\": LLVM cannot write objects for it; use an LLVM "
        "with the X86 target");
  codeGenerator.run(module);
  return object;
}
