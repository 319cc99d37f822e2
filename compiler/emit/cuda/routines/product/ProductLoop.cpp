// The loop of a product over its depth: tiles go from memory through registers
// to shared memory, twice over, while the tile before them is multiplied.
#include "compiler/emit/cuda/routines/product/ProductLoop.h"

namespace dlc::emit::cuda::routines {

ProductLoop::ProductLoop(Code &code, const Product &product, const Plan &plan,
                         std::string index)
    : code(code), product(product), plan(plan), index(std::move(index)),
      depthFits(!product.depth.timesBatch &&
                product.depth.trips % (plan.slices * plan.tile.depth) == 0),
      left(describe(product.left, true)),
      right(describe(product.right, false)) {}

ProductLoop::Half ProductLoop::describe(const Factor &factor,
                                        bool isLeft) const {
  int64_t lines = isLeft ? plan.tile.rows : plan.tile.columns;
  Count count = isLeft ? product.rows : product.columns;
  bool fits = !count.timesBatch && count.trips % lines == 0;
  int64_t loads =
      lines * plan.tile.depth / (plan.tile.threads() * factor.width);
  std::string bound;
  if (!fits)
    bound = fmt::format("{} < {}", isLeft ? "row" : "column", toText(count));
  return {factor,
          isLeft ? "row" : "column",
          isLeft ? "firstRow" : "firstColumn",
          isLeft ? "tileRows" : "tileColumns",
          isLeft ? "leftTile" : "rightTile",
          std::string(isLeft ? "leftNext" : "rightNext") +
              (loads > 1 ? "[i]" : ""),
          bound,
          lines,
          loads,
          (factor.alongDepth ? plan.tile.depth : lines) / factor.width};
}

void ProductLoop::declare(const Half &half) {
  // Four columns more keep transposing stores off each other's banks.
  code.line("__shared__ __align__(16) float {}[2][tileDepth][{}{}];", half.tile,
            half.tileLines, half.factor.alongDepth ? " + 4" : "");
  code.line("{} {}{};", Lanes(half.factor.width).type(),
            &half == &left ? "leftNext" : "rightNext",
            half.loads > 1 ? fmt::format("[{}]", half.loads) : "");
}

/// Opens a loop over a thread's loads and declares `slot`, which numbers those
/// of all threads.
void ProductLoop::openLoads(const Half &half) {
  if (half.loads > 1) {
    code.line("#pragma unroll");
    code.open("for (int i = 0; i < {}; ++i)", half.loads);
    code.line("const int slot = i * {} + threadIdx.x;", plan.tile.threads());
  } else {
    code.openBlock();
    code.line("const int slot = threadIdx.x;");
  }
}

/// A thread's share of the tile at `start`, from memory to registers.
void ProductLoop::fetch(const Half &half) {
  const Factor &factor = half.factor;
  Lanes lanes(factor.width);
  openLoads(half);
  auto [line, k] = std::pair(half.outer(), half.inner());
  if (!factor.alongDepth)
    std::swap(line, k);
  code.line("const {} {} = {} + {}, k = start + {};", index, half.line,
            half.first, line, k);
  Place place = factor.locate(code);
  std::string inside =
      all({half.bound, depthFits ? "" : "k < end", place.condition});
  std::string load = lanes.load(factor.array, place.offset);
  if (inside.empty()) {
    code.line("{} = {};", half.next, load);
  } else {
    code.line("const bool inside = {};", inside);
    code.line("{} = inside ? {} : {};", half.next, load,
              factor.width == 4 ? "float4{}" : "0.0f");
  }
  code.close();
}

/// What `fetch` got, from registers to shared memory.
void ProductLoop::lay(const Half &half) {
  const Factor &factor = half.factor;
  openLoads(half);
  if (factor.alongDepth) {
    for (auto [i, part] : llvm::enumerate(Lanes(factor.width).parts()))
      code.line("{}[stage][{}][{}] = {}{};", half.tile,
                plus(half.inner(), int64_t(i)), half.outer(), half.next, part);
  } else {
    std::string target =
        fmt::format("{}[stage][{}][{}]", half.tile, half.outer(), half.inner());
    if (factor.width == 4)
      target = fmt::format("*reinterpret_cast<float4 *>(&{})", target);
    code.line("{} = {};", target, half.next);
  }
  code.close();
}

void ProductLoop::readFragment(const Half &half, const char *fragment,
                               int64_t each, const char *threadLine) {
  int64_t quads = each / 4;
  for (int64_t quad = 0; quad < quads; ++quad)
    code.line(
        "*reinterpret_cast<float4 *>({}) = *reinterpret_cast<const "
        "float4 *>(&{}[stage][k][{}]);",
        quad ? fmt::format("{} + {}", fragment, quad * 4) : fragment, half.tile,
        quad ? fmt::format("{} + {}", half.lines / quads * quad, threadLine)
             : threadLine);
}

void ProductLoop::multiply() {
  const Tile &tile = plan.tile;
  // Where the loop over tiles goes away, ptxas would load what all the steps
  // need before the first of them, and has no registers for so much.
  bool isOnePass = !product.depth.timesBatch && plan.slices == 1 &&
                   product.depth.trips <= tile.depth;
  code.line("#pragma unroll{}", isOnePass ? " 8" : "");
  code.open("for (int k = 0; k < {}; ++k)", isOnePass ? "end" : "tileDepth");
  code.line("__align__(16) float a[{}], b[{}];", tile.rowsEach,
            tile.columnsEach);
  readFragment(left, "a", tile.rowsEach, "threadRow");
  readFragment(right, "b", tile.columnsEach, "threadColumn");
  code.line("#pragma unroll");
  code.line("for (int i = 0; i < {}; ++i)", tile.rowsEach);
  code.line("#pragma unroll");
  code.line("  for (int j = 0; j < {}; ++j)", tile.columnsEach);
  code.line("    sum[i][j] = fmaf(a[i], b[j], sum[i][j]);");
  code.close();
}

void ProductLoop::write() {
  const Tile &tile = plan.tile;
  declare(left);
  declare(right);
  code.line(
      "// A thread's share of the tiles that begin at `start`, from memory "
      "to registers.");
  code.open("const auto fetch = [&]({} start)", index);
  fetch(left);
  fetch(right);
  code.close(";");
  code.line("// From there to shared memory, depth by depth.");
  code.open("const auto lay = [&](int stage)");
  lay(left);
  lay(right);
  code.close(";");
  code.blank();
  int64_t across = tile.columns / tile.columnsEach;
  code.line("const int threadRow = threadIdx.x / {0} * 4, threadColumn = "
            "threadIdx.x % {0} * 4;",
            across);
  code.line("float sum[{}][{}] = {{}};", tile.rowsEach, tile.columnsEach);
  code.line("int stage = 0;");
  code.line("fetch(begin);");
  code.line("lay(stage);");
  code.line("__syncthreads();");
  code.open("for ({0} start = begin; start < end; start += tileDepth)", index);
  code.line("const bool more = start + tileDepth < end;");
  code.line("if (more)");
  code.line("  fetch(start + tileDepth);");
  multiply();
  code.line("stage ^= 1;");
  code.line("if (more)");
  code.line("  lay(stage);");
  code.line("__syncthreads();");
  code.close();
}

} // namespace dlc::emit::cuda::routines
