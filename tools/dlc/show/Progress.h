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
  /// What this fit had done of an epoch at some time.
  struct Mark {
    int64_t epoch = 0, step = 0, samples = 0;
    double seconds = 0;
  };
  /// Seconds a step, and samples a second, without validation and the first
  /// step, which touches memory for the first time.
  struct Speed {
    double stepSeconds, samplesPerSecond;
  };
  Speed measure() const;
  void drawBar(const EpochInfo &info, bool isDone);

  std::FILE *stream;
  bool isTerminal;
  bool isLineOpen = false;
  Mark first, last; // of the epoch's steps that were told
  std::chrono::steady_clock::time_point lastDrawn;
};

} // namespace dlc::tool
