// Random parameters, a function of seed, epoch and sample alone.
#include "runtime/image/Augment.h"

#include <algorithm>

namespace dlc::image {

namespace {

/// Philox 4x32-10 (Salmon and others, "Parallel random numbers: as easy as 1,
/// 2, 3", 2011): ten rounds turn a counter into random bits under a key.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter,
                               std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t a = uint64_t(counter[0]) * 0xD2511F53u;
    uint64_t b = uint64_t(counter[2]) * 0xCD9E8D57u;
    counter = {uint32_t(b >> 32) ^ counter[1] ^ key[0], uint32_t(b),
               uint32_t(a >> 32) ^ counter[3] ^ key[1], uint32_t(a)};
    key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};
  }
  return counter;
}

/// Each parameter has draws of its own, so that switching one on leaves the
/// others as they are.
enum class Draw : uint32_t {
  Theta,
  HeightShift,
  HeightSign,
  WidthShift,
  WidthSign,
  Shear,
  ZoomX,
  ZoomY,
  FlipHorizontal,
  FlipVertical,
  ChannelShift,
  Brightness,
};

class Draws {
public:
  Draws(uint64_t seed, uint64_t epoch, uint64_t index)
      : seed(seed), epoch(epoch), index(index) {}

  /// In [0, 1), in steps of 2^-53.
  double unit(Draw draw) const {
    auto bits = philox({uint32_t(index), uint32_t(index >> 32), uint32_t(epoch),
                        uint32_t(draw)},
                       {uint32_t(seed), uint32_t(seed >> 32)});
    return double((uint64_t(bits[1]) << 32 | bits[0]) >> 11) * 0x1p-53;
  }
  double uniform(Draw draw, double low, double high) const {
    return low + (high - low) * unit(draw);
  }
  bool coin(Draw draw) const { return unit(draw) < 0.5; }

private:
  uint64_t seed, epoch, index;
};

double drawShift(const ShiftRange &range, int side, const Draws &draws,
                 Draw size, Draw sign) {
  if (range.kind == ShiftRange::Kind::None)
    return 0;
  double shift = 0;
  if (range.kind == ShiftRange::Kind::Uniform) {
    shift = draws.uniform(size, -range.values[0], range.values[0]);
  } else {
    const bool whole = range.kind == ShiftRange::Kind::Whole;
    auto count =
        whole ? int64_t(range.values[0]) : int64_t(range.values.size());
    auto chosen = int64_t(draws.unit(size) * double(count));
    shift = whole ? double(chosen) : range.values[size_t(chosen)];
    if (draws.coin(sign))
      shift = -shift;
  }
  return std::ranges::max(range.values) < 1 ? shift * side : shift;
}

} // namespace

Transform draw(const Augmentation &augmentation, int height, int width,
               uint64_t seed, uint64_t epoch, uint64_t index) {
  const Draws draws(seed, epoch, index);
  Transform transform;
  if (augmentation.rotationRange != 0)
    transform.theta = draws.uniform(Draw::Theta, -augmentation.rotationRange,
                                    augmentation.rotationRange);
  transform.tx = drawShift(augmentation.heightShiftRange, height, draws,
                           Draw::HeightShift, Draw::HeightSign);
  transform.ty = drawShift(augmentation.widthShiftRange, width, draws,
                           Draw::WidthShift, Draw::WidthSign);
  if (augmentation.shearRange != 0)
    transform.shear = draws.uniform(Draw::Shear, -augmentation.shearRange,
                                    augmentation.shearRange);
  if (auto [low, high] = augmentation.zoomRange; low != 1 || high != 1) {
    transform.zx = draws.uniform(Draw::ZoomX, low, high);
    transform.zy = draws.uniform(Draw::ZoomY, low, high);
  }
  transform.flipHorizontal =
      augmentation.horizontalFlip && draws.coin(Draw::FlipHorizontal);
  transform.flipVertical =
      augmentation.verticalFlip && draws.coin(Draw::FlipVertical);
  if (double range = augmentation.channelShiftRange; range != 0)
    transform.channelShiftIntensity =
        draws.uniform(Draw::ChannelShift, -range, range);
  if (augmentation.brightnessRange) {
    auto [low, high] = *augmentation.brightnessRange;
    transform.brightness = draws.uniform(Draw::Brightness, low, high);
  }
  return transform;
}

} // namespace dlc::image
