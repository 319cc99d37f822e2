// The arena over time as SVG.
#include "tools/dlc/draw/MemoryPicture.h"
#include "tools/dlc/draw/Escape.h"
#include "tools/dlc/draw/Sizes.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

namespace dlc::tool {

namespace {

constexpr double width = 1120, height = 430;
constexpr double left = 78, right = 12, top = 18, bottom = 40;

class Picture {
public:
  Picture(const artifact::Program &program, const MemoryMap &map)
      : program(program), map(map),
        launches(double(std::max<size_t>(program.launches.size(), 1))),
        bytes(double(std::max<uint64_t>(program.arenaBytes, 1))) {}

  std::string run() {
    std::string svg =
        fmt::format("<svg class=\"memory\" role=\"img\" viewBox=\"0 0 {:.0f} "
                    "{:.0f}\">\n",
                    width, height);
    svg += drawAxes();
    for (const Placement &placement : map.placements)
      svg += draw(placement);
    svg += fmt::format("<path class=\"peak\" d=\"M{:.1f} {:.0f}V{:.0f}\"/>\n",
                       (x(double(map.peak)) + x(double(map.peak) + 1)) / 2, top,
                       height - bottom);
    return svg + "</svg>\n";
  }

private:
  double x(double launch) const {
    return left + launch / launches * (width - left - right);
  }
  double y(double offset) const {
    return height - bottom - offset / bytes * (height - top - bottom);
  }

  std::string drawAxes() {
    std::string svg;
    for (int i = 0; i <= 4; ++i) {
      double offset = bytes * i / 4;
      svg += fmt::format("<path class=\"grid\" d=\"M{:.0f} {:.1f}H{:.0f}\"/>"
                         "<text class=\"tick\" x=\"{:.0f}\" y=\"{:.1f}\" "
                         "text-anchor=\"end\">{}</text>\n",
                         left, y(offset), width - right, left - 7,
                         y(offset) + 4, formatSize(offset));
    }
    size_t count = program.launches.size();
    size_t step = std::max<size_t>(1, (count + 11) / 12);
    for (size_t i = 0; i < count; i += step)
      svg += fmt::format("<text class=\"tick\" x=\"{:.1f}\" y=\"{:.0f}\" "
                         "text-anchor=\"middle\">{}</text>\n",
                         (x(double(i)) + x(double(i) + 1)) / 2,
                         height - bottom + 16, i);
    return svg + fmt::format("<text class=\"tick\" x=\"{:.0f}\" y=\"{:.0f}\" "
                             "text-anchor=\"end\">launches in their order"
                             "</text>\n",
                             width - right, height - 5);
  }

  /// A colour for each layer that makes tensors.
  size_t hueOf(const Placement &placement) {
    const std::string &key =
        placement.layers.empty() ? placement.name : placement.layers.front();
    return hues.try_emplace(key, hues.size() * 137 % 360).first->second;
  }

  std::string draw(const Placement &placement) {
    const std::string &from = program.launches.empty()
                                  ? program.name
                                  : program.launches[placement.first].name;
    const std::string &to = program.launches.empty()
                                ? program.name
                                : program.launches[placement.last].name;
    std::string title = fmt::format(
        "{}: {}{}{}, from {} to {}, at byte {}", placement.name,
        formatSize(double(placement.bytes)),
        placement.layers.empty() ? "" : ", ", fmt::join(placement.layers, ", "),
        from, to, placement.offset);
    double x0 = x(double(placement.first)), x1 = x(double(placement.last) + 1);
    double y0 = y(double(placement.offset + placement.bytes)),
           y1 = y(double(placement.offset));
    return fmt::format("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" "
                       "height=\"{:.2f}\" fill=\"hsl({} 55% 52%)\"><title>{}"
                       "</title></rect>\n",
                       x0, y0, x1 - x0, std::max(y1 - y0, 0.3),
                       hueOf(placement), escapeXml(title));
  }

  const artifact::Program &program;
  const MemoryMap &map;
  double launches, bytes;
  std::map<std::string, size_t> hues;
};

} // namespace

std::string drawMemory(const artifact::Program &program, const MemoryMap &map) {
  return Picture(program, map).run();
}

} // namespace dlc::tool
