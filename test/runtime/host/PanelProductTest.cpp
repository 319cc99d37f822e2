// The product in panels against plain loops.
#include "runtime/host/library/product/PanelProduct.h"
#include "test/runtime/host/Calls.h"

namespace dlc::host::test {
namespace {

constexpr int64_t width = PanelProduct::panelWidth;

/// What `product` is to leave in c.
Array multiply(const PanelProduct &product, Array c) {
  for (int64_t i = 0; i < product.rows; ++i)
    for (int64_t j = 0; j < product.panels * width; ++j) {
      double sum = product.adds ? c.at({i, j}) : 0;
      for (int64_t k = 0; k < product.depth; ++k)
        sum += double(product.a[i * product.aRow + k * product.aDepth]) *
               product.b[j / width * product.bPanel + k * width + j % width];
      c.at({i, j}) = float(sum);
    }
  return c;
}

TEST(PanelProduct, EqualsLoop) {
  for (int64_t rows : {6, 18})
    for (int64_t depth : {1, 7, 64})
      for (bool turned : {false, true})
        for (bool adds : {false, true}) {
          Array a = Array::random({rows + 3, depth + 3}, 1);
          Array b = Array::random({3, depth + 2, width}, 2);
          Array c = Array::random({rows, 3 * width}, 3);
          PanelProduct product{.rows = rows,
                               .panels = 3,
                               .depth = depth,
                               .a = a.values.data(),
                               .aRow = turned ? 1 : depth + 3,
                               .aDepth = turned ? rows + 3 : 1,
                               .aStep = 6 * (turned ? 1 : depth + 3),
                               .b = b.values.data(),
                               .bPanel = (depth + 2) * width,
                               .c = c.values.data(),
                               .cRow = 3 * width,
                               .adds = adds};
          Array wanted = multiply(product, c);
          product.run();
          expectNear(c, wanted, 1e-6);
        }
}

} // namespace
} // namespace dlc::host::test
