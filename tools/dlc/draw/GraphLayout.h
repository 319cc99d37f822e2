// Where the boxes and arrows of a graph of layers lie: ranks from top to
// bottom.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace dlc::tool {

struct Point {
  double x = 0, y = 0;
};

/// A box to be placed; sizes are in pixels.
struct LayoutBox {
  double width = 0, height = 0;
  /// The boxes that it reads. Those behind it in the list, which only a layer
  /// that is called again reads, have an arrow but no say in the ranks.
  std::vector<size_t> reads;
};

/// An arrow as a line through points, from the bottom of one box to the top of
/// another.
struct LayoutArrow {
  size_t from = 0, to = 0;
  std::vector<Point> points;
};

struct GraphLayout {
  std::vector<Point> corners; // upper left, a box each
  std::vector<LayoutArrow> arrows;
  double width = 0, height = 0;
};

/// Each box stands below all that it reads, as near as can be; within a rank,
/// boxes are ordered so that few arrows cross and stand close to what they are
/// joined to (Sugiyama's method). The time is nearly linear in boxes and arrows
/// and their lengths, and the same graph has the same layout everywhere.
GraphLayout layOut(const std::vector<LayoutBox> &boxes);

} // namespace dlc::tool
