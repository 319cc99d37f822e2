// The sections of a report.
#include "tools/dlc/report/Page.h"
#include "runtime/session/profile/LaunchRow.h"
#include "tools/dlc/draw/Escape.h"
#include "tools/dlc/draw/GraphPicture.h"
#include "tools/dlc/draw/MemoryPicture.h"
#include "tools/dlc/draw/Sizes.h"
#include "tools/dlc/report/LayerCosts.h"
#include "tools/dlc/report/PageFrame.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>

namespace dlc::tool {

namespace {

using artifact::Launch;

/// Holders of the peak that the page lists.
constexpr size_t mostHolders = 24;

/// A cell that sorts by `value`.
std::string numberCell(double value, const std::string &text) {
  return fmt::format("<td class=\"number\" data-v=\"{:.9g}\">{}</td>", value,
                     text);
}

std::string bar(double share) {
  return fmt::format("<i class=\"bar\" style=\"width:{:.1f}px\"></i>",
                     120 * std::clamp(share, 0.0, 1.0));
}

class Page {
public:
  explicit Page(const PageContent &content)
      : content(content), program(content.program),
        memory(mapMemory(program, content.manifest.maxBatch)) {
    for (const Launch &launch : program.launches)
      traffic.push_back(
          profile::countTraffic(program, launch, content.manifest.maxBatch));
  }

  std::string run() {
    std::string html = formatHead() + formatTiles();
    html += formatHistory();
    html += formatMemory();
    html += formatLayers();
    html += formatKernels();
    html += formatGraph();
    return framePage(content.manifest.model + " - dlc report", html);
  }

private:
  std::string formatHead() const {
    return fmt::format("<h1>{}</h1>\n<p class=\"sub\">Program {} for {}, "
                       "batches of up to {}. Times are {}.</p>\n",
                       escapeXml(content.manifest.model),
                       escapeXml(program.name), escapeXml(program.device),
                       content.manifest.maxBatch, escapeXml(content.timesAre));
  }

  std::string formatTiles() const {
    int64_t calls = std::ranges::count(program.launches, Launch::Kind::Library,
                                       &Launch::kind);
    double flops = 0;
    for (const Launch &launch : program.launches)
      flops += launch.flops;
    double bytes = std::accumulate(traffic.begin(), traffic.end(), 0.0);
    double seconds =
        std::accumulate(content.seconds.begin(), content.seconds.end(), 0.0);
    const std::pair<std::string, std::string> tiles[] = {
        {std::to_string(int64_t(program.launches.size()) - calls),
         "fused kernels"},
        {std::to_string(calls), "library routines"},
        {formatTime(seconds),
         content.isMeasured ? "a step, measured" : "a step, predicted"},
        {formatSize(bytes), "moved a step"},
        {formatOperations(flops), "a step"},
        {formatSize(double(content.manifest.stateBytes)),
         "weights and other state"},
        {formatSize(double(program.arenaBytes)), "tensors of a step"}};
    std::string html = "<div class=\"tiles\">";
    for (const auto &[value, what] : tiles)
      html += fmt::format("<div class=\"tile\"><b>{}</b><span>{}</span></div>",
                          value, what);
    return html + "</div>\n";
  }

  std::string formatHistory() const {
    if (content.history.empty())
      return "";
    std::string html = "<section id=\"history\"><h2>History</h2>\n"
                       "<div class=\"charts\">\n";
    for (const HistoryChart &chart : content.history)
      html += drawCurves(chart.title, chart.steps, chart.curves);
    return html + "</div></section>\n";
  }

