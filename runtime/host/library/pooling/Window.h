// The window of a pooling routine, read and checked against the shapes.
#pragma once

#include "runtime/host/library/Routines.h"

namespace dlc::host {

/// {"window": [h, w], "strides": [h, w], "padding": [[top, bottom],
/// [left, right]]} over images [n, h, w, channels].
struct Window {
  int64_t n, height, width, channels; // of x
  int64_t outHeight, outWidth;        // of y
  Config::Pair size, strides;
  std::array<Config::Pair, 2> padding;
};

Expected<Window> readWindow(const CallSpec &spec, Config &config,
                            const Shape &x, const Shape &y);

} // namespace dlc::host
