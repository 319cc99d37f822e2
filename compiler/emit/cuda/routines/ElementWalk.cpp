// A thread for each element of a routine's result, or for four channels.
#include "compiler/emit/cuda/routines/ElementWalk.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

namespace dlc::emit::cuda::routines {

constexpr int64_t threads = 256, mostAcross = 32;
/// Blocks that fill a machine, and pixels of a thread that make its sums worth
/// handing on.
constexpr int64_t blocksWanted = 512, mostPixels = 32;

/// Blocks of a processor for which there shall be registers where sums take
/// some: left to guess, ptxas hopes for more and spills.
static uint32_t countBlocks(llvm::ArrayRef<std::string> sums) {
  return llvm::is_contained(sums, "double") ? 2 : 4;
}

ElementWalk::ElementWalk(RoutineCall &call, Code &code, Lanes lanes)
    : call(call), code(code), lanes(lanes), index(call.indexType()),
      channels(call.result.shape.back()),
      pixels(countOf(llvm::ArrayRef(call.result.shape).drop_back())) {
  if (!hasSums())
    return;
  across =
      std::min<int64_t>(llvm::PowerOf2Ceil(channels / lanes.width), mostAcross);
  lines = threads / across;
  int64_t tiles = ceilDiv(channels, across * lanes.width);
  int64_t each =
      ceilDiv(evaluate(pixels, call.maxBatch) * tiles, blocksWanted * lines);
  pixelsOfBlock = lines * std::clamp<int64_t>(each, 1, mostPixels);
}

void ElementWalk::open(llvm::ArrayRef<std::string> names) {
  array = names.back();
  if (!hasSums()) {
    call.openKernel(code, threads, names, false);
    code.line("const {} place = {};", index,
              times(fmt::format("(blockIdx.x * {} + threadIdx.x)", threads),
                    lanes.width));
    code.line("if (place >= {})", toText(call.result.count()));
    code.line("  return;");
    return;
  }
  ColumnSums(describeColumns(), call.epilogue->listSums())
      .declareCounters(code);
  call.openKernel(code, threads, names, true,
                  countBlocks(call.epilogue->listSums()));
  code.line("// {} threads side by side go down the columns of {} pixels.",
            across, pixelsOfBlock);
  code.line("const int firstColumn = blockIdx.y * {};", across * lanes.width);
  code.line("const int ownColumn = firstColumn + {};",
            times(fmt::format("threadIdx.x % {}", across), lanes.width));
  code.line("const {0} firstPixel = blockIdx.x * {1}, lastPixel = "
            "min(firstPixel + {1}, {2});",
            index, pixelsOfBlock, toText(pixels));
  call.epilogue->declareSums(code, lanes.width);
  code.open("for ({0} pixel = firstPixel + threadIdx.x / {1}; pixel < "
            "lastPixel && ownColumn < {2}; pixel += {3})",
            index, across, channels, lines);
  code.line("const {} place = pixel * {} + ownColumn;", index, channels);
}

/// Blocks of one tile of columns stand beside each other.
ColumnTiles ElementWalk::describeColumns() const {
  ColumnTiles columns;
  columns.columns = channels;
  columns.columnsOfTile = across * lanes.width;
  columns.firstColumn = "firstColumn";
  columns.lines = lines;
  columns.line = fmt::format("threadIdx.x / {}", across);
  columns.perThread = lanes.width;
  columns.columnOfAccumulator =
      sum({times(fmt::format("threadIdx.x % {}", across), lanes.width),
           lanes.width > 1 ? "j" : "0"});
  columns.tile = "blockIdx.y";
  columns.tiles = ceilDiv(channels, columns.columnsOfTile);
  columns.block = "blockIdx.x";
  columns.blocks = "gridDim.x";
  columns.mostBlocks = ceilDiv(evaluate(pixels, call.maxBatch), pixelsOfBlock);
  return columns;
}

KernelText ElementWalk::close(const std::string &value,
                              const std::string &channel) {
  Element element{value, "place"};
  element.column = channel;
  element.columns = channels;
  call.finishElement(code, lanes, array, element);
  artifact::DeviceStage stage;
  stage.symbol = "@NAME@";
  stage.threads = threads;
  if (!hasSums()) {
    code.close();
    stage.extent = call.result.count();
    stage.perBlock = threads * lanes.width;
    return {code.take(), {stage}, 0};
  }
  code.close();
  ColumnTiles columns = describeColumns();
  call.epilogue->writeSums(code, columns);
  code.close();
  stage.extent = pixels;
  stage.perBlock = pixelsOfBlock;
  stage.gridY = columns.tiles;
  return {code.take(),
          {stage},
          ColumnSums(columns, call.epilogue->listSums()).scratchBytes()};
}

} // namespace dlc::emit::cuda::routines
