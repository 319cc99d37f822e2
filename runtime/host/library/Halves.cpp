// Numbers of two bytes as float32 and back.
#include "runtime/host/library/Halves.h"

#include "runtime/host/Parallel.h"
#include "runtime/host/library/VectorClones.h"

#include <bit>

namespace dlc::host {

namespace {

/// Elements that are worth waking a thread for.
constexpr int64_t grain = 8 << 10;

DLC_VECTOR_CLONES void widenBf16(const uint16_t *from, float *to,
                                 int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    to[i] = std::bit_cast<float>(uint32_t(from[i]) << 16);
}

DLC_VECTOR_CLONES void widenF16(const _Float16 *from, float *to,
                                int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    to[i] = float(from[i]);
}

DLC_VECTOR_CLONES void narrowBf16(const float *from, uint16_t *to,
                                  int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    auto bits = std::bit_cast<uint32_t>(from[i]);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    to[i] = uint16_t(from[i] != from[i] ? 0x7fff : rounded);
  }
}

DLC_VECTOR_CLONES void narrowF16(const float *from, _Float16 *to,
                                 int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    to[i] = _Float16(from[i]);
}

} // namespace

void widen(const Argument &from, float *to, int threads) {
  parallelFor(threads, countElements(from.shape), grain,
              [&](int64_t begin, int64_t end) {
                if (from.dtype == DType::BF16)
                  widenBf16(reinterpret_cast<uint16_t *>(from.data) + begin,
                            to + begin, end - begin);
                else
                  widenF16(reinterpret_cast<_Float16 *>(from.data) + begin,
                           to + begin, end - begin);
              });
}

void narrow(const float *from, const Argument &to, int threads) {
  parallelFor(
      threads, countElements(to.shape), grain, [&](int64_t begin, int64_t end) {
        if (to.dtype == DType::BF16)
          narrowBf16(from + begin,
                     reinterpret_cast<uint16_t *>(to.data) + begin,
                     end - begin);
        else
          narrowF16(from + begin, reinterpret_cast<_Float16 *>(to.data) + begin,
                    end - begin);
      });
}

} // namespace dlc::host
