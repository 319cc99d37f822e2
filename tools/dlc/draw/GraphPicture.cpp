// The layers of a model as SVG, with the kernels that serve them.
#include "tools/dlc/draw/GraphPicture.h"
#include "tools/dlc/draw/Escape.h"
#include "tools/dlc/draw/GraphLayout.h"
#include "tools/dlc/report/LayerCosts.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>

namespace dlc::tool {

namespace {

using artifact::Launch;
using artifact::Program;

// In pixels; the font's characters are 0.6 of its size wide.
constexpr double charWidth = 7.2, lineHeight = 17, padding = 9, headHeight = 24;
constexpr double chipWidth = 30, chipHeight = 16, frameGap = 18;
constexpr int64_t mostColumns = 44;

std::string formatDims(const Shape &shape) {
  std::string text;
  for (int64_t dim : shape)
    text += fmt::format("{}{}", text.empty() ? "" : ", ",
                        dim == batchDim ? "None" : std::to_string(dim));
  return "(" + text + ")";
}

/// All shapes, each once.
std::string formatShapes(const std::vector<Shape> &shapes) {
  std::vector<std::string> texts;
  for (const Shape &shape : shapes)
    if (std::string text = formatDims(shape); !std::ranges::count(texts, text))
      texts.push_back(text);
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// A layer and where it is drawn.
struct Card {
  const LayerNode *layer;
  std::vector<std::string> lines;
  std::vector<size_t> launches;
  double x = 0, y = 0, width = 0, height = 0;
  // Of a nested model.
  std::vector<Card> inside;
  std::vector<LayoutArrow> arrows;
};

class Picture {
public:
  explicit Picture(const Program *program) : program(program) {
    if (program)
      for (size_t i = 0; i < program->launches.size(); ++i)
        for (const std::string &layer : program->launches[i].layers)
          launchesOf[std::string(pathOf(layer))].push_back(i);
  }

  std::string run(const LayerGraph &graph) {
    std::vector<Card> cards = makeCards(graph.layers);
    std::vector<LayoutArrow> arrows;
    auto [width, height] = place(cards, arrows);
    move(cards, arrows, frameGap, frameGap);
    width += 2 * frameGap;
    height += 2 * frameGap;
    double legendX = width;
    if (program) {
      width += legendWidth();
      height = std::max(height, legendHeight());
    }
    svg = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" "
                      "class=\"dlc-graph\" role=\"img\" width=\"{0:.0f}\" "
                      "height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\">\n"
                      "<title>{2}</title>\n",
                      width, height, escapeXml(graph.name));
    svg += "<defs><marker id=\"dlc-head\" viewBox=\"0 0 8 8\" refX=\"7\" "
           "refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" "
           "orient=\"auto\"><path class=\"head\" d=\"M0 0L8 4L0 8z\"/>"
           "</marker></defs>\n";
    draw(cards, arrows);
    if (program)
      drawLegend(legendX);
    return svg + "</svg>\n";
  }

private:
  //===-- Cards -----------------------------------------------------------===//

  /// Launches name weights ("conv1/kernel") as well as layers.
  void collectLaunches(Card &card) {
    std::set<size_t> all;
    const std::string &path = card.layer->path;
    auto add = [&](const std::vector<size_t> &list) {
      all.insert(list.begin(), list.end());
    };
    if (auto own = launchesOf.find(path); own != launchesOf.end())
      add(own->second);
    for (auto it = launchesOf.lower_bound(path + "/");
         it != launchesOf.end() && it->first.starts_with(path + "/"); ++it)
      add(it->second);
    card.launches.assign(all.begin(), all.end());
  }

  std::vector<Card> makeCards(const std::vector<LayerNode> &layers) {
    std::vector<Card> cards;
    for (const LayerNode &layer : layers) {
      Card card{&layer, {}, {}, 0, 0, 0, 0, {}, {}};
      size(card);
      cards.push_back(std::move(card));
    }
    return cards;
  }

  void size(Card &card) {
    const LayerNode &layer = *card.layer;
    int64_t columns =
        std::min(mostColumns,
                 countColumns(layer.name) + countColumns(layer.kerasClass) + 3);
    if (!layer.layers.empty()) {
      card.inside = makeCards(layer.layers);
      auto [width, height] = place(card.inside, card.arrows);
      card.width = std::max(width + 2 * frameGap,
                            double(columns) * charWidth + 2 * padding);
      card.height = height + headHeight + 2 * frameGap;
      return;
    }
    if (program)
      collectLaunches(card);
    if (!layer.inputShapes.empty())
      card.lines.push_back("in  " + formatShapes(layer.inputShapes));
    card.lines.push_back("out " + formatShapes(layer.outputShapes));
    for (std::string &line : card.lines) {
      line = shorten(line, mostColumns);
      columns = std::max(columns, countColumns(line));
    }
    card.width = double(columns) * charWidth + 2 * padding;
    card.height = headHeight + double(card.lines.size()) * lineHeight + padding;
    if (!card.launches.empty())
      card.height += double(chipRows(card)) * (chipHeight + 3) + 3;
  }

  static size_t chipsPerRow(const Card &card) {
    return std::max<size_t>(1,
                            size_t((card.width - padding) / (chipWidth + 3)));
  }
  static size_t chipRows(const Card &card) {
    return (card.launches.size() + chipsPerRow(card) - 1) / chipsPerRow(card);
  }

  /// Places cards from (0, 0) on; gives the size that they take.
  std::pair<double, double> place(std::vector<Card> &cards,
                                  std::vector<LayoutArrow> &arrows) {
    std::vector<LayoutBox> boxes;
    for (const Card &card : cards)
      boxes.push_back({card.width, card.height, card.layer->reads});
    GraphLayout layout = layOut(boxes);
    for (size_t i = 0; i < cards.size(); ++i) {
      cards[i].x = layout.corners[i].x;
      cards[i].y = layout.corners[i].y;
    }
    arrows = std::move(layout.arrows);
    return {layout.width, layout.height};
  }

  static void move(std::vector<Card> &cards, std::vector<LayoutArrow> &arrows,
                   double dx, double dy) {
    for (Card &card : cards) {
      card.x += dx;
      card.y += dy;
      // What is inside was placed from (0, 0) on.
      move(card.inside, card.arrows, card.x + frameGap,
           card.y + headHeight + frameGap);
    }
    for (LayoutArrow &arrow : arrows)
      for (Point &point : arrow.points) {
        point.x += dx;
        point.y += dy;
      }
  }

  //===-- Drawing ---------------------------------------------------------===//

  void draw(const std::vector<Card> &cards,
            const std::vector<LayoutArrow> &arrows) {
    for (const Card &card : cards)
      if (!card.inside.empty())
        drawFrame(card);
    drawBands(cards, arrows);
    for (const LayoutArrow &arrow : arrows)
      svg += fmt::format("<path class=\"arrow\" marker-end=\"url(#dlc-head)\" "
                         "d=\"{}\"/>\n",
                         tracePath(arrow));
    for (const Card &card : cards)
      card.inside.empty() ? drawCard(card) : draw(card.inside, card.arrows);
  }

  static std::string tracePath(const LayoutArrow &arrow) {
    Point at = arrow.points.front();
    std::string path = fmt::format("M{:.1f} {:.1f}", at.x, at.y);
    for (size_t i = 1; i < arrow.points.size(); ++i) {
      Point to = arrow.points[i];
      double middle = (at.y + to.y) / 2;
      path += at.x == to.x
                  ? fmt::format("V{:.1f}", to.y)
                  : fmt::format("C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} "
                                "{:.1f}",
                                at.x, middle, to.x, middle, to.x, to.y);
      at = to;
    }
    return path;
  }

  /// A launch that serves several layers: a ring around each and a band along
  /// the arrows between them.
  void drawBands(const std::vector<Card> &cards,
                 const std::vector<LayoutArrow> &arrows) {
    std::map<size_t, std::vector<const Card *>> served;
    for (const Card &card : cards)
      for (size_t launch : card.launches)
        served[launch].push_back(&card);
    std::map<const Card *, int> rings;
    for (const auto &[launch, group] : served) {
      if (group.size() < 2)
        continue;
      svg += fmt::format("<g class=\"band\" stroke=\"{}\"><title>{}</title>\n",
                         launchColour(launch),
                         escapeXml(program->launches[launch].name));
      auto isServed = [&](size_t card) {
        return std::ranges::count(cards[card].launches, launch) > 0;
      };
      for (const LayoutArrow &arrow : arrows)
        if (isServed(arrow.from) && isServed(arrow.to))
          svg += fmt::format("<path d=\"{}\"/>\n", tracePath(arrow));
      for (const Card *card : group) {
        double gap = 2 + 2.5 * std::min(rings[card]++, 3);
        svg += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
                           "height=\"{:.1f}\" rx=\"8\"/>\n",
                           card->x - gap, card->y - gap, card->width + 2 * gap,
                           card->height + 2 * gap);
      }
      svg += "</g>\n";
    }
  }

