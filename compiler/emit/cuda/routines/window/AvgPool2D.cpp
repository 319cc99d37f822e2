// "avg_pool2d" (x) -> y and "avg_pool2d_grad" (dy) -> dx, channels last: means
// over the elements of a window that are not padding. The configuration is that
// of runtime/host/library/pooling/AvgPool2D.cpp.
#include "compiler/emit/cuda/routines/window/Pool.h"

namespace dlc::emit::cuda::routines {

/// Whether all windows lie in the image.
static bool isWhole(const Pool &pool) {
  return !pool.reachesBefore(0) && !pool.reachesBefore(1) &&
         !pool.reachesBehind(0) && !pool.reachesBehind(1);
}

/// Declares `share`, one over the elements of the patch.
static void declareShare(Code &code, const Pool &pool) {
  // The exact division is a call, which takes registers; this one is off by two
  // units in the last place at most.
  if (isWhole(pool))
    code.line("const float share = 1.0f / {};", pool.size[0] * pool.size[1]);
  else
    code.line("const float share = __fdividef(1.0f, (bottom - top) * (right - "
              "left));");
}

Expected<KernelText> emitAvgPool2D(RoutineCall &call) {
  if (auto checked = call.expectFloats(1, 4); !checked)
    return dlc::Unexpected(checked.error());
  auto pool = readPool(call, call.operands[0], call.result);
  if (!pool)
    return dlc::Unexpected(pool.error());
  PoolWriter writer(call, *pool);
  Code &code = writer.code;
  const Lanes &lanes = writer.lanes;
  writer.enter({"x", "y"}, pool->out);
  writer.declarePatch("row", "column");
  code.line("{} mean = {};", lanes.type(), lanes.all("0.0f"));
  writer.openPatch();
  code.line("const {} value = {};", lanes.type(),
            call.read(lanes, "x", writer.pixelOfX()));
  for (const char *part : lanes.parts())
    code.line("mean{0} += value{0};", part);
  writer.closeLoops();
  declareShare(code, *pool);
  for (const char *part : lanes.parts())
    code.line("mean{} *= share;", part);
  return writer.finish("mean");
}

// In gather form: the sum over all windows that cover an element of dx.
Expected<KernelText> emitAvgPool2DGrad(RoutineCall &call) {
  if (auto checked = call.expectFloats(1, 4); !checked)
    return dlc::Unexpected(checked.error());
  auto pool = readPool(call, call.result, call.operands[0]);
  if (!pool)
    return dlc::Unexpected(pool.error());
  PoolWriter writer(call, *pool);
  Code &code = writer.code;
  const Lanes &lanes = writer.lanes;
  writer.enter({"dy", "dx"}, pool->in);
  code.line("{} total = {};", lanes.type(), lanes.all("0.0f"));
  writer.openWindows();
  if (!isWhole(*pool))
    writer.declarePatch("outRow", "outColumn");
  declareShare(code, *pool);
  code.line("const {} grad = {};", lanes.type(),
            call.read(lanes, "dy", writer.pixelOfY()));
  for (const char *part : lanes.parts())
    code.line("total{0} = fmaf(grad{0}, share, total{0});", part);
  writer.closeLoops();
  return writer.finish("total");
}

} // namespace dlc::emit::cuda::routines
