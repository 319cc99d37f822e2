// Logs, in the order in which Keras has them.
#include "runtime/session/callbacks/Callback.h"

#include <algorithm>

namespace dlc {

const double *findLog(const Logs &logs, std::string_view name) {
  auto it = std::ranges::find(logs, name, &Logs::value_type::first);
  return it == logs.end() ? nullptr : &it->second;
}

void setLog(Logs &logs, std::string_view name, double value) {
  auto it = std::ranges::find(logs, name, &Logs::value_type::first);
  if (it == logs.end())
    logs.emplace_back(name, value);
  else
    it->second = value;
}

std::string listNames(const Logs &logs) {
  std::string names;
  for (const auto &[name, value] : logs)
    names += (names.empty() ? "" : ",") + name;
  return names;
}

} // namespace dlc
