// The gradient of a convolution's kernel by Winograd's algorithm.
//
// A block of tiles of x and of dy after the other is transformed, so that it
// stays in the last cache, and 36 products over its tiles are added up. In the
// end the sums are transformed to windows. A sum belongs to one thread and runs
// along the tiles in order.
#include "runtime/host/Parallel.h"
#include "runtime/host/library/product/PanelProduct.h"
#include "runtime/host/library/winograd/Winograd.h"
#include "runtime/host/library/winograd/WinogradTiles.h"

#include <algorithm>

namespace dlc::host {

using namespace winograd;

namespace {

/// Bytes of a block of both images' transformed tiles. A block has at least as
/// many tiles as pay for reading and writing the sums, and at most as many as
/// keep six channels of x and a panel of dy in the first cache.
constexpr int64_t blockBytes = 2 << 20, leastTiles = 192, mostTiles = 256;

/// Tiles that are worth waking a thread for.
constexpr int64_t tileGrain = 4;

class WinogradKernelGrad final : public Call {
public:
  WinogradKernelGrad(int threads, const ConvGeometry &geometry, const Image &x,
                     const Image &dy, float *dkernel)
      : threads(threads), x(x), dy(dy), dkernel(dkernel),
        low{geometry.low[0], geometry.low[1]},
        tiles(geometry.x[0], dy.height, dy.width),
        panels(countPanels(dy.channels)), xRow(rowStride(x.channels)),
        blocks(tiles.count(), largestBlock()),
        xPoint(pointStride(blocks.size * xRow)),
        dyPanel(blocks.size * panelWidth),
        dyPoint(pointStride(panels * dyPanel)),
        rowSteps((x.channels + PanelProduct::rowStep - 1) /
                 PanelProduct::rowStep),
        sumPoint(pointStride(rowSteps * PanelProduct::rowStep * panels *
                             panelWidth)) {}

  size_t scratchBytes() const override {
    return size_t(points * (xPoint + dyPoint + sumPoint)) * sizeof(float);
  }
  void bindScratch(std::byte *scratch) override {
    xPoints = reinterpret_cast<float *>(scratch);
    dyPoints = xPoints + points * xPoint;
    sums = dyPoints + points * dyPoint;
  }
  Expected<void> run() override;
  std::string describe() const override { return "winograd"; }

private:
  int64_t largestBlock() const;
  void multiply(int64_t item, int64_t count, bool isFirst) const;

  int threads;
  Image x, dy;
  float *dkernel;
  std::array<int64_t, 2> low; // padding of x
  Tiles tiles;
  int64_t panels, xRow;
  Blocks blocks;
  int64_t xPoint, dyPanel, dyPoint;
  int64_t rowSteps, sumPoint;
  float *xPoints = nullptr;  // [points][tiles of a block][channels of x]
  float *dyPoints = nullptr; // [points][panels][tiles of a block][panelWidth]
  float *sums = nullptr;     // [points][channels of x][panels * panelWidth]
};

} // namespace

int64_t WinogradKernelGrad::largestBlock() const {
  int64_t tileBytes =
      points * (xRow + panels * panelWidth) * int64_t(sizeof(float));
  return std::clamp(blockBytes / tileBytes, leastTiles, mostTiles);
}

/// Item number point * rowSteps + step: six channels of x with all of dy, over
/// the `count` tiles of a block.
void WinogradKernelGrad::multiply(int64_t item, int64_t count,
                                  bool isFirst) const {
  int64_t point = item / rowSteps;
  int64_t channel = item % rowSteps * PanelProduct::rowStep;
  int64_t sumRow = panels * panelWidth;
  // The last rows may be no channels; nobody reads what becomes of them.
  PanelProduct product{
      .rows = PanelProduct::rowStep,
      .panels = panels,
      .depth = count,
      .a = xPoints + point * xPoint + channel,
      .aRow = 1,
      .aDepth = xRow,
      .aStep = PanelProduct::rowStep,
      .b = dyPoints + point * dyPoint,
      .bPanel = dyPanel,
      .c = sums + point * sumPoint + channel * sumRow,
      .cRow = sumRow,
      .adds = !isFirst,
  };
  product.run();
}

Expected<void> WinogradKernelGrad::run() {
  for (int64_t block = 0; block < blocks.blocks; ++block) {
    int64_t first = blocks.begin(block), last = blocks.begin(block + 1);
    parallelFor(
        threads, last - first, tileGrain, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            transformInput(tiles.patchOf(x, first + i, low),
                           {xPoints + i * xRow, xPoint, panelWidth});
            transformOutputGrad(tiles.patchOf(dy, first + i, {0, 0}),
                                {dyPoints + i * panelWidth, dyPoint, dyPanel});
          }
        });
    parallelFor(threads, points * rowSteps, 1, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item)
        multiply(item, last - first, block == 0);
    });
  }
  int64_t sumRow = panels * panelWidth;
  parallelFor(threads, x.channels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t channel = begin; channel < end; ++channel)
      transformKernelGrad({sums + channel * sumRow, sumPoint, panelWidth},
                          dy.channels, dkernel + channel * dy.channels,
                          x.channels * dy.channels);
  });
  return {};
}

std::unique_ptr<Call> makeWinogradKernelGrad(int threads,
                                             const ConvGeometry &geometry,
                                             const Argument &x,
                                             const Argument &dy,
                                             const Argument &dkernel) {
  return std::make_unique<WinogradKernelGrad>(
      threads, geometry, Image(x), Image(dy),
      reinterpret_cast<float *>(dkernel.data));
}

} // namespace dlc::host
