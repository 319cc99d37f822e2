// compiler/Compile.h and DeviceCompiler.h for the dlc program: opens
// libdlc-compiler, and with it LLVM, at the first call. Training from an
// artifact never makes one.
#include "compiler/CompilerTable.h"

#include <dlfcn.h>
#include <fmt/format.h>

using namespace dlc;

/// The table, or why the library did not open. It stays open until the end.
static Expected<const CompilerTable *> openCompiler() {
  static const Expected<const CompilerTable *> table =
      []() -> Expected<const CompilerTable *> {
    const char *name = "libdlc-compiler.so.0";
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, "dlcCompilerTable") : nullptr;
    if (!symbol)
      return fail(name, fmt::format("does not open: {}", dlerror()), "",
                  "install the compiler beside dlc, or give a compiled .dlc "
                  "artifact");
    return reinterpret_cast<decltype(&dlcCompilerTable)>(symbol)();
  }();
  return table;
}

const std::vector<Phase> &dlc::listPhases() {
  static const std::vector<Phase> none;
  auto compiler = openCompiler();
  return compiler ? (*compiler)->listPhases() : none;
}

/// Calls one function of the table, or passes on why there is none.
template <typename Function, typename... Arguments>
static auto call(Function CompilerTable::*function,
                 const Arguments &...arguments)
    -> decltype((std::declval<CompilerTable>().*function)(arguments...)) {
  auto compiler = openCompiler();
  if (!compiler)
    return dlc::Unexpected(compiler.error());
  return ((*compiler)->*function)(arguments...);
}

Expected<artifact::Artifact> dlc::compile(const std::filesystem::path &model,
                                          const CompileOptions &options) {
  return call(&CompilerTable::compile, model, options);
}

Expected<std::string> dlc::emitPhase(const std::filesystem::path &model,
                                     const std::string &phase,
                                     const CompileOptions &options) {
  return call(&CompilerTable::emitPhase, model, phase, options);
}

Expected<ImportedModel> dlc::importModel(const std::filesystem::path &model,
                                         const std::string &weightsName,
                                         const CompileOptions &options) {
  return call(&CompilerTable::importModel, model, weightsName, options);
}

Expected<void> dlc::exportModel(const std::filesystem::path &model,
                                const std::filesystem::path &keras,
                                const CompileOptions &options) {
  return call(&CompilerTable::exportModel, model, keras, options);
}

Expected<ModelSummary> dlc::summarize(const std::filesystem::path &model,
                                      const CompileOptions &options) {
  return call(&CompilerTable::summarize, model, options);
}

Expected<void> dlc::edit(const std::filesystem::path &model,
                         const std::filesystem::path &keras,
                         const EditOptions &options) {
  return call(&CompilerTable::edit, model, keras, options);
}

Expected<Plan> dlc::plan(const std::filesystem::path &model,
                         const CompileOptions &options) {
  return call(&CompilerTable::plan, model, options);
}

Expected<LayerGraph> dlc::describeGraph(const std::filesystem::path &model,
                                        const CompileOptions &options) {
  return call(&CompilerTable::describeGraph, model, options);
}

Expected<DeviceCompiler> dlc::findDeviceCompiler() {
  return call(&CompilerTable::findDeviceCompiler);
}