  void drawHead(const Card &card) {
    std::string name = shorten(
        card.layer->name,
        std::max<int64_t>(4, int64_t((card.width - 2 * padding) / charWidth) -
                                 countColumns(card.layer->kerasClass) - 2));
    svg += fmt::format(
        "<text x=\"{:.1f}\" y=\"{:.1f}\"><tspan class=\"name\">{}</tspan>"
        "<tspan class=\"kind\" dx=\"8\">{}</tspan></text>\n",
        card.x + padding, card.y + 16.5, escapeXml(name),
        escapeXml(shorten(card.layer->kerasClass, mostColumns / 2)));
  }

  void drawFrame(const Card &card) {
    svg += fmt::format("<g class=\"frame\"><title>{}</title><rect x=\"{:.1f}\" "
                       "y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
                       "rx=\"10\"/>\n",
                       escapeXml(card.layer->path), card.x, card.y, card.width,
                       card.height);
    drawHead(card);
    svg += "</g>\n";
  }

  void drawCard(const Card &card) {
    svg += fmt::format(
        "<g class=\"layer\" data-layer=\"{0}\"><title>{0}</title><rect "
        "x=\"{1:.1f}\" y=\"{2:.1f}\" width=\"{3:.1f}\" height=\"{4:.1f}\" "
        "rx=\"6\"/><path class=\"top\" d=\"M{1:.1f} {5:.1f}v-{6:.1f}q0 -6 6 "
        "-6h{7:.1f}q6 0 6 6v{6:.1f}z\"/>\n",
        escapeXml(card.layer->path), card.x, card.y, card.width, card.height,
        card.y + headHeight, headHeight - 6, card.width - 12);
    drawHead(card);
    double y = card.y + headHeight + lineHeight - 3;
    for (const std::string &line : card.lines) {
      svg += fmt::format("<text class=\"shape\" x=\"{:.1f}\" y=\"{:.1f}\" "
                         "xml:space=\"preserve\">{}</text>\n",
                         card.x + padding, y, escapeXml(line));
      y += lineHeight;
    }
    y -= lineHeight - 9;
    for (size_t i = 0; i < card.launches.size(); ++i) {
      double x =
          card.x + padding + double(i % chipsPerRow(card)) * (chipWidth + 3);
      drawChip(card.launches[i], x,
               y + double(i / chipsPerRow(card)) * (chipHeight + 3));
    }
    svg += "</g>\n";
  }

