// A matrix product whose right operand lies in panels of 16 columns.
#include "runtime/host/library/product/PanelProduct.h"

#include "runtime/host/library/VectorClones.h"
#include "runtime/host/library/Vectors.h"

namespace dlc::host {
namespace {

constexpr int64_t rowStep = PanelProduct::rowStep;
constexpr int64_t vectors = PanelProduct::panelWidth / lanes;

/// Six rows of a panel: with AVX2 twelve sums, two vectors of b and one element
/// of a fill its registers.
DLC_INLINE inline void multiplyStep(const PanelProduct &p, const float *a,
                                    const float *b, float *c) {
  Lanes sums[rowStep][vectors] = {};
  if (p.adds)
    for (int64_t i = 0; i < rowStep; ++i)
      for (int64_t j = 0; j < vectors; ++j)
        get(sums[i][j], c + i * p.cRow + j * lanes);
  int64_t row = p.aRow, step = p.aDepth;
  for (int64_t k = p.depth; k > 0; --k) {
    Lanes columns[vectors];
    for (int64_t j = 0; j < vectors; ++j)
      get(columns[j], b + j * lanes);
    for (int64_t i = 0; i < rowStep; ++i)
      for (int64_t j = 0; j < vectors; ++j)
        sums[i][j] += a[i * row] * columns[j];
    a += step;
    b += PanelProduct::panelWidth;
  }
  for (int64_t i = 0; i < rowStep; ++i)
    for (int64_t j = 0; j < vectors; ++j)
      put(sums[i][j], c + i * p.cRow + j * lanes);
}

DLC_VECTOR_CLONES void multiply(const PanelProduct &p) {
  for (int64_t step = 0; step < p.rows / rowStep; ++step)
    for (int64_t panel = 0; panel < p.panels; ++panel)
      multiplyStep(p, p.a + step * p.aStep, p.b + panel * p.bPanel,
                   p.c + step * rowStep * p.cRow +
                       panel * PanelProduct::panelWidth);
}

} // namespace

void PanelProduct::run() const { multiply(*this); }

} // namespace dlc::host
