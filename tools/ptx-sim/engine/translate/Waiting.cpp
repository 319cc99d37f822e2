// What has to be known of a kernel before it is translated.
#include "tools/ptx-sim/engine/translate/KernelTranslator.h"
#include "tools/ptx-sim/engine/translate/Words.h"

#include <algorithm>
#include <unordered_set>

using namespace ptxsim;

static bool has(const ptx::Instruction &instruction, std::string_view word) {
  return std::find(instruction.words.begin(), instruction.words.end(), word) !=
         instruction.words.end();
}

bool ptxsim::hasLoop(const ptx::Function &function) {
  std::unordered_set<std::string> seen;
  for (const ptx::Statement &statement : function.body) {
    seen.insert(statement.label);
    for (const ptx::Operand &operand : statement.instruction.operands) {
      if (operand.kind != ptx::Operand::Symbol)
        continue;
      if (seen.contains(operand.name))
        return true;
      auto targets = function.branchTargets.find(operand.name);
      if (targets != function.branchTargets.end())
        for (const std::string &target : targets->second)
          if (seen.contains(target))
            return true;
    }
  }
  return false;
}

/// Reads what other threads write: in a loop it may wait for them.
static bool mayPoll(const ptx::Instruction &instruction) {
  if (instruction.words[0] == "atom" || instruction.words[0] == "nanosleep")
    return true;
  return instruction.words[0] == "ld" &&
         (has(instruction, "volatile") || has(instruction, "relaxed") ||
          has(instruction, "acquire"));
}

bool ptxsim::mayWait(const ptx::Function &function) {
  static const std::unordered_set<std::string> together = {
      "bar", "barrier", "shfl", "vote", "match", "redux", "mma", "ldmatrix"};
  bool loops = hasLoop(function);
  return std::any_of(function.body.begin(), function.body.end(),
                     [&](const ptx::Statement &statement) {
                       const ptx::Instruction &instruction =
                           statement.instruction;
                       return !instruction.words.empty() &&
                              (together.contains(instruction.words[0]) ||
                               (loops && mayPoll(instruction)));
                     });
}

unsigned ptxsim::leastSharedAccess(const ptx::Function &function) {
  unsigned least = 4;
  for (const ptx::Statement &statement : function.body) {
    const ptx::Instruction &instruction = statement.instruction;
    if (instruction.words.empty() ||
        (instruction.words[0] != "ld" && instruction.words[0] != "st"))
      continue;
    Words words(instruction.words);
    ptx::Space space = words.takeSpace();
    if (space != ptx::Space::Shared && space != ptx::Space::Generic)
      continue;
    unsigned lanes = words.take("v2") ? 2 : words.take("v4") ? 4 : 1;
    unsigned bytes = ptx::bytesOf(words.takeType()) * lanes;
    least = std::min(least, std::max(bytes, 1u));
  }
  return least;
}
