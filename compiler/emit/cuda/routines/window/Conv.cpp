// The window of a convolution: configuration and shapes, read and checked.
#include "compiler/emit/cuda/routines/window/Conv.h"

#include "compiler/emit/cuda/routines/product/Product.h"

namespace dlc::emit::cuda::routines {

Expected<Conv> readConv(RoutineCall &call, const Array &x, const Array &kernel,
                        const Array &y) {
  Conv conv{};
  conv.strides = call.pair("strides", 1);
  conv.dilation = call.pair("dilation", 1);
  std::array<RoutineCall::Pair, 2> padding = call.pads("padding");
  conv.groups = call.integer("groups");
  if (auto checked = call.check(); !checked)
    return dlc::Unexpected(checked.error());
  conv.inChannels = x.shape[3];
  conv.outChannels = y.shape[3];
  if (conv.groups < 1 || conv.inChannels % conv.groups ||
      conv.outChannels % conv.groups ||
      conv.inChannels / conv.groups != kernel.shape[2] ||
      kernel.shape[3] != y.shape[3] || x.shape[0] != y.shape[0])
    return call.failShapes("the channels of x, kernel and y do not match");
  conv.channels = conv.inChannels / conv.groups;
  conv.filters = conv.outChannels / conv.groups;
  for (int i = 0; i < 2; ++i) {
    conv.in[i] = x.shape[i + 1];
    conv.out[i] = y.shape[i + 1];
    conv.window[i] = kernel.shape[i];
    conv.low[i] = padding[i][0];
    int64_t reach = (conv.window[i] - 1) * conv.dilation[i] + 1;
    int64_t room = conv.in[i] + padding[i][0] + padding[i][1] - reach;
    if (conv.window[i] < 1 || room < 0 ||
        room / conv.strides[i] + 1 != conv.out[i])
      return call.failShapes("the window gives another height or width");
  }
  return conv;
}

bool Conv::isPointwise() const {
  for (int i = 0; i < 2; ++i)
    if (window[i] != 1 || strides[i] != 1 || low[i] != 0 || in[i] != out[i])
      return false;
  return true;
}

bool Conv::reachesBehind(int dim) const {
  return (out[dim] - 1) * strides[dim] - low[dim] +
             (window[dim] - 1) * dilation[dim] >=
         in[dim];
}

std::string Conv::describe() const {
  std::string text = fmt::format("window {} x {}, strides {} x {}", window[0],
                                 window[1], strides[0], strides[1]);
  if (dilation[0] != 1 || dilation[1] != 1)
    text += fmt::format(", dilation {} x {}", dilation[0], dilation[1]);
  if (low[0] || low[1])
    text += fmt::format(", padding of {} and {} in front", low[0], low[1]);
  if (groups != 1)
    text += fmt::format(", {} groups", groups);
  return text;
}

int64_t widthOf(RoutineCall &call, int64_t channelsOfGroup) {
  return widestAccess(call.precision(), [&](int64_t width) {
    return channelsOfGroup % width == 0;
  });
}

std::string insideImage(const Conv &conv, const std::string &row,
                        const std::string &column) {
  std::vector<std::string> conditions;
  for (int i = 0; i < 2; ++i) {
    const std::string &place = i ? column : row;
    if (conv.reachesBefore(i))
      conditions.push_back(place + " >= 0");
    if (conv.reachesBehind(i))
      conditions.push_back(fmt::format("{} < {}", place, conv.in[i]));
  }
  return all(conditions);
}

} // namespace dlc::emit::cuda::routines
