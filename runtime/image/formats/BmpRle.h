// The run lengths of BMP files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dlc::image {

/// The indices of a picture's rows in the file's order; fewer than
/// height * width where the file ends before. `fourBits`: two indices a byte.
/// `parity` is 1 where `runs` starts at an odd place of the file: literal runs
/// end at even places.
std::vector<uint8_t> readBmpRuns(std::span<const std::byte> runs, bool fourBits,
                                 int width, int height, size_t parity);

} // namespace dlc::image
