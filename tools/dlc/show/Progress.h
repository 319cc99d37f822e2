// What training shows while it runs: a bar on a terminal, else a line an epoch.
#pragma once

#include "runtime/session/Session.h"

#include <chrono>
#include <cstdio>

namespace dlc::tool {

class Progress {
public:
  explicit Progress(std::FILE *stream);

  void onStep(const EpochInfo &info);
  void onEpochEnd(const EpochInfo &info);
  /// Ends a bar that was left in the middle of an epoch.
  void finish();

private:
  void drawBar(const EpochInfo &info, bool isDone);

  std::FILE *stream;
  bool isTerminal;
  bool isLineOpen = false;
  int64_t lastEpoch = 0; // whose title stands
  std::chrono::steady_clock::time_point lastDrawn;
};

} // namespace dlc::tool
