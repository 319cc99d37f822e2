// What this CPU and its operating system offer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dlc::host {

/// Whether code may use a feature, by LLVM's name ("avx2", "avx512f"). A name
/// that dlc does not know counts as missing.
bool hasFeature(std::string_view name);

/// Every known feature that is present, in a fixed order.
std::vector<std::string> listFeatures();

/// The brand string ("AMD EPYC 7763 ..."), empty if the CPU does not tell.
std::string cpuBrand();

} // namespace dlc::host
