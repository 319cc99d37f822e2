// The kinds of CPU that host code is made for.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>
#include <vector>

namespace dlc::emit::host {

/// A CPU as LLVM names it.
struct CpuLevel {
  /// "x86-64-v3", "x86-64-v4" or "native:NAME".
  std::string name;
  /// LLVM's names of the CPU whose instructions may be used, and of the one
  /// that they are chosen and ordered for.
  std::string cpu;
  std::string tuning;
  /// CPUID features that the code needs, by LLVM's names.
  std::vector<std::string> features;
  /// Bits of the vectors that loops are written for.
  unsigned vectorBits = 256;
};

/// The level of that name: "x86-64-v3", "x86-64-v4", or "native" for the CPU
/// this runs on. Any other name is an error.
llvm::Expected<CpuLevel> findCpuLevel(llvm::StringRef name);

/// The name of the better one of x86-64-v3 and x86-64-v4 that this CPU can run;
/// the first if it can run neither.
std::string findBestLevel();

/// The code generator of a level. Fails where LLVM was built without x86.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
makeTargetMachine(const CpuLevel &level);

} // namespace dlc::emit::host
