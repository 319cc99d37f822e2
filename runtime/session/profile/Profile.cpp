// What the launches of a training took, for people and for dlc report.
#include "runtime/session/profile/Profile.h"

#include <algorithm>
#include <functional>

namespace dlc::profile {

Json profileToJson(const artifact::Manifest &manifest,
                   const artifact::Program &train, const History &history) {
  Json json;
  // The first step is not profiled.
  auto steps = int64_t(history.stepMilliseconds.size()) - 1;
  json["steps"] = std::max<int64_t>(steps, 0);
  std::vector<Json> rows;
  for (size_t i = 0; i < history.launchMilliseconds.size(); ++i) {
    const artifact::Launch &launch = train.launches[i];
    Json row = rowToJson(train, launch, manifest.maxBatch);
    row["ms"] = steps > 0 ? history.launchMilliseconds[i] / double(steps) : 0;
    for (const auto &[name, code] : history.launchCode)
      if (name == launch.name)
        row["code"] = code;
    rows.push_back(std::move(row));
  }
  std::ranges::stable_sort(rows, std::ranges::greater(), [](const Json &row) {
    return row["ms"].get<double>();
  });
  json["rows"] = rows;
  return json;
}

} // namespace dlc::profile
