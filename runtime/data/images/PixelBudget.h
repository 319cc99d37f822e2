// How many pixels threads may have decoded at the same time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

namespace dlc::data {

/// Bounds the memory of decoding whatever the number of threads: many small
/// pictures at once, or one of the largest that are read.
class PixelBudget {
public:
  explicit PixelBudget(uint64_t pixels) : all(pixels), left(pixels) {}

  /// Pixels that are given back with it.
  class Share {
  public:
    Share() = default;
    Share(PixelBudget &budget, uint64_t pixels)
        : budget(&budget), pixels(pixels) {}
    Share(Share &&other) noexcept
        : budget(std::exchange(other.budget, nullptr)), pixels(other.pixels) {}
    Share &operator=(Share &&) = delete;
    ~Share() {
      if (budget)
        budget->giveBack(pixels);
    }

  private:
    PixelBudget *budget = nullptr;
    uint64_t pixels = 0;
  };

  /// Waits until there are so many; of more than all there are, for all.
  Share take(uint64_t pixels) {
    pixels = pixels < all ? pixels : all;
    std::unique_lock lock(mutex);
    isFree.wait(lock, [&] { return left >= pixels; });
    left -= pixels;
    return {*this, pixels};
  }

private:
  void giveBack(uint64_t pixels) {
    {
      std::lock_guard lock(mutex);
      left += pixels;
    }
    isFree.notify_all();
  }

  std::mutex mutex;
  std::condition_variable isFree;
  const uint64_t all;
  uint64_t left;
};

} // namespace dlc::data
