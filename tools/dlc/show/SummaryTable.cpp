// The table of model.summary(), as keras/src/utils/summary_utils.py lays it
// out.
#include "tools/dlc/show/SummaryTable.h"
#include "tools/dlc/show/BoxTable.h"
#include "tools/dlc/show/Line.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dlc::tool {

namespace {

/// 1,234,567.
std::string groupDigits(int64_t value) {
  std::string text = std::to_string(value);
  for (auto at = long(text.size()) - 3; at > 0; at -= 3)
    text.insert(size_t(at), ",");
  return text;
}

/// "(None, 26, 26, 32)": unlike Python's tuple, one dimension has no comma.
std::string formatDims(const Shape &shape) {
  std::string text;
  for (int64_t dim : shape) {
    if (!text.empty())
      text += ", ";
    text += dim == batchDim ? "None" : std::to_string(dim);
  }
  return "(" + text + ")";
}

std::string formatShapes(const std::vector<Shape> &shapes) {
  if (shapes.size() == 1)
    return formatDims(shapes[0]);
  std::vector<std::string> texts;
  for (const Shape &shape : shapes)
    texts.push_back(formatDims(shape));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string formatBytes(int64_t bytes) {
  auto value = double(bytes);
  for (const char *unit : {"B", "KB", "MB", "GB", "TB"}) {
    if (value / 1024 < 1)
      return fmt::format("{:.2f} {}", value, unit);
    value /= 1024;
  }
  return fmt::format("{:.2f} PB", value);
}

std::string formatFlops(double flops) {
  for (const char *unit : {"", " K", " M", " G", " T"}) {
    if (flops < 1000)
      return fmt::format("{:.4g}{}", flops, unit);
    flops /= 1000;
  }
  return fmt::format("{:.4g} P", flops);
}

/// Keras' columns end at these fractions of a line.
std::vector<BoxColumn> makeColumns(const ModelSummary &summary,
                                   int64_t lineLength) {
  std::vector<BoxColumn> columns = {{"Layer (type)", 0, false},
                                    {"Output Shape", 0, false},
                                    {"Param #", 0, true}};
  std::vector<double> ends = {0.45, 0.80, 1.0};
  if (!summary.sequential) {
    columns.push_back({"Connected to", 0, false});
    ends = {0.3, 0.56, 0.74, 1.0};
  }
  int64_t begin = 0;
  for (size_t c = 0; c < columns.size(); ++c) {
    columns[c].width = int64_t(ends[c] * double(lineLength)) - begin;
    begin += columns[c].width;
  }
  return columns;
}

std::string formatTotal(const char *what, int64_t count) {
  // Weights, float32 or int32, have four bytes.
  return fmt::format(" {}: {} ({})\n", what, groupDigits(count),
                     formatBytes(4 * count));
}

} // namespace

std::string formatSummary(const ModelSummary &summary,
                          const SummaryLayout &layout) {
  int64_t lineLength =
      std::min<int64_t>(summary.sequential ? 88 : 108, layout.columns - 4);
  lineLength = std::max<int64_t>(lineLength, 40);
  std::vector<BoxColumn> columns = makeColumns(summary, lineLength);
  if (layout.costs) {
    constexpr int64_t costWidth = 10;
    columns.push_back({"Bytes", costWidth, true});
    columns.push_back({"FLOPs", costWidth, true});
    lineLength += 2 * (costWidth + 3);
  }
  std::vector<std::vector<std::string>> rows;
  for (const LayerSummary &layer : summary.layers) {
    std::vector<std::string> row = {
        toLine(fmt::format("{} ({})", layer.name, layer.kerasClass)),
        formatShapes(layer.outputShapes), groupDigits(layer.parameters)};
    if (!summary.sequential)
      row.push_back(
          layer.connectedTo.empty()
              ? "-"
              : toLine(fmt::format("{}", fmt::join(layer.connectedTo, ", "))));
    if (layout.costs) {
      row.push_back(formatBytes(layer.bytes));
      row.push_back(formatFlops(layer.flops));
    }
    rows.push_back(row);
  }
  std::string text = fmt::format("Model: \"{}\"\n", toLine(summary.name));
  text += formatBoxTable(columns, rows, lineLength);
  text += formatTotal("Total params", summary.trainable + summary.nonTrainable +
                                          summary.optimizer);
  text += formatTotal("Trainable params", summary.trainable);
  text += formatTotal("Non-trainable params", summary.nonTrainable);
  if (summary.compiled)
    text += formatTotal("Optimizer params", summary.optimizer);
  return text;
}

} // namespace dlc::tool
