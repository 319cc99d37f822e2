// The oldest PTX that a text is.
#pragma once

#include <string>
#include <string_view>

namespace dlc::emit::cuda {

/// NVRTC marks its PTX with its own version, which drivers older than it
/// refuse. Gives the same text marked with the least version that has all of
/// its instructions, 7.0 or later, or unchanged if one of them is not known.
std::string lowerPtxVersion(std::string_view ptx);

} // namespace dlc::emit::cuda
