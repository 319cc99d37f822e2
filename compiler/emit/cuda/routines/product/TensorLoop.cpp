// The loop of a product over its depth on tensor cores: tiles of both factors
// are copied into shared memory some steps ahead, and multiplied by warps.
#include "compiler/emit/cuda/routines/product/TensorLoop.h"

namespace dlc::emit::cuda::routines {

SharedTile TensorLoop::describeTile(const Factor &factor, const Plan &plan,
                                    bool isLeft) {
  return {isLeft ? plan.tile.rows : plan.tile.columns,
          elementBytes(plan.precision), factor.alongDepth, isLeft};
}

int64_t TensorLoop::sharedBytes(const Plan &plan) {
  const Tile &tile = plan.tile;
  return (tile.rows + tile.columns) * SharedTile::depthBytes * tile.stages;
}

TensorLoop::TensorLoop(Code &code, const Product &product, const Plan &plan,
                       std::string index)
    : code(code), product(product), plan(plan), index(std::move(index)),
      depthFits(!product.depth.timesBatch &&
                product.depth.trips % (plan.slices * plan.tile.depth) == 0),
      left(describe(product.left, true)),
      right(describe(product.right, false)) {}

TensorLoop::Half TensorLoop::describe(const Factor &factor, bool isLeft) const {
  SharedTile tile = describeTile(factor, plan, isLeft);
  Count count = isLeft ? product.rows : product.columns;
  const char *line = isLeft ? "row" : "column";
  bool fits = !count.timesBatch && count.trips % tile.lines == 0;
  return {factor,
          tile,
          line,
          isLeft ? "firstRow" : "firstColumn",
          isLeft ? "leftLane" : "rightLane",
          isLeft ? "warpRow" : "warpColumn",
          fits ? "" : fmt::format("{} < {}", line, toText(count)),
          isLeft ? 0 : plan.tile.rows * SharedTile::depthBytes};
}

/// Which of the results a thread has, and where it begins to read.
void TensorLoop::placeThread() {
  const Tile &tile = plan.tile;
  int64_t across = tile.columns / tile.warpColumns();
  code.line("const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;");
  code.line("const int warpRow = {}, warpColumn = {};",
            tile.rows == tile.warpRows()
                ? "0"
                : times(coordinate("warp", across, 0), tile.warpRows()),
            across == 1
                ? "0"
                : times(coordinate("warp", 1, across), tile.warpColumns()));
  if (left.tile.isShuffled())
    code.line("const int threadRow = warpRow + {}, threadColumn = warpColumn + "
              "lane % 4 * 4;",
              (SharedTile::quadOf(Formula("lane / 4")) * Formula(4)).str());
  else
    code.line("const int threadRow = warpRow + lane / 4, threadColumn = "
              "warpColumn + lane % 2 * 8 + lane % 4 / 2 * 4;");
  for (const Half *half : {&left, &right})
    code.line("const unsigned int {} = {};", half->lane,
              half->tile.laneBegin(Formula("lane"), Formula(half->warp)).str());
}

/// Starts a thread's copies of the tile at `start` to `to`.
void TensorLoop::copyTile(const Half &half) {
  const Factor &factor = half.factor;
  const SharedTile &tile = half.tile;
  int64_t copied = factor.width * tile.elementBytes;
  int64_t perRow = tile.pieces() * SharedTile::pieceBytes / copied;
  int64_t loads = tile.rows() * perRow / plan.tile.threads();
  // Each copy's place takes registers. Nothing waits for a copy but where it
  // goes through a register: there eight are under way at once.
  int64_t unrolled = copied == 2 ? 8 : 4;
  code.line("#pragma unroll {}", std::min(loads, unrolled));
  code.open("for (int i = 0; i < {}; ++i)", loads);
  code.line("const int slot = i * {} + threadIdx.x, tileRow = slot / {}, "
            "inRow = slot % {};",
            plan.tile.threads(), perRow, perRow);
  std::string inner = times("inRow", factor.width);
  std::string line = inner, k = "tileRow";
  if (factor.alongDepth) {
    line = tile.lineOf(Formula("tileRow")).str();
    k = inner;
  }
  code.line("const {} {} = {} + {}, k = start + {};", index, half.line,
            half.first, line, k);
  Place place = factor.locate(code);
  int64_t copiesOfPiece = SharedTile::pieceBytes / copied;
  Formula inRow("inRow");
  Formula target = tile.place(Formula("tileRow"), inRow / copiesOfPiece);
  if (half.begin)
    target = Formula(half.begin) + target;
  target = target + inRow % copiesOfPiece * Formula(copied);
  std::string inside =
      all({half.bound, depthFits ? "" : "k < end", place.condition});
  if (inside.empty()) {
    code.line("tensor::copy{}(to + {}, {} + {});", copied, target.str(),
              factor.array, place.offset);
  } else {
    code.line("const bool inside = {};", inside);
    code.line("tensor::copy{}(to + {}, {} + (inside ? {} : 0), inside);",
              copied, target.str(), factor.array, place.offset);
  }
  code.close();
}

/// Fragments a or b of `step`, from the stage at `from`.
void TensorLoop::readFragments(const Half &half) {
  const SharedTile &tile = half.tile;
  bool isLeft = tile.isLeft;
  int64_t lines = isLeft ? plan.tile.warpRows() : plan.tile.warpColumns();
  auto unit = tile.shift(1, 0, 0), step = tile.shift(0, 1, 0),
       part = tile.shift(0, 0, 1);
  std::string turned =
      sum({times("i", unit.turned), times("step", step.turned)});
  std::string at =
      turned == "0" ? half.lane : fmt::format("({} ^ {})", half.lane, turned);
  at = sum({plus("from", half.begin), at, times("i", unit.moved),
            times("step", step.moved)});
  code.line("#pragma unroll");
  code.open("for (int i = 0; i < {}; ++i)", lines / tile.linesOfLoad());
  if (tile.takesMatrices()) {
    const char *load = tile.alongDepth ? "loadMatrices" : "loadTransposed";
    if (isLeft)
      code.line("tensor::{}(a[i][0], a[i][1], a[i][2], a[i][3], {});", load,
                at);
    else
      code.line("tensor::{}(b[2 * i][0], b[2 * i][1], b[2 * i + 1][0], "
                "b[2 * i + 1][1], {});",
                load, at);
  } else if (isLeft) {
    for (int64_t p = 0; p < 2; ++p)
      code.line("tensor::loadQuad(a[2 * i][{0}], a[2 * i][{1}], a[2 * i + "
                "1][{0}], a[2 * i + 1][{1}], {2});",
                2 * p, 2 * p + 1, plus(at, p * part.moved));
  } else {
    for (int64_t p = 0; p < 2; ++p)
      code.line("tensor::loadQuad(b[4 * i][{0}], b[4 * i + 1][{0}], b[4 * i + "
                "2][{0}], b[4 * i + 3][{0}], {1});",
                p, plus(at, p * part.moved));
  }
  code.close();
}

/// Rounds float32 fragments to what tensor cores take.
void TensorLoop::splitFragments(const char *name, int64_t count,
                                int64_t registers) {
  bool isSum = plan.precision == Precision::Tf32x3;
  if (isSum)
    code.line("unsigned int {}Rest[{}][{}];", name, count, registers);
  code.line("#pragma unroll");
  code.line("for (int i = 0; i < {}; ++i)", count);
  code.line("#pragma unroll");
  code.line("  for (int j = 0; j < {}; ++j)", registers);
  if (isSum)
    code.line("    tensor::split({0}[i][j], {0}Rest[i][j]);", name);
  else
    code.line("    {0}[i][j] = tensor::roundTf32({0}[i][j]);", name);
}

void TensorLoop::multiplyAll(const char *leftName, const char *rightName) {
  const char *function = "multiplyTf32";
  if (plan.precision == Precision::Bf16)
    function = "multiplyBf16";
  if (plan.precision == Precision::F16)
    function = "multiplyF16";
  code.line("#pragma unroll");
  code.open("for (int i = 0; i < {}; ++i)", rowFragments());
  code.line("#pragma unroll");
  code.open("for (int j = 0; j < {}; ++j)", columnFragments());
  // Columns 2 l and 2 l + 1 of lanes' fragments: neighbours, or quads apart.
  bool shuffled = left.tile.isShuffled();
  code.line("float *const above = &sum[2 * i][{}], *const below = &sum[2 * i + "
            "1][{}];",
            shuffled ? "j / 4 * 8 + j % 4" : "2 * j",
            shuffled ? "j / 4 * 8 + j % 4" : "2 * j");
  code.line("tensor::{0}(above[0], above[{1}], below[0], below[{1}], {2}[i], "
            "{3}[j]);",
            function, shuffled ? 4 : 1, leftName, rightName);
  code.close();
  code.close();
}

void TensorLoop::multiply() {
  code.line("#pragma unroll");
  code.open("for (int step = 0; step < {}; ++step)", SharedTile::stepsOfTile);
  code.line("unsigned int a[{}][4], b[{}][2];", rowFragments(),
            columnFragments());
  readFragments(left);
  readFragments(right);
  if (!takesHalves(plan.precision)) {
    splitFragments("a", rowFragments(), 4);
    splitFragments("b", columnFragments(), 2);
  }
  if (plan.precision == Precision::Tf32x3) {
    // The small ones first.
    multiplyAll("aRest", "b");
    multiplyAll("a", "bRest");
  }
  multiplyAll("a", "b");
  code.close();
}

/// Lanes hold two neighbours of each fragment of halves: pairs of lanes make
/// quads of them.
void TensorLoop::joinQuads() {
  code.line("#pragma unroll");
  code.line("for (int i = 0; i < {}; ++i)", plan.tile.rowsEach);
  code.line("#pragma unroll");
  code.line("  for (int j = 0; j < {}; j += 4)", plan.tile.columnsEach);
  code.line("    tensor::joinQuads(sum[i][j], sum[i][j + 1], sum[i][j + 2], "
            "sum[i][j + 3]);");
}

void TensorLoop::write() {
  int64_t ahead = plan.tile.stages - 1;
  code.line("extern __shared__ __align__(128) unsigned char sharedTiles[];");
  code.line("constexpr int ahead = {}, stageBytes = {};", ahead, stageBytes());
  placeThread();
  code.line("// Starts the copies of a thread's share of the tiles that begin "
            "at `start`.");
  code.open("const auto fetch = [&]({} start, unsigned int to)", index);
  copyTile(left);
  copyTile(right);
  code.close(";");
  code.blank();
  code.line("float sum[{}][{}] = {{}};", plan.tile.rowsEach,
            plan.tile.columnsEach);
  code.line("const unsigned int tiles = tensor::addressOf(sharedTiles);");
  code.open("for (int i = 0; i < ahead; ++i)");
  code.line("if (begin + i * tileDepth < end)");
  code.line("  fetch(begin + i * tileDepth, tiles + i * stageBytes);");
  code.line("tensor::commit();");
  code.close();
  code.line("unsigned int from = tiles, to = tiles + ahead * stageBytes;");
  code.open("for ({0} start = begin; start < end; start += tileDepth)", index);
  code.line("tensor::waitFor<ahead - 1>();");
  code.line("__syncthreads();");
  code.line("if (start + ahead * tileDepth < end)");
  code.line("  fetch(start + ahead * tileDepth, to);");
  code.line("tensor::commit();");
  multiply();
  code.line("to = from;");
  code.line("from = from == tiles + ahead * stageBytes ? tiles : from + "
            "stageBytes;");
  code.close();
  if (!left.tile.isShuffled())
    joinQuads();
}

} // namespace dlc::emit::cuda::routines
