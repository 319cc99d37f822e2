// The convolution and its input gradient by Winograd's algorithm.
//
// The kernel is transformed once a call. Then a block of tiles after the other
// is transformed, so that it stays in the last cache, and multiplied in pieces
// that stay in the cache of a core: for some tiles and two panels of channels,
// 36 products and their transform to pixels. Nothing is summed over tiles, so
// it does not matter which thread computes a piece.
#include "runtime/host/library/winograd/Winograd.h"

#include "runtime/host/Parallel.h"
#include "runtime/host/library/product/PanelProduct.h"
#include "runtime/host/library/winograd/WinogradTiles.h"

#include <algorithm>

namespace dlc::host {

using namespace winograd;

namespace {

/// Bytes of a block of transformed tiles for each thread, and the fewest tiles:
/// each block reads the whole transformed kernel.
constexpr int64_t blockBytes = 1 << 20, leastTiles = 192;

/// Tiles and panels of a piece. Its products take 36 * 48 * 32 floats, 220 KB.
constexpr int64_t pieceTiles = 48, piecePanels = 2;
constexpr int64_t productRow = piecePanels * panelWidth;
constexpr int64_t productPoint = pointStride(pieceTiles * productRow);

/// Tiles that are worth waking a thread for.
constexpr int64_t tileGrain = 4;

struct Layer {
  Image from, to;
  std::array<int64_t, 2> low; // padding of `from`
  Kernel kernel;
  const float *bias;
  bool relu;
};

class Winograd final : public Call {
public:
  Winograd(int threads, int64_t samples, const Layer &layer)
      : threads(threads), layer(layer),
        tiles(samples, layer.to.height, layer.to.width),
        panels(countPanels(layer.kernel.out)),
        kernelPoint(pointStride(layer.kernel.in * panelWidth)),
        tileRow(rowStride(layer.kernel.in)),
        blocks(tiles.count(), largestBlock()),
        tilePoint(pointStride(roundUp(blocks.size, PanelProduct::rowStep) *
                              tileRow)) {}

  size_t scratchBytes() const override {
    return size_t(kernelFloats() + points * tilePoint +
                  threads * points * productPoint) *
           sizeof(float);
  }
  void bindScratch(std::byte *scratch) override {
    kernel = reinterpret_cast<float *>(scratch);
    transformed = kernel + kernelFloats();
    products = transformed + points * tilePoint;
  }
  Expected<void> run() override;
  std::string describe() const override { return "winograd"; }

private:
  int64_t largestBlock() const;
  int64_t kernelFloats() const { return panels * points * kernelPoint; }
  void multiply(int64_t firstPanel, int64_t first, int64_t begin,
                int64_t end) const;

  int threads;
  Layer layer;
  Tiles tiles;
  int64_t panels, kernelPoint, tileRow;
  Blocks blocks;
  int64_t tilePoint;
  float *kernel = nullptr;      // [panels][points][in][panelWidth]
  float *transformed = nullptr; // [points][tiles of a block][in]
  float *products = nullptr;    // [threads][points][pieceTiles][productRow]
};

} // namespace

int64_t Winograd::largestBlock() const {
  int64_t tileBytes = points * tileRow * int64_t(sizeof(float));
  return roundUp(std::max(leastTiles, threads * blockBytes / tileBytes),
                 pieceTiles);
}

/// The tiles [begin, end), at most pieceTiles, of the block that begins with
/// `first`, at the panels from `firstPanel` on.
void Winograd::multiply(int64_t firstPanel, int64_t first, int64_t begin,
                        int64_t end) const {
  float *product = products + omp_get_thread_num() * points * productPoint;
  // The last rows may be no tiles; nobody reads what becomes of them.
  PanelProduct part{
      .rows = roundUp(end - begin, PanelProduct::rowStep),
      .panels = std::min(piecePanels, panels - firstPanel),
      .depth = layer.kernel.in,
      .a = transformed + (begin - first) * tileRow,
      .aRow = tileRow,
      .aDepth = 1,
      .aStep = PanelProduct::rowStep * tileRow,
      .b = kernel + firstPanel * points * kernelPoint,
      .bPanel = points * kernelPoint,
      .c = product,
      .cRow = productRow,
      .adds = false,
  };
  for (int64_t point = 0; point < points; ++point) {
    part.run();
    part.a += tilePoint;
    part.b += kernelPoint;
    part.c += productPoint;
  }
  int64_t channel = firstPanel * panelWidth;
  for (int64_t tile = begin; tile < end; ++tile) {
    Patch patch = tiles.patchOf(layer.to, tile, {0, 0});
    patch.image += channel;
    patch.channels = std::min(productRow, patch.channels - channel);
    transformOutput(
        {product + (tile - begin) * productRow, productPoint, panelWidth},
        layer.bias ? layer.bias + channel : nullptr, layer.relu, patch);
  }
}

Expected<void> Winograd::run() {
  parallelFor(threads, panels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel)
      transformKernel(layer.kernel, panel,
                      kernel + panel * points * kernelPoint, kernelPoint);
  });
  for (int64_t block = 0; block < blocks.blocks; ++block) {
    int64_t first = blocks.begin(block), last = blocks.begin(block + 1);
    parallelFor(
        threads, last - first, tileGrain, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i)
            transformInput(tiles.patchOf(layer.from, first + i, layer.low),
                           {transformed + i * tileRow, tilePoint, panelWidth});
        });
    int64_t pieces = (last - first + pieceTiles - 1) / pieceTiles;
    int64_t columns = (panels + piecePanels - 1) / piecePanels;
    // A thread goes on with the same panels for as long as it can.
    parallelFor(threads, columns * pieces, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        int64_t tile = first + i % pieces * pieceTiles;
        multiply(i / pieces * piecePanels, first, tile,
                 std::min(last, tile + pieceTiles));
      }
    });
  }
  return {};
}

bool usesOwnWinograd(const ConvGeometry &g) {
  using Dims = dnnl::memory::dims;
  return !hasAvx512() && g.groups == 1 && g.strides == Dims{1, 1} &&
         g.dilation == Dims{0, 0} && g.kernel[2] == windowSide &&
         g.kernel[3] == windowSide;
}

std::unique_ptr<Call> makeWinograd(int threads, const ConvGeometry &geometry,
                                   const Argument &x, const Argument &kernel,
                                   const float *bias, bool relu,
                                   const Argument &y) {
  Layer layer{Image(x),
              Image(y),
              {geometry.low[0], geometry.low[1]},
              {reinterpret_cast<const float *>(kernel.data), geometry.x[1],
               geometry.y[1], /*turned=*/false},
              bias,
              relu};
  return std::make_unique<Winograd>(threads, geometry.x[0], layer);
}

std::unique_ptr<Call> makeWinogradInputGrad(int threads,
                                            const ConvGeometry &geometry,
                                            const Argument &dy,
                                            const Argument &kernel,
                                            const Argument &dx) {
  // What the window covers beside its first pixel lies on the other side.
  std::array<int64_t, 2> low = {windowSide - 1 - geometry.low[0],
                                windowSide - 1 - geometry.low[1]};
  Layer layer{Image(dy),
              Image(dx),
              low,
              {reinterpret_cast<const float *>(kernel.data), geometry.y[1],
               geometry.x[1], /*turned=*/true},
              nullptr,
              false};
  return std::make_unique<Winograd>(threads, geometry.x[0], layer);
}

} // namespace dlc::host
