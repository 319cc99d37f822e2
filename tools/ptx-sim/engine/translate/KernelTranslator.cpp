// Collects what a kernel reaches, lays out its shared and local memory, and has
// each function translated.
#include "tools/ptx-sim/engine/translate/KernelTranslator.h"
#include "tools/ptx-sim/engine/translate/FunctionTranslator.h"

#include <algorithm>
#include <unordered_set>

using namespace ptxsim;
using ptx::Space;

/// The first 1024 bytes are the system's on an sm_80, too.
static constexpr size_t firstOffset = 1024;
/// An index past the end of a variable falls into a gap as large as the
/// variable, between these bounds.
static constexpr size_t leastGap = 256;
static constexpr size_t greatestGap = 16 << 10;
static constexpr size_t staticLimit = 48 << 10;

static size_t alignTo(size_t value, size_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

void KernelTranslator::fault(unsigned line, std::string message) {
  if (!found)
    found = Fault{Status::InvalidPtx,
                  "line " + std::to_string(line) + ": " + std::move(message)};
}

unsigned KernelTranslator::addSite(Site site) {
  code.sites.push_back(std::move(site));
  return static_cast<unsigned>(code.sites.size() - 1);
}

llvm::Function *KernelTranslator::findFunction(const std::string &name) const {
  auto it = functions.find(name);
  return it == functions.end() ? nullptr : it->second;
}

const size_t *
KernelTranslator::findOffset(const ptx::Variable *variable) const {
  auto it = offsets.find(variable);
  return it == offsets.end() ? nullptr : &it->second;
}

const ptx::Variable *
KernelTranslator::findUnitVariable(const std::string &name) const {
  for (const ptx::Variable &variable : unit.variables)
    if (variable.name == name)
      return &variable;
  return nullptr;
}

llvm::FunctionCallee KernelTranslator::runtime(const char *name,
                                               llvm::FunctionType *type) {
  llvm::FunctionCallee callee = module.getOrInsertFunction(name, type);
  llvm::cast<llvm::Function>(callee.getCallee())->setDoesNotThrow();
  return callee;
}

static void collectNames(const ptx::Operand &operand,
                         std::unordered_set<std::string> &names) {
  if (operand.kind == ptx::Operand::Symbol)
    names.insert(operand.name);
  for (const ptx::Operand &part : operand.parts)
    collectNames(part, names);
}

static std::unordered_set<std::string> namesIn(const ptx::Function &function) {
  std::unordered_set<std::string> names;
  for (const ptx::Statement &statement : function.body)
    for (const ptx::Operand &operand : statement.instruction.operands)
      collectNames(operand, names);
  return names;
}

/// False after a fault. Local memory has a fixed place, so none may call
/// itself.
bool KernelTranslator::collect(const ptx::Function &function) {
  if (std::find(callers.begin(), callers.end(), &function) != callers.end()) {
    fault(function.line, "function " + function.name +
                             " calls itself, which ptx-sim does not know");
    return false;
  }
  if (std::find(reachable.begin(), reachable.end(), &function) !=
      reachable.end())
    return true;
  callers.push_back(&function);
  std::unordered_set<std::string> names = namesIn(function);
  for (const ptx::Function &other : unit.functions)
    if (names.contains(other.name) && other.hasBody && !other.isEntry &&
        !collect(other))
      return false;
  callers.pop_back();
  reachable.push_back(&function);
  return true;
}

void KernelTranslator::layOutShared() {
  std::vector<const ptx::Variable *> variables;
  std::vector<const ptx::Variable *> dynamic;
  auto add = [&](const ptx::Variable &variable) {
    if (variable.space == Space::Shared)
      (variable.bytes ? variables : dynamic).push_back(&variable);
  };
  std::unordered_set<std::string> names;
  for (const ptx::Function *function : reachable) {
    names.merge(namesIn(*function));
    for (const ptx::Variable &variable : function->variables)
      add(variable);
  }
  for (const ptx::Variable &variable : unit.variables)
    if (names.contains(variable.name))
      add(variable);
  size_t end = firstOffset;
  size_t packed = 0;
  for (const ptx::Variable *variable : variables) {
    size_t offset = alignTo(end, std::max<size_t>(variable->alignment, 16));
    offsets[variable] = offset;
    code.shared.variables.push_back({offset, variable->bytes});
    end = offset + variable->bytes +
          std::clamp(variable->bytes, leastGap, greatestGap);
    packed = alignTo(packed, variable->alignment) + variable->bytes;
  }
  code.shared.dynamicOffset = alignTo(end, 1024);
  for (const ptx::Variable *variable : dynamic)
    offsets[variable] = code.shared.dynamicOffset;
  code.info.sharedBytes = packed;
  if (packed > staticLimit)
    fault(reachable.back()->line,
          "kernel " + reachable.back()->name + " has " +
              std::to_string(packed) + " bytes of static shared memory but " +
              std::to_string(staticLimit) + " is the limit; use dynamic");
}

void KernelTranslator::layOutLocal() {
  size_t end = 0;
  for (const ptx::Function *function : reachable)
    for (const ptx::Variable &variable : function->variables)
      if (variable.space == Space::Local) {
        end = alignTo(end, variable.alignment);
        offsets[&variable] = end;
        end += variable.bytes;
      }
  code.info.localBytes = end;
}

void KernelTranslator::describeEntry(const ptx::Function &entry) {
  KernelInfo &info = code.info;
  info.name = entry.name;
  info.line = entry.line;
  if (entry.maxThreads)
    info.maxThreads = entry.maxThreads;
  for (const ptx::Variable &parameter : entry.parameters) {
    info.parameterBytes = alignTo(info.parameterBytes, parameter.alignment);
    info.parameters.push_back({info.parameterBytes, parameter.bytes});
    info.parameterBytes += parameter.bytes;
  }
  for (const ptx::Register &reg : entry.registers)
    info.registers += (ptx::bitsOf(reg.type) + 31) / 32;
}

llvm::Function *KernelTranslator::declare(const ptx::Function &function) {
  llvm::LLVMContext &context = module.getContext();
  auto *pointer = llvm::PointerType::get(context, 0);
  // The thread, then where results and parameters lie.
  std::vector<llvm::Type *> types = {pointer};
  if (!function.isEntry)
    types.resize(1 + function.results.size() + function.parameters.size(),
                 pointer);
  auto *type =
      llvm::FunctionType::get(llvm::Type::getVoidTy(context), types, false);
  auto *declared = llvm::Function::Create(
      type,
      function.isEntry ? llvm::Function::ExternalLinkage
                       : llvm::Function::InternalLinkage,
      function.isEntry ? kernelSymbol : function.name, module);
  declared->setDoesNotThrow();
  functions[function.name] = declared;
  return declared;
}

Expected<void> KernelTranslator::run(const ptx::Function &entry) {
  if (collect(entry)) {
    describeEntry(entry);
    layOutShared();
    layOutLocal();
  }
  for (const ptx::Function *function : reachable) {
    code.waits |= mayWait(*function);
    code.shared.granule =
        std::min(code.shared.granule, leastSharedAccess(*function));
  }
  for (const ptx::Function *function : reachable)
    declare(*function);
  for (const ptx::Function *function : reachable)
    if (!found)
      FunctionTranslator(*this, *function, findFunction(function->name)).run();
  if (found)
    return dlc::Unexpected(*found);
  return {};
}
