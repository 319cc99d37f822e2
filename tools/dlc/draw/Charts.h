// The curves of a training's history as SVG.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dlc::tool {

struct Curve {
  std::string name; // "training", "validation"
  /// No value where a number was not finite.
  std::vector<std::optional<double>> values;
};

/// An <svg> of curves over epochs or steps, counted from 1, with both axes and
/// one dot a value if they are few. Names are escaped here.
std::string drawCurves(const std::string &title, const char *steps,
                       const std::vector<Curve> &curves);

} // namespace dlc::tool
