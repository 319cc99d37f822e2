// The functions of Compile.h and DeviceCompiler.h by address, for a program
// that opens the compiler only when it needs it.
#pragma once

#include "compiler/Compile.h"
#include "compiler/DeviceCompiler.h"

namespace dlc {

/// One member a function, of the same name.
struct CompilerTable {
  decltype(&listPhases) listPhases;
  decltype(&compile) compile;
  decltype(&emitPhase) emitPhase;
  decltype(&importModel) importModel;
  decltype(&exportModel) exportModel;
  decltype(&summarize) summarize;
  decltype(&edit) edit;
  decltype(&plan) plan;
  decltype(&describeGraph) describeGraph;
  decltype(&findDeviceCompiler) findDeviceCompiler;
};

} // namespace dlc

/// What libdlc-compiler gives to dlsym.
extern "C" const dlc::CompilerTable *dlcCompilerTable();
