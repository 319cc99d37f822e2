// Eight floats as one value, for loops that LLVM's vectoriser would not find.
// Inside DLC_VECTOR_CLONES they become instructions of the level at hand; only
// functions that are always inlined take them.
#pragma once

#include <cstdint>
#include <cstring>

#define DLC_INLINE __attribute__((always_inline))

namespace dlc::host {

using Lanes = float __attribute__((vector_size(32)));
constexpr int64_t lanes = sizeof(Lanes) / sizeof(float);

/// A tensor may begin at any float, though one in an arena begins at a cache
/// line.
DLC_INLINE inline void get(Lanes &value, const float *from) {
  std::memcpy(&value, from, sizeof value);
}

DLC_INLINE inline void put(const Lanes &value, float *to) {
  std::memcpy(to, &value, sizeof value);
}

/// The first `count` floats; 0 in the other lanes.
DLC_INLINE inline void getSome(Lanes &value, const float *from, int64_t count) {
  if (count >= lanes)
    return get(value, from);
  value = Lanes();
  for (int64_t i = 0; i < count; ++i)
    value[i] = from[i];
}

/// The first `count` lanes.
DLC_INLINE inline void putSome(const Lanes &value, float *to, int64_t count) {
  if (count >= lanes)
    return put(value, to);
  for (int64_t i = 0; i < count; ++i)
    to[i] = value[i];
}

} // namespace dlc::host
