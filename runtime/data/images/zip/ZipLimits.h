// How far a picture in a zip archive may expand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dlc::data {

/// So many first bytes of a picture are what its limit is taken from.
inline constexpr size_t zipHeadBytes = 54;

/// A picture of no more bytes is inflated whatever it was packed to: one of a
/// single color may pack very small.
inline constexpr uint64_t alwaysInflatedBytes = 4 << 20;

/// The most bytes that a picture may have that begins with `head` and is packed
/// to `packed` bytes. JPEG, PNG and GIF files are compressed in themselves, and
/// a large one does not pack to a hundredth again. A BMP file may, up to what a
/// picture of its size takes, if that is one that is decoded.
uint64_t maxInflatedBytes(std::span<const std::byte> head, uint64_t packed);

} // namespace dlc::data
