// The window of a pooling routine, read and checked against the shapes.
#include "runtime/host/library/pooling/Window.h"

namespace dlc::host {

Expected<Window> readWindow(const CallSpec &spec, Config &config,
                            const Shape &x, const Shape &y) {
  Window window{x[0],
                x[1],
                x[2],
                x[3],
                y[1],
                y[2],
                config.pair("window", 1),
                config.pair("strides", 1),
                config.pads("padding")};
  if (auto checked = config.check(); !checked)
    return Unexpected(checked.error());
  if (x[0] != y[0] || x[3] != y[3])
    return failShapes(spec, "pooling keeps samples and channels");
  for (int i = 0; i < 2; ++i) {
    Config::Pair pads = window.padding[i];
    int64_t room = x[i + 1] + pads[0] + pads[1] - window.size[i];
    if (room < 0 || room / window.strides[i] + 1 != y[i + 1])
      return failShapes(spec, "the window gives another height or width");
    // Else a window could hold padding alone, and a mean of nothing.
    if (std::max(pads[0], pads[1]) >= window.size[i])
      return failShapes(spec, "padding is smaller than the window");
  }
  return window;
}

} // namespace dlc::host
