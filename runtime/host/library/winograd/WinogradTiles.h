// How images are cut into tiles for Winograd's algorithm, and where their
// transforms lie.
#pragma once

#include "runtime/host/library/Library.h"
#include "runtime/host/library/winograd/WinogradTransform.h"

#include <array>

namespace dlc::host::winograd {

constexpr int64_t roundUp(int64_t size, int64_t unit) {
  return (size + unit - 1) / unit * unit;
}

constexpr int64_t countPanels(int64_t channels) {
  return (channels + panelWidth - 1) / panelWidth;
}

/// A row of channels takes an odd number of cache lines, so that rows below
/// each other do not contend for a few sets of the caches.
constexpr int64_t rowStride(int64_t channels) {
  return (countPanels(channels) | 1) * panelWidth;
}

/// Likewise points.
constexpr int64_t pointStride(int64_t floats) {
  return roundUp(floats, panelWidth) | panelWidth;
}

/// A batch of images in channels last.
struct Image {
  explicit Image(const Argument &argument)
      : data(reinterpret_cast<float *>(argument.data)),
        height(argument.shape[1]), width(argument.shape[2]),
        channels(argument.shape[3]) {}

  float *data;
  int64_t height, width, channels;
};

/// The tiles of all samples of a result, row by row.
struct Tiles {
  Tiles(int64_t samples, int64_t height, int64_t width)
      : samples(samples), down((height + tileSide - 1) / tileSide),
        across((width + tileSide - 1) / tileSide) {}

  int64_t count() const { return samples * down * across; }

  /// The patch of `image` that begins as many pixels above and left of the tile
  /// as `low` tells, with all channels.
  Patch patchOf(const Image &image, int64_t tile,
                std::array<int64_t, 2> low) const {
    int64_t sample = tile / (down * across);
    return {image.data + sample * image.height * image.width * image.channels,
            image.height,
            image.width,
            image.channels,
            image.channels,
            tile / across % down * tileSide - low[0],
            tile % across * tileSide - low[1]};
  }

  int64_t samples, down, across;
};

/// Cuts `count` tiles into blocks of nearly the same size.
struct Blocks {
  Blocks(int64_t count, int64_t largest)
      : count(count), blocks((count + largest - 1) / largest),
        size(blocks ? (count + blocks - 1) / blocks : 0) {}

  int64_t begin(int64_t block) const { return std::min(count, block * size); }

  int64_t count, blocks;
  int64_t size; // of the largest
};

} // namespace dlc::host::winograd