  std::string formatMemory() const {
    if (program.launches.empty())
      return "";
    std::string html = fmt::format(
        "<section id=\"memory\"><h2>Memory over time</h2>\n<p class=\"note\">"
        "Each rectangle is a tensor in the arena; point at one for its name. "
        "Most is held during launch {} ({}): {} of an arena of {}.</p>\n",
        memory.peak, escapeXml(program.launches[memory.peak].name),
        formatSize(double(memory.peakBytes)),
        formatSize(double(program.arenaBytes)));
    html += drawMemory(program, memory);
    html += "<h2 style=\"margin-top:18px\">Who holds the peak</h2>\n<table>"
            "<thead><tr><th>Layer</th><th class=\"number\">Bytes</th><th>Share"
            "</th></tr></thead><tbody>\n";
    auto holders = memory.listHolders();
    for (size_t i = 0; i < std::min(holders.size(), mostHolders); ++i) {
      const auto &[layer, bytes] = holders[i];
      double share =
          double(bytes) / double(std::max<uint64_t>(memory.peakBytes, 1));
      html += fmt::format(
          "<tr><td class=\"break\">{}</td>{}<td data-v=\"{:.6f}\">{}{:.1f} "
          "%</td></tr>\n",
          escapeXml(layer),
          numberCell(double(bytes), formatSize(double(bytes))), share,
          bar(share), share * 100);
    }
    html += "</tbody></table>\n";
    if (holders.size() > mostHolders)
      html += fmt::format("<p class=\"note\">and {} others</p>\n",
                          holders.size() - mostHolders);
    return html + "</section>\n";
  }

  std::string formatLayers() const {
    auto costs = listLayerCosts(content.manifest, program, content.seconds);
    double most = 0;
    for (const LayerCost &cost : costs)
      most = std::max(most, cost.seconds);
    std::string html = fmt::format(
        "<section id=\"layers\"><h2>What each layer costs</h2>\n<p "
        "class=\"note\">Times are {}. A kernel that serves several layers "
        "counts for each of them by an equal share.</p>\n<table><thead><tr>"
        "<th>Layer</th><th class=\"number\">Kernels</th><th "
        "class=\"number\">Moved</th><th class=\"number\">Operations</th><th "
        "class=\"number\">Weights, state</th><th class=\"number\">At the "
        "peak</th><th class=\"number\">{}</th><th>Share</th></tr></thead>"
        "<tbody>\n",
        escapeXml(content.timesAre), timeHead());
    for (const LayerCost &cost : costs)
      html += fmt::format(
          "<tr><td class=\"break\">{} <span class=\"kind\">{}</span></td>"
          "{}{}{}{}{}{}<td data-v=\"{:.9g}\">{}</td></tr>\n",
          escapeXml(cost.layer), escapeXml(cost.kind),
          numberCell(double(cost.launches.size()),
                     std::to_string(cost.launches.size())),
          numberCell(cost.bytes, formatSize(cost.bytes)),
          numberCell(cost.flops, formatOperations(cost.flops)),
          numberCell(double(cost.stateBytes),
                     formatSize(double(cost.stateBytes))),
          numberCell(double(cost.peakBytes),
                     formatSize(double(cost.peakBytes))),
          numberCell(cost.seconds, formatTime(cost.seconds)), cost.seconds,
          bar(most > 0 ? cost.seconds / most : 0));
    return html + "</tbody></table></section>\n";
  }

  const char *timeHead() const {
    return content.isMeasured ? "Measured" : "Predicted";
  }

  std::string formatKernels() const {
    std::string html = fmt::format(
        "<section id=\"kernels\"><h2>Kernels</h2>\n<p class=\"note\">A click "
        "shows why a kernel is what it is, and its text. Times are {}.</p>\n"
        "<input placeholder=\"Filter by name or layer\" aria-label=\"Filter\">"
        "\n<div class=\"kernels\"><div class=\"head\"><span "
        "data-key=\"index\">Launch</span><span data-key=\"what\">Pattern"
        "</span><span data-key=\"layers\">Layers</span><span class=\"number\" "
        "data-key=\"bytes\">Moved</span><span class=\"number\" "
        "data-key=\"flops\">Operations</span><span class=\"number\" "
        "data-key=\"time\">{}</span></div>\n",
        escapeXml(content.timesAre), timeHead());
    for (size_t i = 0; i < program.launches.size(); ++i)
      html += formatKernel(i);
    return html + "</div></section>\n";
  }

