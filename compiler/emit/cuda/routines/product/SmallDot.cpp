// Products with so few rows or columns that tiles would stand empty.
#include "compiler/emit/cuda/routines/product/SmallDot.h"

namespace dlc::emit::cuda::routines {

/// Below this many rows or columns most of a tile would be empty.
constexpr int64_t fewLines = 4;
/// What a warp has to add up to be worth its last five steps.
constexpr int64_t longDepth = 64;
/// Results for which threads alone fill a machine.
constexpr int64_t manyResults = 8192;
constexpr uint32_t threads = 256, warp = 32;

bool isSmall(const RoutineCall &call, const Product &product) {
  return std::min(evaluate(product.rows, call.maxBatch),
                  evaluate(product.columns, call.maxBatch)) <= fewLines;
}

static bool takesWarps(const RoutineCall &call, const Product &product,
                       Count results) {
  if (evaluate(product.depth, call.maxBatch) < longDepth)
    return false;
  return (product.left.alongDepth && product.right.alongDepth) ||
         evaluate(results, call.maxBatch) < manyResults;
}

/// The sum over every `step`th k from `first`.
static void writeSum(const RoutineCall &call, Code &code,
                     const Product &product, const char *first, int64_t step,
                     int64_t width) {
  Lanes lanes(width);
  std::string index = call.indexType();
  code.open("for ({} k = {}; k < {}; k += {})", index, times(first, width),
            toText(product.depth), step * width);
  Place left = product.left.locate(code), right = product.right.locate(code);
  code.line("const {} a = {};", lanes.type(),
            call.read(lanes, product.left.array, left.offset));
  code.line("const {} b = {};", lanes.type(),
            call.read(lanes, product.right.array, right.offset));
  for (const char *part : lanes.parts())
    code.line("value = fmaf(a{0}, b{0}, value);", part);
  code.close();
}

KernelText writeSmallDot(RoutineCall &call, Code &code, const Product &product,
                         llvm::ArrayRef<std::string> names) {
  std::string index = call.indexType();
  Count results = call.result.count();
  bool warps = takesWarps(call, product, results);
  bool aligned = product.left.alongDepth && product.right.alongDepth &&
                 std::min(product.left.width, product.right.width) >= 4;
  int64_t perBlock = warps ? threads / warp : threads;

  call.openKernel(code, threads, names, false);
  code.line("// {} computes one result.", warps ? "A warp" : "A thread");
  code.line("const {} result = blockIdx.x * {} + threadIdx.x{};", index,
            perBlock, warps ? " / 32" : "");
  code.line("if (result >= {})", toText(results));
  code.line("  return;");
  declarePlace(code, product, index, "result");
  code.line("float value = 0.0f;");
  if (warps) {
    code.line("const int lane = threadIdx.x % 32;");
    writeSum(call, code, product, "lane", warp, aligned ? 4 : 1);
    code.line("for (int step = 16; step > 0; step /= 2)");
    code.line("  value += __shfl_xor_sync(0xffffffff, value, step);");
    code.line("if (lane != 0)");
    code.line("  return;");
  } else {
    writeSum(call, code, product, "0", 1, aligned ? 4 : 1);
  }
  Place place = product.locate(code);
  code.line("const {} offset = {};", index, place.offset);
  writeEpilogue(call, code, Lanes(1), product.bias, product.relu);
  call.finishElement(code, Lanes(1), names.back(), describeElement(product));
  code.close();

  artifact::DeviceStage stage;
  stage.symbol = "@NAME@";
  stage.extent = results;
  stage.perBlock = perBlock;
  stage.threads = threads;
  return {code.take(), {stage}, 0};
}

} // namespace dlc::emit::cuda::routines
