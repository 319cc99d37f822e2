// The curves of a training's history as SVG.
#include "tools/dlc/draw/Charts.h"
#include "tools/dlc/draw/Escape.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

constexpr double width = 420, height = 240;
constexpr double left = 58, right = 14, top = 34, bottom = 34;
/// Points of a curve; of longer ones the means of as many stretches.
constexpr size_t mostPoints = 600, mostDots = 40;

/// 1, 2 or 5 times a power of ten, so that about five of them span `range`.
double chooseTick(double range) {
  double rough = range / 5;
  double power = std::pow(10, std::floor(std::log10(rough)));
  for (double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power)
      return factor * power;
  return 10 * power;
}

struct Axes {
  double low = INFINITY, high = -INFINITY;
  size_t count = 0;

  explicit Axes(const std::vector<Curve> &curves) {
    for (const Curve &curve : curves) {
      count = std::max(count, curve.values.size());
      for (const std::optional<double> &value : curve.values)
        if (value) {
          low = std::min(low, *value);
          high = std::max(high, *value);
        }
    }
    if (low > high)
      low = 0, high = 1;
    double margin = (high - low) * 0.06;
    if (margin <= 0)
      margin = std::max(std::abs(high) * 0.1, 1e-12);
    low -= margin;
    high += margin;
  }

  double x(double index) const {
    double share = count > 1 ? index / double(count - 1) : 0.5;
    return left + share * (width - left - right);
  }
  double y(double value) const {
    return top + (high - value) / (high - low) * (height - top - bottom);
  }
};

std::string drawAxes(const Axes &axes, const char *steps) {
  std::string svg;
  double tick = chooseTick(axes.high - axes.low);
  for (double value = std::ceil(axes.low / tick) * tick; value <= axes.high;
       value += tick) {
    double y = axes.y(value);
    svg += fmt::format("<path class=\"grid\" d=\"M{:.0f} {:.1f}H{:.0f}\"/>"
                       "<text class=\"tick\" x=\"{:.0f}\" y=\"{:.1f}\" "
                       "text-anchor=\"end\">{:.4g}</text>\n",
                       left, y, width - right, left - 7, y + 4,
                       std::abs(value) < tick * 1e-6 ? 0 : value);
  }
  double step = std::max(1.0, std::ceil(chooseTick(double(axes.count))));
  for (double index = axes.count > 5 ? step - 1 : 0; index < double(axes.count);
       index += axes.count > 5 ? step : 1)
    svg += fmt::format("<text class=\"tick\" x=\"{:.1f}\" y=\"{:.0f}\" "
                       "text-anchor=\"middle\">{:.0f}</text>\n",
                       axes.x(index), height - bottom + 17, index + 1);
  svg += fmt::format("<text class=\"tick\" x=\"{:.0f}\" y=\"{:.0f}\" "
                     "text-anchor=\"end\">{}</text>\n",
                     width - right, height - 3, steps);
  return svg;
}

/// Values at positions, the means of stretches where there are too many.
std::vector<std::pair<double, std::optional<double>>>
thin(const std::vector<std::optional<double>> &values) {
  std::vector<std::pair<double, std::optional<double>>> points;
  size_t stretch = (values.size() + mostPoints - 1) / mostPoints;
  for (size_t begin = 0; begin < values.size(); begin += stretch) {
    size_t end = std::min(begin + stretch, values.size());
    double sum = 0, count = 0;
    for (size_t i = begin; i < end; ++i)
      if (values[i]) {
        sum += *values[i];
        ++count;
      }
    double middle = double(begin + end - 1) / 2;
    points.emplace_back(middle,
                        count > 0 ? std::optional(sum / count) : std::nullopt);
  }
  return points;
}

std::string drawCurve(const Axes &axes, const Curve &curve, size_t index) {
  std::string path, dots;
  bool isPenDown = false;
  for (auto [at, value] : thin(curve.values)) {
    if (!value) {
      isPenDown = false;
      continue;
    }
    path += fmt::format("{}{:.1f} {:.1f}", isPenDown ? "L" : "M", axes.x(at),
                        axes.y(*value));
    isPenDown = true;
    if (curve.values.size() <= mostDots)
      dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"><title>"
                          "{} {:.0f}: {:.6g}</title></circle>",
                          axes.x(at), axes.y(*value), escapeXml(curve.name),
                          at + 1, *value);
  }
  return fmt::format("<g class=\"curve c{}\"><path d=\"{}\"/>{}</g>\n", index,
                     path, dots);
}

} // namespace

std::string drawCurves(const std::string &title, const char *steps,
                       const std::vector<Curve> &curves) {
  Axes axes(curves);
  std::string svg = fmt::format(
      "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 {:.0f} {:.0f}\">\n"
      "<text class=\"title\" x=\"{:.0f}\" y=\"18\">{}</text>\n",
      width, height, 4.0, escapeXml(shorten(title, 30)));
  svg += drawAxes(axes, steps);
  double x = width - right;
  for (size_t i = curves.size(); i-- > 0;) {
    std::string name = escapeXml(curves[i].name);
    svg += fmt::format("<text class=\"tick\" x=\"{:.0f}\" y=\"18\" "
                       "text-anchor=\"end\">{}</text><rect class=\"key c{}\" "
                       "x=\"{:.0f}\" y=\"13\" width=\"10\" height=\"3\"/>\n",
                       x, name, i,
                       x - double(countColumns(curves[i].name)) * 6.6 - 14);
    x -= double(countColumns(curves[i].name)) * 6.6 + 32;
  }
  for (size_t i = 0; i < curves.size(); ++i)
    svg += drawCurve(axes, curves[i], i);
  return svg + "</svg>\n";
}

} // namespace dlc::tool
