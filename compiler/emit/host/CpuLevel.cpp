// Levels of the x86-64 psABI, and the CPU at hand.
#include "compiler/emit/host/CpuLevel.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

#include <mutex>

using namespace llvm;
using namespace dlc::emit::host;

static constexpr const char *triple = "x86_64-unknown-linux-gnu";

static const char *const v3Features[] = {"avx", "avx2", "bmi",   "bmi2",
                                         "fma", "f16c", "lzcnt", "movbe"};
static const char *const v4Features[] = {"avx512f", "avx512bw", "avx512cd",
                                         "avx512dq", "avx512vl"};

static std::vector<std::string> listFeatures(bool avx512) {
  std::vector<std::string> features(std::begin(v3Features),
                                    std::end(v3Features));
  if (avx512)
    features.insert(features.end(), std::begin(v4Features),
                    std::end(v4Features));
  return features;
}

/// The CPU at hand. It must have the features of a level that dlc knows, and
/// only those are listed, so that the check at load knows every name.
static Expected<CpuLevel> findNative() {
  StringMap<bool> host = sys::getHostCPUFeatures();
  for (const char *feature : v3Features)
    if (!host.lookup(feature))
      return createStringError(
          "cpu \"native\": " + sys::getHostCPUName() + " lacks " + feature +
          " but code needs a CPU of 2013 or later; compile "
          "on another machine");
  bool avx512 = all_of(
      v4Features, [&](const char *feature) { return host.lookup(feature); });
  CpuLevel level;
  level.cpu = sys::getHostCPUName().str();
  level.name = "native:" + level.cpu;
  SubtargetFeatures attributes;
  for (StringRef name : v4Features)
    if (!avx512)
      attributes.AddFeature(name, false);
  for (const std::string &name : listFeatures(avx512))
    attributes.AddFeature(name, true);
  level.attributes = attributes.getString();
  level.features = listFeatures(avx512);
  level.vectorBits = avx512 ? 512 : 256;
  return level;
}

Expected<CpuLevel> dlc::emit::host::findCpuLevel(StringRef name) {
  if (name == "native")
    return findNative();
  bool avx512 = name == "x86-64-v4";
  if (name != "x86-64-v3" && !avx512)
    return createStringError(
        "cpu \"" + name +
        "\": not a level that dlc knows; use x86-64-v3, x86-64-v4 or native");
  CpuLevel level;
  level.name = level.cpu = name.str();
  level.features = listFeatures(avx512);
  level.vectorBits = avx512 ? 512 : 256;
  return level;
}

Expected<std::unique_ptr<TargetMachine>>
dlc::emit::host::makeTargetMachine(const CpuLevel &level) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
  std::string error;
  Triple target(triple);
  const Target *x86 = TargetRegistry::lookupTarget(target, error);
  if (!x86)
    return createStringError("cpu \"" + level.name + "\": " + error +
                             "; use an LLVM with the X86 target");
  return std::unique_ptr<TargetMachine>(x86->createTargetMachine(
      target, level.cpu, level.attributes, TargetOptions(), Reloc::PIC_,
      CodeModel::Small, CodeGenOptLevel::Aggressive));
}
