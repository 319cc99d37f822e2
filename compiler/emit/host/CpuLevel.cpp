// Levels of the x86-64 psABI, and the CPU at hand.
#include "compiler/emit/host/CpuLevel.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

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

static CpuLevel makeLevel(bool avx512) {
  CpuLevel level;
  level.name = level.cpu = avx512 ? "x86-64-v4" : "x86-64-v3";
  level.tuning = "generic";
  level.features = listFeatures(avx512);
  level.vectorBits = avx512 ? 512 : 256;
  return level;
}

static bool hostHas(const char *feature) {
  static const StringMap<bool> features = sys::getHostCPUFeatures();
  return features.lookup(feature);
}

static bool hostHasAvx512() {
  return all_of(v3Features, hostHas) && all_of(v4Features, hostHas);
}

std::string dlc::emit::host::findBestLevel() {
  return makeLevel(hostHasAvx512()).name;
}

/// The highest level that the CPU at hand has, tuned for it. Nothing beyond the
/// level is used, so that its features say all that the code needs.
static Expected<CpuLevel> findNative() {
  for (const char *feature : v3Features)
    if (!hostHas(feature))
      return createStringError(
          "cpu \"native\": " + sys::getHostCPUName() + " lacks " + feature +
          " but code needs a CPU of 2013 or later; compile on another machine");
  CpuLevel level = makeLevel(hostHasAvx512());
  level.tuning = sys::getHostCPUName().str();
  level.name = "native:" + level.tuning;
  return level;
}

Expected<CpuLevel> dlc::emit::host::findCpuLevel(StringRef name) {
  if (name == "native")
    return findNative();
  if (name == "x86-64-v3" || name == "x86-64-v4")
    return makeLevel(name == "x86-64-v4");
  return createStringError(
      "cpu \"" + name +
      "\": not a level that dlc knows; use x86-64-v3, x86-64-v4 or native");
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
      target, level.cpu, /*Features=*/"", TargetOptions(), Reloc::PIC_,
      CodeModel::Small, CodeGenOptLevel::Aggressive));
}
