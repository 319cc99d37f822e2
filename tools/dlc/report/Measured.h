// What earlier runs of `dlc train` left in files: --history and --profile.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "tools/dlc/draw/Charts.h"

#include <string>
#include <vector>

namespace dlc::tool {

/// The curves of one number of a history: training, and validation if there was
/// any; or the losses of single steps.
struct HistoryChart {
  std::string title;
  const char *steps; // what its values are counted in: "epoch" or "step"
  std::vector<Curve> curves;
};

/// A file that --history wrote, or Keras' History.history as JSON.
Expected<std::vector<HistoryChart>> readHistory(const std::string &path);

struct Profile {
  int64_t steps = 0;
  std::vector<double> seconds; // of each launch in a step
};

/// A file that --profile wrote. An error if it is of another model, or of the
/// same one compiled in another way or for another batch: its launches are
/// others, or move other numbers of bytes.
Expected<Profile> readProfile(const std::string &path,
                              const artifact::Program &program,
                              int64_t maxBatch);

} // namespace dlc::tool
