// The words after an opcode's first, taken one by one: whatever is left in the
// end is something that the engine does not know.
#pragma once

#include "tools/ptx-sim/engine/ptx/Ast.h"

#include <initializer_list>
#include <string_view>
#include <vector>

namespace ptxsim {

class Words {
public:
  Words() = default;
  explicit Words(const std::vector<std::string> &opcode)
      : left(opcode.begin() + 1, opcode.end()) {}

  /// True if `word` was there.
  bool take(std::string_view word);
  /// The one of `choices` that was there, or -1.
  int takeOneOf(std::initializer_list<std::string_view> choices);
  /// The next word that is a type; None if there is none.
  ptx::Type takeType();
  /// The state space, Generic if none is named.
  ptx::Space takeSpace();
  /// Drops the words that only say where to cache.
  void dropCacheHints();
  bool empty() const { return left.empty(); }

private:
  std::vector<std::string_view> left;
};

} // namespace ptxsim
