// Ranges by address, and words for where an address is.
#pragma once

#include "tools/ptx-sim/engine/Memory.h"

#include <string>

namespace ptxsim {

/// The range that holds `address`; null if none does.
const Range *findRange(const Ranges &ranges, uint64_t address);

/// "0x7f001000"
std::string writeAddress(uint64_t address);

/// "reads 4 bytes"
std::string describeAccess(bool writes, unsigned bytes);

/// Where an address is that is in no range, or at the end of one: "4 bytes past
/// the end of 1024 bytes at 0x7f001000".
std::string describePlace(const Ranges &ranges, uint64_t address);

} // namespace ptxsim
