// The kernels of "attention" and "attention_grad".
#include "compiler/emit/cuda/routines/attention/AttentionKernels.h"

namespace dlc::emit::cuda::routines {
namespace {

// Of the text's functions on the ordinary multipliers.
constexpr uint32_t threads = 256;
constexpr int64_t side = 64; // of a tile

/// Groups of `side` columns of the result that a block makes: more would take
/// registers that there are not.
int64_t countParts(int64_t width) { return width > side ? 2 : 1; }

/// The text's name for elements of this type.
const char *numberOf(DType dtype) {
  if (dtype == DType::BF16)
    return "attention::Bf16";
  return dtype == DType::F16 ? "attention::F16" : "attention::F32";
}

/// The text's name for what multiplies.
std::string coresOf(Precision precision, DType dtype) {
  if (takesHalves(precision))
    return fmt::format("HalfCores<{}>", numberOf(dtype));
  return fmt::format("FloatCores<{}>", precision == Precision::Tf32x3);
}

/// Bytes of a copy to shared memory: as many as places are aligned to.
int64_t bytesOfCopy(const HeadTile &tile) {
  int64_t bytes = HeadTile::pieceBytes;
  while (tile.width * tile.elementBytes % bytes)
    bytes /= 2;
  return bytes;
}

} // namespace

AttentionKernels::AttentionKernels(RoutineCall &call, const Names &operands,
                                   const Names &results)
    : call(call), arrays(operands), operands(operands.size()),
      hasMask(call.operands.size() > operands.size()),
      scale(call.number("scale")), window(call.integer("window")),
      causal(call.flag("causal")), zeroEmpty(call.flag("zero_empty")),
      precision(call.precision()) {
  if (hasMask)
    arrays.emplace_back("mask");
  arguments = arrays;
  if (!hasMask)
    arguments.emplace_back("nullptr");
  llvm::append_range(arrays, results);
}

Expected<void> AttentionKernels::check() const {
  if (auto checked = call.check(); !checked)
    return checked;
  llvm::ArrayRef<Array> given(call.operands);
  bool fits = given.size() == operands + (hasMask ? 1 : 0);
  auto isHeads = [&](const Array &array) {
    return array.shape.size() == 4 && array.dtype == query().dtype;
  };
  // What is known of each query is float32 whatever the heads are.
  auto isHeadsOrRows = [&](const Array &array) {
    return isHeads(array) ||
           (array.shape.size() == 3 && array.dtype == DType::F32);
  };
  fits = fits && (query().dtype == DType::F32 || isHalf(query().dtype)) &&
         llvm::all_of(given.take_front(3), isHeads) &&
         llvm::all_of(given.take_front(operands), isHeadsOrRows) &&
         llvm::all_of(call.results, isHeadsOrRows);
  fits = fits && key().shape[2] > 0 && query().shape[2] % key().shape[2] == 0;
  if (fits && hasMask)
    fits = given.back().dtype == DType::Bool && given.back().shape.size() == 4;
  if (!fits)
    return call.failShapes(call.routine +
                           " works on heads [n, t, h, c] and [n, s, k, c] of "
                           "one floating-point type, h a multiple of k");
  return {};
}

HeadTile AttentionKernels::widthTile() const {
  return {query().shape[3], elementBytes(precision)};
}

HeadTile AttentionKernels::depthTile() const {
  return {value().shape[3], elementBytes(precision)};
}

bool AttentionKernels::isOnTensorCores() const {
  return precision != Precision::Ieee &&
         std::max(query().shape[3], value().shape[3]) <=
             widestTensorHead(precision);
}

/// How far apart elements of the mask are; 0 where all share one.
llvm::SmallVector<int64_t, 4> AttentionKernels::listMaskStrides() const {
  llvm::SmallVector<int64_t, 4> strides(4, 0);
  if (!hasMask)
    return strides;
  llvm::ArrayRef<int64_t> shape = call.operands.back().shape;
  for (auto [dim, stride] : llvm::enumerate(stridesOf(shape)))
    strides[dim] = shape[dim] == 1 ? 0 : stride;
  return strides;
}

/// What a tile of places is to the text on tensor cores.
void AttentionKernels::writeTile(const char *name, const HeadTile &tile) {
  Formula row("row"), piece("piece"), lane("lane"), unit("unit"), step("step"),
      part("part");
  code.open("struct {}", name);
  code.line("static constexpr int steps = {}, units = {}, columns = {};",
            tile.steps(), tile.units(), tile.columns());
  code.line("static constexpr int filled = {}, pieces = {}, rowBytes = {};",
            tile.filled(), tile.pieces(), tile.rowBytes());
  code.line("static constexpr int copied = {};", bytesOfCopy(tile));
  auto function = [&](const char *name, const char *parameters,
                      const Formula &place) {
    code.line("__device__ static int {}({}) {{ return {}; }}", name, parameters,
              place.str());
  };
  function("place", "int row, int piece", tile.place(row, piece));
  function("left", "int lane, int unit, int step", tile.left(lane, unit, step));
  function("right", "int lane, int unit, int step",
           tile.right(lane, unit, step));
  function("across", "int lane, int unit, int step, int part",
           tile.across(lane, unit, step, part));
  code.close(";");
}

void AttentionKernels::writeSizes() {
  auto strides = listMaskStrides();
  code.open("struct @NAME@_sizes");
  code.line("using Number = {};", numberOf(query().dtype));
  code.line("static constexpr int queries = {}, keys = {};", query().shape[1],
            key().shape[1]);
  code.line("static constexpr int heads = {}, keyHeads = {};", query().shape[2],
            key().shape[2]);
  code.line("static constexpr int width = {}, depth = {};", query().shape[3],
            value().shape[3]);
  code.line("static constexpr float scale = {:#.9g}f;", scale);
  code.line("static constexpr bool causal = {}, zeroEmpty = {}, hasMask = {};",
            causal, zeroEmpty, hasMask);
  code.line("static constexpr int window = {};", window);
  code.line("static constexpr int maskSample = {}, maskHead = {};", strides[0],
            strides[1]);
  code.line("static constexpr int maskQuery = {}, maskKey = {};", strides[2],
            strides[3]);
  if (isOnTensorCores()) {
    code.line("using Cores = attention::tensor::{};",
              coresOf(precision, query().dtype));
    writeTile("Width", widthTile());
    writeTile("Depth", depthTile());
  }
  code.close(";");
}

void AttentionKernels::addKernel(const char *suffix,
                                 const std::string &function,
                                 const Array &owned, const Names &made,
                                 const Blocks &blocks) {
  if (stages.empty())
    writeSizes();
  call.suffix = suffix;
  call.openKernel(code, blocks.threads, arrays, /*scratch=*/false,
                  blocks.perProcessor);
  code.line("attention::{}({}, {});", function, fmt::join(arguments, ", "),
            fmt::join(made, ", "));
  code.close();
  artifact::DeviceStage stage;
  stage.symbol = std::string("@NAME@") + suffix;
  stage.extent = countOf(owned.shape[0]) *
                 (owned.shape[2] * ceilDiv(owned.shape[1], blocks.rows));
  stage.perBlock = 1;
  stage.gridY = blocks.gridY;
  stage.threads = blocks.threads;
  stage.sharedBytes = blocks.sharedBytes;
  stages.push_back(stage);
}

void AttentionKernels::addOnMultipliers(const char *suffix,
                                        const char *function,
                                        const Array &owned, const Names &made,
                                        int64_t width, const char *more) {
  int64_t parts = countParts(width);
  addKernel(suffix,
            fmt::format("{}<@NAME@_sizes, {}{}>", function, parts, more), owned,
            made, {side, threads, ceilDiv(width, parts * side), 0, 1});
}

void AttentionKernels::addOnTensorCores(const char *suffix,
                                        const char *function,
                                        const Array &owned, const Names &made,
                                        const AttentionWork &work) {
  AttentionTile tile = *chooseAttentionTile(work, precision);
  addKernel(suffix,
            fmt::format("tensor::{}<@NAME@_sizes, {}, {}>", function,
                        tile.fragments, tile.columns),
            owned, made,
            {tile.rows(), 32 * AttentionTile::warps, 1, work.sharedBytes(tile),
             /*perProcessor=*/2});
}

} // namespace dlc::emit::cuda::routines
