// ptxas writes for each kernel:
//   ptxas info    : Compiling entry function 'k' for 'sm_90'
//   ptxas         .     0 bytes stack frame, 0 bytes spill stores, ...
//   ptxas info    : Used 24 registers, used 1 barriers, 1024 bytes smem
#include "compiler/emit/cuda/device/Usage.h"

#include <charconv>
#include <optional>

using namespace dlc;
using namespace dlc::emit::cuda;

/// The number that stands before some words.
static std::optional<uint32_t> numberBefore(std::string_view line,
                                            std::string_view words) {
  size_t at = line.find(words);
  if (at == line.npos || at == 0)
    return std::nullopt;
  size_t start = at;
  while (start > 0 && line[start - 1] >= '0' && line[start - 1] <= '9')
    --start;
  uint32_t number = 0;
  if (std::from_chars(line.data() + start, line.data() + at, number).ec !=
      std::errc())
    return std::nullopt;
  return number;
}

std::vector<artifact::KernelUsage>
dlc::emit::cuda::readUsage(std::string_view log) {
  constexpr std::string_view opening = "Compiling entry function '";
  std::vector<artifact::KernelUsage> usages;
  while (!log.empty()) {
    size_t end = log.find('\n');
    std::string_view line = log.substr(0, end);
    log.remove_prefix(end == log.npos ? log.size() : end + 1);
    if (size_t at = line.find(opening); at != line.npos) {
      std::string_view name = line.substr(at + opening.size());
      usages.emplace_back().kernel = name.substr(0, name.find('\''));
      continue;
    }
    if (usages.empty())
      continue;
    artifact::KernelUsage &usage = usages.back();
    auto read = [&](uint32_t &field, std::string_view words) {
      if (auto number = numberBefore(line, words))
        field = *number;
    };
    read(usage.stackBytes, " bytes stack frame");
    read(usage.spillStores, " bytes spill stores");
    read(usage.spillLoads, " bytes spill loads");
    read(usage.registers, " registers");
    read(usage.sharedBytes, " bytes smem");
  }
  return usages;
}
