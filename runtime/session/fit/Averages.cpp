// Averages are found by their names: "optimizer/fc/kernel/average" is that of
// "fc/kernel".
#include "runtime/session/fit/Averages.h"

#include <map>

namespace dlc::session {

Expected<void> overwriteWithAverages(Session::Impl &impl) {
  const auto &states = impl.manifest().states;
  std::map<std::string, size_t> averages;
  for (size_t i = 0; i < states.size(); ++i) {
    const artifact::State &state = states[i];
    if (state.role != artifact::State::Role::Optimizer)
      continue;
    if (state.name.ends_with("/average"))
      averages[state.name] = i;
    if (state.name != "optimizer/iteration" || state.dtype != DType::I32)
      continue;
    auto iteration = impl.readState(i);
    if (!iteration)
      return Unexpected(iteration.error());
    // Before the first step the averages are zeros.
    if (iteration->as<int32_t>()[0] == 0)
      return {};
  }
  for (size_t i = 0; i < states.size() && !averages.empty(); ++i) {
    auto found = averages.find("optimizer/" + states[i].name + "/average");
    if (found == averages.end())
      continue;
    auto average = impl.readState(found->second);
    if (!average)
      return Unexpected(average.error());
    if (auto written =
            impl.device->writeState(i, {average->data(), average->bytes()});
        !written)
      return written;
  }
  return {};
}

} // namespace dlc::session
