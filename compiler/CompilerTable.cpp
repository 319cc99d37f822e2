// The one symbol by which libdlc-compiler is found at run time.
#include "compiler/CompilerTable.h"

const dlc::CompilerTable *dlcCompilerTable() {
  static const dlc::CompilerTable table = {
      dlc::listPhases,    dlc::compile,
      dlc::emitPhase,     dlc::importModel,
      dlc::exportModel,   dlc::summarize,
      dlc::edit,          dlc::plan,
      dlc::describeGraph, dlc::findDeviceCompiler};
  return &table;
}