  void drawChip(size_t launch, double x, double y) {
    svg += fmt::format(
        "<g class=\"chip\"><title>{}</title><rect x=\"{:.1f}\" y=\"{:.1f}\" "
        "width=\"{:.0f}\" height=\"{:.0f}\" rx=\"4\" fill=\"{}\"/><text "
        "x=\"{:.1f}\" y=\"{:.1f}\">{}</text></g>\n",
        escapeXml(program->launches[launch].name), x, y, chipWidth, chipHeight,
        launchColour(launch), x + chipWidth / 2, y + 12, launch);
  }

  //===-- List of launches ------------------------------------------------===//

  static std::string describe(const Launch &launch) {
    const std::string &what =
        launch.kind == Launch::Kind::Library ? launch.routine : launch.pattern;
    return fmt::format("{}  {}", launch.name, what);
  }

  static constexpr int64_t legendColumns = 60;
  static constexpr double legendRow = 36;

  double legendWidth() const {
    return double(legendColumns) * charWidth + chipWidth + 3 * padding;
  }
  double legendHeight() const {
    return double(program->launches.size()) * legendRow + headHeight +
           2 * frameGap;
  }

  void drawLegend(double x) {
    double y = frameGap + 16;
    svg +=
        fmt::format("<text class=\"name\" x=\"{:.1f}\" y=\"{:.1f}\">"
                    "Program {}: {} launches</text>\n",
                    x, y, escapeXml(program->name), program->launches.size());
    y += 14;
    for (size_t i = 0; i < program->launches.size(); ++i, y += legendRow) {
      const Launch &launch = program->launches[i];
      std::string layers = fmt::format("{}", fmt::join(launch.layers, ", "));
      drawChip(i, x, y);
      svg += fmt::format(
          "<text x=\"{0:.1f}\" y=\"{1:.1f}\">{2}<title>{4}</title></text>"
          "<text class=\"kind\" x=\"{0:.1f}\" y=\"{3:.1f}\">{5}"
          "<title>{4}</title></text>\n",
          x + chipWidth + padding, y + 12,
          escapeXml(shorten(describe(launch), legendColumns)), y + 27,
          escapeXml(layers), escapeXml(shorten(layers, legendColumns)));
    }
  }