  std::string formatKernel(size_t i) const {
    const Launch &launch = program.launches[i];
    std::string what = escapeXml(
        launch.kind == Launch::Kind::Library ? launch.routine : launch.pattern);
    std::string layers =
        escapeXml(fmt::format("{}", fmt::join(launch.layers, ", ")));
    std::string html = fmt::format(
        "<details data-index=\"{0}\" data-what=\"{1}\" data-layers=\"{2}\" "
        "data-bytes=\"{3}\" data-flops=\"{4:.9g}\" data-time=\"{5:.9g}\">"
        "<summary><span class=\"break\"><span class=\"chip\" "
        "style=\"background:{6}\">{0}</span>{7}</span><span>{1}</span><span "
        "class=\"break\">{2}</span><span class=\"number\">{8}</span><span "
        "class=\"number\">{9}</span><span class=\"number\">{10}</span>"
        "</summary>\n",
        i, what, layers, traffic[i], launch.flops, content.seconds[i],
        launchColour(i), escapeXml(launch.name), formatSize(double(traffic[i])),
        formatOperations(launch.flops), formatTime(content.seconds[i]));
    if (!launch.reasons.empty()) {
      html += "<ul>";
      for (const std::string &reason : launch.reasons)
        html += fmt::format("<li>{}</li>", escapeXml(reason));
      html += "</ul>\n";
    }
    if (auto text = content.texts.find(launch.name);
        text != content.texts.end())
      html += fmt::format("<pre>{}</pre>\n", escapeLines(text->second));
    return html + "</details>\n";
  }

  std::string formatGraph() const {
    if (!content.graph)
      return "";
    return fmt::format(
        "<section id=\"graph\"><h2>Layers and the kernels that serve them</h2>"
        "\n<p class=\"note\">Numbers and colours are those of the launches "
        "above.</p>\n<div class=\"scroll\">{}</div></section>\n",
        drawGraph(*content.graph, &program));
  }

  const PageContent &content;
  const artifact::Program &program;
  MemoryMap memory;
  std::vector<int64_t> traffic;
};

} // namespace

std::string formatPage(const PageContent &content) {
  return Page(content).run();
}

std::string formatSummaryPage(const ModelSummary &summary) {
  std::string html = fmt::format(
      "<h1>{}</h1>\n<p class=\"sub\">{} trainable and {} other parameters{}."
      "</p>\n<section><table><thead><tr><th>Layer</th><th>Output shape</th><th "
      "class=\"number\">Parameters</th>{}<th class=\"number\">Outputs</th><th "
      "class=\"number\">Forward pass</th></tr></thead><tbody>\n",
      escapeXml(summary.name), summary.trainable, summary.nonTrainable,
      summary.compiled ? fmt::format(", {} of the optimizer", summary.optimizer)
                       : "",
      summary.sequential ? "" : "<th>Connected to</th>");
  for (const LayerSummary &layer : summary.layers) {
    std::string shapes;
    for (const Shape &shape : layer.outputShapes)
      shapes +=
          fmt::format("{}{}", shapes.empty() ? "" : ", ", formatShape(shape));
    html += fmt::format(
        "<tr><td class=\"break\">{} <span class=\"kind\">{}</span></td><td>{}"
        "</td>{}{}{}{}</tr>\n",
        escapeXml(layer.name), escapeXml(layer.kerasClass), escapeXml(shapes),
        numberCell(double(layer.parameters), std::to_string(layer.parameters)),
        summary.sequential
            ? ""
            : fmt::format("<td class=\"break\">{}</td>",
                          escapeXml(fmt::format(
                              "{}", fmt::join(layer.connectedTo, ", ")))),
        numberCell(double(layer.bytes), formatSize(double(layer.bytes))),
        numberCell(layer.flops, formatOperations(layer.flops)));
  }
  html += "</tbody></table></section>\n";
  return framePage(summary.name + " - dlc summary", html);
}

} // namespace dlc::tool
