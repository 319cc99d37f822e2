// A matrix product whose right operand lies in panels of 16 columns, for one
// thread and operands in its caches.
#pragma once

#include <cstdint>

namespace dlc::host {

/// c [rows, panels * 16] = a [rows, depth] b [depth, panels * 16], added to c
/// if `adds`. Sums go along `depth` in order, whatever the other sizes are.
struct PanelProduct {
  static constexpr int64_t rowStep = 6, panelWidth = 16;

  int64_t rows, panels, depth; // rows: a multiple of rowStep
  const float *a;
  // Floats from row to row of six, along the sum, and to the next six rows.
  int64_t aRow, aDepth, aStep;
  const float *b;
  int64_t bPanel; // floats from panel to panel, each [depth, 16]
  float *c;
  int64_t cRow; // floats from row to row, the panels side by side
  bool adds;

  void run() const;
};

} // namespace dlc::host
