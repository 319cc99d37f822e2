// The window of a pooling routine, and the loops that all of them share.
#include "compiler/emit/cuda/routines/window/Pool.h"

namespace dlc::emit::cuda::routines {

std::string Pool::describe() const {
  std::string text = fmt::format("window {} x {}, strides {} x {}", size[0],
                                 size[1], strides[0], strides[1]);
  if (low[0] || low[1])
    text += fmt::format(", padding of {} and {} in front", low[0], low[1]);
  return text;
}

Expected<Pool> readPool(RoutineCall &call, const Array &x, const Array &y) {
  Pool pool{};
  pool.size = call.pair("window", 1);
  pool.strides = call.pair("strides", 1);
  std::array<RoutineCall::Pair, 2> padding = call.pads("padding");
  if (auto checked = call.check(); !checked)
    return dlc::Unexpected(checked.error());
  if (x.shape[0] != y.shape[0] || x.shape[3] != y.shape[3])
    return call.failShapes("pooling keeps samples and channels");
  pool.channels = x.shape[3];
  for (int i = 0; i < 2; ++i) {
    pool.in[i] = x.shape[i + 1];
    pool.out[i] = y.shape[i + 1];
    pool.low[i] = padding[i][0];
    int64_t room = pool.in[i] + padding[i][0] + padding[i][1] - pool.size[i];
    if (room < 0 || room / pool.strides[i] + 1 != pool.out[i])
      return call.failShapes("the window gives another height or width");
    // Else a window could hold padding alone, and a mean of nothing.
    if (std::max(padding[i][0], padding[i][1]) >= pool.size[i])
      return call.failShapes("padding is smaller than the window");
  }
  return pool;
}

PoolWriter::PoolWriter(RoutineCall &call, const Pool &pool)
    : lanes(call.mayWiden() ? lanesFor(pool.channels) : Lanes(1)), call(call),
      pool(pool), walk(call, code, lanes), index(call.indexType()) {
  call.note = pool.describe();
}

void PoolWriter::enter(llvm::ArrayRef<std::string> names,
                       std::array<int64_t, 2> size) {
  walk.open(names);
  code.line("const {} channel = {};", index,
            coordinate("place", 1, pool.channels));
  code.line("const int row = {}, column = {};",
            coordinate("place", pool.channels * size[1], size[0]),
            coordinate("place", pool.channels, size[1]));
  code.line("const {} image = place / {};", index,
            pool.channels * size[1] * size[0]);
}

void PoolWriter::declarePatch(const std::string &row,
                              const std::string &column) {
  for (int dim = 0; dim < 2; ++dim) {
    const char *first = dim ? "left" : "top";
    const char *last = dim ? "right" : "bottom";
    std::string begin =
        plus(times(dim ? column : row, pool.strides[dim]), -pool.low[dim]);
    std::string end = plus(times(dim ? column : row, pool.strides[dim]),
                           pool.size[dim] - pool.low[dim]);
    if (pool.reachesBefore(dim))
      begin = fmt::format("max({}, 0)", begin);
    if (pool.reachesBehind(dim))
      end = fmt::format("min({}, {})", end, pool.in[dim]);
    code.line("const int {} = {}, {} = {};", first, begin, last, end);
  }
}

void PoolWriter::openPatch() {
  code.open("for (int h = top; h < bottom; ++h)");
  code.open("for (int w = left; w < right; ++w)");
}

void PoolWriter::openWindows() {
  for (int dim = 0; dim < 2; ++dim) {
    const char *name = dim ? "Column" : "Row";
    // The place with the padding in front counted in.
    std::string place = plus(dim ? "column" : "row", pool.low[dim]);
    int64_t size = pool.size[dim], stride = pool.strides[dim];
    std::string last =
        stride == 1 ? place : fmt::format("({}) / {}", place, stride);
    code.line("const int last{} = min({}, {});", name, last, pool.out[dim] - 1);
    std::string before = plus(place, stride - size);
    std::string first =
        stride == 1 ? before : fmt::format("({}) / {}", before, stride);
    code.open("for (int out{0} = max({1}, 0); out{0} <= last{0}; ++out{0})",
              name, first);
  }
}

void PoolWriter::closeLoops() {
  code.close();
  code.close();
}

std::string PoolWriter::pixelOfX() const {
  return fmt::format("((image * {} + h) * {} + w) * {} + channel", pool.in[0],
                     pool.in[1], pool.channels);
}

std::string PoolWriter::pixelOfY() const {
  return fmt::format("((image * {} + outRow) * {} + outColumn) * {} + channel",
                     pool.out[0], pool.out[1], pool.channels);
}

void PoolWriter::findMaximum(bool keepPlace) {
  Lanes places(lanes.width, DType::I32);
  code.line("{} best = {};", lanes.type(),
            call.read(lanes, "x",
                      fmt::format("((image * {} + top) * {} + left) * {} "
                                  "+ channel",
                                  pool.in[0], pool.in[1], pool.channels)));
  if (keepPlace) {
    code.line("const int first = top * {} + left;", pool.in[1]);
    code.line("{} where = {};", places.type(), places.all("first"));
  }
  openPatch();
  code.line("const {} value = {};", lanes.type(),
            call.read(lanes, "x", pixelOfX()));
  for (const char *part : lanes.parts()) {
    // NaN counts as the maximum, so that it shows.
    if (!keepPlace) {
      code.line("best{0} = value{0} > best{0} || value{0} != value{0} ? "
                "value{0} : best{0};",
                part);
      continue;
    }
    code.open("if (value{0} > best{0} || value{0} != value{0})", part);
    code.line("best{0} = value{0};", part);
    code.line("where{} = h * {} + w;", part, pool.in[1]);
    code.close();
  }
  closeLoops();
}

KernelText PoolWriter::finish(const std::string &value) {
  return walk.close(value, "channel");
}

} // namespace dlc::emit::cuda::routines