  const Program *program;
  std::map<std::string, std::vector<size_t>> launchesOf; // by path
  std::string svg;
};

} // namespace

std::string launchColour(size_t launch) {
  // Steps of the golden angle keep neighbours apart.
  return fmt::format("hsl({} 62% 46%)", launch * 137 % 360);
}

std::string graphStyle() {
  return R"(.dlc-graph{font:12px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;background:var(--paper);
--paper:#fff;--ink:#1d2430;--soft:#667085;--line:#98a2b3;--card:#fff;--top:#e8eef9;--edge:#b6c2d6;--frame:#f6f8fb}
.dlc-graph text{fill:var(--ink)}
.dlc-graph .name{font-weight:600}
.dlc-graph .kind,.dlc-graph .shape{fill:var(--soft)}
.dlc-graph .layer>rect{fill:var(--card);stroke:var(--edge)}
.dlc-graph .layer>.top{fill:var(--top)}
.dlc-graph .frame>rect{fill:var(--frame);stroke:var(--edge);stroke-dasharray:5 4}
.dlc-graph .arrow{fill:none;stroke:var(--line);stroke-width:1.4}
.dlc-graph .head{fill:var(--line)}
.dlc-graph .band{fill:none;stroke-width:5;opacity:.45}
.dlc-graph .band path{stroke-width:10}
.dlc-graph .chip text{fill:#fff;font-size:10.5px;font-weight:600;text-anchor:middle}
@media (prefers-color-scheme:dark){.dlc-graph{--paper:#14181f;--ink:#e6eaf2;--soft:#98a2b3;--line:#667085;--card:#1d232d;--top:#2a3446;--edge:#3b475a;--frame:#191e27}}
)";
}

std::string drawGraph(const LayerGraph &graph, const Program *program) {
  return Picture(program).run(graph);
}

} // namespace dlc::tool
