// Words in any order: NVRTC writes only the right one.
#include "tools/ptx-sim/engine/translate/Words.h"

#include <algorithm>

using namespace ptxsim;

bool Words::take(std::string_view word) {
  auto found = std::find(left.begin(), left.end(), word);
  if (found == left.end())
    return false;
  left.erase(found);
  return true;
}

int Words::takeOneOf(std::initializer_list<std::string_view> choices) {
  int index = 0;
  for (std::string_view choice : choices) {
    if (take(choice))
      return index;
    ++index;
  }
  return -1;
}

ptx::Type Words::takeType() {
  for (auto it = left.begin(); it != left.end(); ++it)
    if (std::optional<ptx::Type> type = ptx::parseType(*it)) {
      left.erase(it);
      return *type;
    }
  return ptx::Type::None;
}

ptx::Space Words::takeSpace() {
  switch (takeOneOf({"global", "shared", "local", "const", "param",
                     "shared::cta", "param::entry", "param::func"})) {
  case 0:
    return ptx::Space::Global;
  case 1:
  case 5:
    return ptx::Space::Shared;
  case 2:
    return ptx::Space::Local;
  case 3:
    return ptx::Space::Const;
  case 4:
  case 6:
  case 7:
    return ptx::Space::Param;
  default:
    return ptx::Space::Generic;
  }
}

void Words::dropCacheHints() {
  std::erase_if(left, [](std::string_view word) {
    return word == "nc" || word == "ca" || word == "cg" || word == "cs" ||
           word == "lu" || word == "cv" || word == "wb" || word == "wt" ||
           word.starts_with("L1::") || word.starts_with("L2::");
  });
}
