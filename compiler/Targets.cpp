// "host", "cuda", "cuda:sm_90".
#include "compiler/Targets.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

using namespace dlc;

/// 90 for "cuda:sm_90", or nothing.
static std::optional<int> readCapability(std::string_view target) {
  constexpr std::string_view prefix = "cuda:sm_";
  if (!target.starts_with(prefix))
    return std::nullopt;
  target.remove_prefix(prefix.size());
  int number = 0;
  const char *end = target.data() + target.size();
  auto [at, error] = std::from_chars(target.data(), end, number);
  if (error != std::errc() || at != end || number < 10 || number > 999)
    return std::nullopt;
  return number;
}

Expected<Targets> dlc::parseTargets(const std::vector<std::string> &targets) {
  Targets parsed;
  for (const std::string &target : targets) {
    std::optional<int> capability = readCapability(target);
    if (target == "host")
      parsed.host = true;
    else if (target == "cuda" || capability)
      parsed.cuda = true;
    else
      return fail("--target", fmt::format("is \"{}\"", target),
                  "the targets are host, cuda and cuda:sm_NN",
                  "choose one of them");
    if (capability && !std::ranges::count(parsed.capabilities, *capability))
      parsed.capabilities.push_back(*capability);
  }
  if (!parsed.cuda)
    parsed.host = true;
  std::ranges::sort(parsed.capabilities);
  return parsed;
}

std::vector<std::string> dlc::listHalfRoutines(const Targets &targets) {
  // What only moves elements, and what the host multiplies as such where it
  // can.
  std::vector<std::string> routines = {"pad",
                                       "concat",
                                       "dot",
                                       "conv2d",
                                       "conv2d_input_grad",
                                       "conv2d_kernel_grad"};
  // The host's other routines are of float32.
  if (targets.host)
    return routines;
  for (const char *routine :
       {"max_pool2d", "max_pool2d_grad", "max_pool2d_pick", "avg_pool2d",
        "avg_pool2d_grad", "gather", "scatter_add", "attention",
        "attention_grad"})
    routines.emplace_back(routine);
  return routines;
}
