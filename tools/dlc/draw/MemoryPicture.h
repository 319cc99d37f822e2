// The arena over time as SVG.
#pragma once

#include "tools/dlc/report/MemoryMap.h"

namespace dlc::tool {

/// An <svg>: launches in their order from left to right, bytes of the arena
/// from bottom to top, a rectangle a tensor; the launch of the peak is marked.
/// Rectangles name the tensor, its layers and its bytes when they are pointed
/// at.
std::string drawMemory(const artifact::Program &program, const MemoryMap &map);

} // namespace dlc::tool
