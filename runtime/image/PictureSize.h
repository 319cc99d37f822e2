// How large a picture is, from its file's head.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dlc::image {

/// Height times width as a JPEG, PNG, GIF or BMP file says it, before it is
/// decoded; 0 where it does not. No more than a hint: decoding checks it.
uint64_t countPixels(std::span<const std::byte> file);

} // namespace dlc::image
