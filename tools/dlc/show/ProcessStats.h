// What this process has used so far.
#pragma once

#include <cstdint>

namespace dlc::tool {

/// Seconds since the process was started, loading of its libraries included.
double secondsSinceStart();

/// The most memory that was ever resident.
int64_t peakResidentBytes();

} // namespace dlc::tool
