#include "runtime/image/formats/BmpRle.h"

#include <algorithm>

namespace dlc::image {

namespace {

/// Reads pairs of bytes: a count and what is repeated, or 0 and a command.
class RunReader {
public:
  RunReader(std::span<const std::byte> runs, bool fourBits, int width,
            int height, size_t parity)
      : runs(runs), fourBits(fourBits), width(size_t(width)),
        wanted(size_t(width) * size_t(height)), parity(parity) {}

  std::vector<uint8_t> read() {
    while (indices.size() < wanted && at + 2 <= runs.size()) {
      uint8_t count = take(), value = take();
      if (count > 0)
        repeat(count, value);
      else if (!obey(value))
        break;
    }
    return std::move(indices);
  }

private:
  enum Command : uint8_t { EndOfLine = 0, EndOfBitmap = 1, Delta = 2 };

  uint8_t take() { return uint8_t(runs[at++]); }

  /// What a run has beyond its row's end is dropped.
  void repeat(size_t count, uint8_t value) {
    count = std::min(count, column < width ? width - column : 0);
    column += count;
    for (size_t i = 0; i < count; ++i)
      indices.push_back(!fourBits    ? value
                        : i % 2 == 0 ? value >> 4
                                     : value & 15);
  }

  /// False where the picture ends.
  bool obey(uint8_t command) {
    switch (command) {
    case EndOfLine:
      indices.resize((indices.size() + width - 1) / width * width);
      column = 0;
      return true;
    case EndOfBitmap:
      return false;
    case Delta: {
      if (at + 2 > runs.size())
        return false;
      size_t right = take(), up = take();
      indices.resize(std::min(wanted, indices.size() + right + up * width));
      column = indices.size() % width;
      return true;
    }
    default:
      return copy(command);
    }
  }

  bool copy(size_t count) {
    size_t copied = std::min(count, wanted - indices.size());
    size_t bytes = fourBits ? (copied + 1) / 2 : copied;
    size_t there = std::min(bytes, runs.size() - at);
    for (size_t i = 0; i < there; ++i) {
      auto value = uint8_t(runs[at + i]);
      if (!fourBits) {
        indices.push_back(value);
        continue;
      }
      indices.push_back(value >> 4);
      if (2 * i + 1 < copied)
        indices.push_back(value & 15);
    }
    at += there;
    if (there < bytes || indices.size() == wanted)
      return false;
    column += count;
    if ((at + parity) % 2 != 0)
      ++at;
    return true;
  }

  std::span<const std::byte> runs;
  bool fourBits;
  size_t width, wanted, parity;
  size_t at = 0, column = 0;
  std::vector<uint8_t> indices;
};

} // namespace

std::vector<uint8_t> readBmpRuns(std::span<const std::byte> runs, bool fourBits,
                                 int width, int height, size_t parity) {
  return RunReader(runs, fourBits, width, height, parity).read();
}

} // namespace dlc::image
