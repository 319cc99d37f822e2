// "max_pool2d" and the two routines that go with it, channels last. All three
// find the first maximum of a window, in row-major order, as those of
// runtime/host/library/pooling/MaxPool2D.cpp do, with the same configuration.
#include "compiler/emit/cuda/routines/window/Pool.h"

namespace dlc::emit::cuda::routines {

Expected<KernelText> emitMaxPool2D(RoutineCall &call) {
  if (auto checked = call.expectFloats(1, 4); !checked)
    return dlc::Unexpected(checked.error());
  auto pool = readPool(call, call.operands[0], call.result);
  if (!pool)
    return dlc::Unexpected(pool.error());
  PoolWriter writer(call, *pool);
  writer.enter({"x", "y"}, pool->out);
  writer.declarePatch("row", "column");
  writer.findMaximum(false);
  return writer.finish("best");
}

// In gather form: an element of dx looks for itself among the maxima of all
// windows that cover it, in the order of the windows.
Expected<KernelText> emitMaxPool2DGrad(RoutineCall &call) {
  if (auto checked = call.expectFloats(2, 4); !checked)
    return dlc::Unexpected(checked.error());
  if (call.result.shape != call.operands[0].shape)
    return call.failShapes("dx has the shape of x");
  auto pool = readPool(call, call.operands[0], call.operands[1]);
  if (!pool)
    return dlc::Unexpected(pool.error());
  PoolWriter writer(call, *pool);
  Code &code = writer.code;
  const Lanes &lanes = writer.lanes;
  writer.enter({"x", "dy", "dx"}, pool->in);
  code.line("const int here = row * {} + column;", pool->in[1]);
  code.line("{} total = {};", lanes.type(), lanes.all("0.0f"));
  writer.openWindows();
  writer.declarePatch("outRow", "outColumn");
  writer.findMaximum(true);
  code.line("const {} grad = {};", lanes.type(),
            call.read(lanes, "dy", writer.pixelOfY()));
  for (const char *part : lanes.parts())
    code.line("total{0} += where{0} == here ? grad{0} : 0.0f;", part);
  writer.closeLoops();
  return writer.finish("total");
}

Expected<KernelText> emitMaxPool2DPick(RoutineCall &call) {
  if (auto checked = call.expectFloats(2, 4); !checked)
    return dlc::Unexpected(checked.error());
  if (call.operands[1].shape != call.operands[0].shape)
    return call.failShapes("v has the shape of x");
  auto pool = readPool(call, call.operands[0], call.result);
  if (!pool)
    return dlc::Unexpected(pool.error());
  PoolWriter writer(call, *pool);
  Code &code = writer.code;
  const Lanes &lanes = writer.lanes;
  writer.enter({"x", "v", "y"}, pool->out);
  writer.declarePatch("row", "column");
  writer.findMaximum(true);
  code.line("{} picked;", lanes.type());
  for (auto [i, part] : llvm::enumerate(lanes.parts()))
    code.line(
        "picked{} = {};", part,
        call.read(Lanes(1), "v",
                  fmt::format("(image * {} + where{}) * {} + {}",
                              pool->in[0] * pool->in[1], part, pool->channels,
                              plus("channel", int64_t(i)))));
  return writer.finish("picked");
}

} // namespace dlc::emit::cuda::routines
