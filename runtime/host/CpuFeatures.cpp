// What this CPU and its operating system offer.
#include "runtime/host/CpuFeatures.h"

#include <cpuid.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace dlc::host {
namespace {

/// Registers that the operating system must save for a feature to be usable:
/// bits of XCR0.
constexpr uint64_t ymm = 0x6, zmm = 0xe6, tiles = 0x60000;

enum Register { eax, ebx, ecx, edx };

struct Feature {
  const char *name;
  uint32_t leaf, subleaf;
  Register where;
  int bit;
  uint64_t saved; // XCR0 bits
};

constexpr uint32_t extended = 0x80000001;

constexpr Feature features[] = {
    {"sse3", 1, 0, ecx, 0, 0},          {"pclmul", 1, 0, ecx, 1, 0},
    {"ssse3", 1, 0, ecx, 9, 0},         {"fma", 1, 0, ecx, 12, ymm},
    {"cx16", 1, 0, ecx, 13, 0},         {"sse4.1", 1, 0, ecx, 19, 0},
    {"sse4.2", 1, 0, ecx, 20, 0},       {"movbe", 1, 0, ecx, 22, 0},
    {"popcnt", 1, 0, ecx, 23, 0},       {"avx", 1, 0, ecx, 28, ymm},
    {"f16c", 1, 0, ecx, 29, ymm},       {"lzcnt", extended, 0, ecx, 5, 0},
    {"bmi", 7, 0, ebx, 3, 0},           {"avx2", 7, 0, ebx, 5, ymm},
    {"bmi2", 7, 0, ebx, 8, 0},          {"avx512f", 7, 0, ebx, 16, zmm},
    {"avx512dq", 7, 0, ebx, 17, zmm},   {"avx512ifma", 7, 0, ebx, 21, zmm},
    {"avx512cd", 7, 0, ebx, 28, zmm},   {"avx512bw", 7, 0, ebx, 30, zmm},
    {"avx512vl", 7, 0, ebx, 31, zmm},   {"avx512vbmi", 7, 0, ecx, 1, zmm},
    {"avx512vbmi2", 7, 0, ecx, 6, zmm}, {"avx512vnni", 7, 0, ecx, 11, zmm},
    {"avx512fp16", 7, 0, edx, 23, zmm}, {"amx-bf16", 7, 0, edx, 22, tiles},
    {"amx-tile", 7, 0, edx, 24, tiles}, {"amx-int8", 7, 0, edx, 25, tiles},
    {"avxvnni", 7, 1, eax, 4, ymm},     {"avx512bf16", 7, 1, eax, 5, zmm},
};

/// XCR0: the registers that the operating system saves.
uint64_t readSavedRegisters() {
  uint32_t a, b, c, d;
  constexpr int osxsave = 27;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> osxsave & 1))
    return 0;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

bool isPresent(const Feature &feature) {
  std::array<uint32_t, 4> registers{};
  if (!__get_cpuid_count(feature.leaf, feature.subleaf, &registers[eax],
                         &registers[ebx], &registers[ecx], &registers[edx]))
    return false;
  return (registers[feature.where] >> feature.bit & 1) &&
         (readSavedRegisters() & feature.saved) == feature.saved;
}

} // namespace

bool hasFeature(std::string_view name) {
  for (const Feature &feature : features)
    if (name == feature.name)
      return isPresent(feature);
  return false;
}

std::vector<std::string> listFeatures() {
  std::vector<std::string> present;
  for (const Feature &feature : features)
    if (isPresent(feature))
      present.emplace_back(feature.name);
  return present;
}

std::string cpuBrand() {
  constexpr uint32_t firstLeaf = 0x80000002;
  char text[49] = {};
  for (uint32_t i = 0; i < 3; ++i) {
    uint32_t registers[4];
    if (!__get_cpuid(firstLeaf + i, &registers[0], &registers[1], &registers[2],
                     &registers[3]))
      return "";
    std::memcpy(text + 16 * i, registers, sizeof registers);
  }
  std::string brand = text;
  while (!brand.empty() && brand.back() == ' ')
    brand.pop_back();
  return brand;
}

} // namespace dlc::host
