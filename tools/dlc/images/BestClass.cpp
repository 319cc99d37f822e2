// The class that a model finds in each sample.
#include "tools/dlc/images/BestClass.h"
#include "tools/dlc/show/Line.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

bool isProbability(float value) { return value >= 0 && value <= 1; }

/// Whether all rows are: one alone may look so by chance.
bool areProbabilities(std::span<const float> values, size_t columns) {
  if (!std::ranges::all_of(values, isProbability))
    return false;
  constexpr double tolerance = 1e-3;
  for (size_t i = 0; columns > 1 && i < values.size(); i += columns) {
    double sum = 0;
    for (float value : values.subspan(i, columns))
      sum += value;
    if (std::abs(sum - 1) > tolerance)
      return false;
  }
  return true;
}

BestClass findInRow(std::span<const float> row, bool areLogits) {
  if (row.size() == 1) {
    double one = areLogits ? 1 / (1 + std::exp(-double(row[0]))) : row[0];
    return one > 0.5 ? BestClass{1, one} : BestClass{0, 1 - one};
  }
  auto largest = std::ranges::max_element(row);
  double probability = *largest;
  if (areLogits) {
    double sum = 0;
    for (float value : row)
      sum += std::exp(double(value) - double(*largest));
    probability = 1 / sum;
  }
  return {largest - row.begin(), probability};
}

std::string nameClass(const BestClass &best,
                      const std::vector<std::string> &names) {
  auto label = size_t(best.label);
  return label < names.size() ? names[label] : std::to_string(label);
}

} // namespace

std::optional<std::vector<BestClass>> findBestClasses(const Tensor &y,
                                                      OutputKind kind) {
  if (y.dtype() != DType::F32 || y.shape().size() != 2 || y.shape()[1] < 1)
    return std::nullopt;
  auto columns = size_t(y.shape()[1]);
  std::span<const float> values = y.as<float>();
  bool areLogits = kind == OutputKind::Unknown
                       ? !areProbabilities(values, columns)
                       : kind == OutputKind::Logits;
  std::vector<BestClass> best;
  for (size_t i = 0; i < size_t(y.shape()[0]); ++i)
    best.push_back(findInRow(values.subspan(i * columns, columns), areLogits));
  return best;
}

Json toJson(const std::vector<BestClass> &best,
            const std::vector<std::string> &files,
            const std::vector<std::string> &classNames) {
  Json list = Json::array();
  for (size_t i = 0; i < best.size(); ++i) {
    Json &entry = list.emplace_back(Json::object());
    if (i < files.size())
      entry["file"] = files[i];
    if (classNames.empty())
      entry["class"] = best[i].label;
    else
      entry["class"] = nameClass(best[i], classNames);
    entry["probability"] = best[i].probability;
  }
  return list;
}

std::string formatBestClasses(const std::vector<BestClass> &best,
                              const std::vector<std::string> &files,
                              const std::vector<std::string> &classNames) {
  std::string text;
  for (size_t i = 0; i < best.size() && i < files.size(); ++i)
    text += fmt::format("{}: {} {:.4f}\n", toLine(files[i]),
                        toLine(nameClass(best[i], classNames)),
                        best[i].probability);
  return text;
}

} // namespace dlc::tool
