// What training shows while it runs: a bar on a terminal, else a line an epoch.
#include "tools/dlc/show/Progress.h"
#include "tools/dlc/show/Report.h"

#include <fmt/format.h>
#include <unistd.h>

namespace dlc::tool {

namespace {

constexpr int64_t barWidth = 20;

/// "12s", "3:07", "1:02:03".
std::string formatSeconds(double seconds) {
  auto whole = int64_t(seconds + 0.5);
  if (whole < 60)
    return fmt::format("{}s", whole);
  if (whole < 3600)
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60,
                     whole % 60);
}

std::string formatStepTime(double seconds) {
  if (seconds >= 1)
    return fmt::format("{:.0f}s/step", seconds);
  if (seconds >= 1e-3)
    return fmt::format("{:.0f}ms/step", seconds * 1e3);
  return fmt::format("{:.0f}us/step", seconds * 1e6);
}

std::string repeat(const char *text, int64_t times) {
  std::string all;
  for (int64_t i = 0; i < times; ++i)
    all += text;
  return all;
}

} // namespace

Progress::Progress(std::FILE *stream)
    : stream(stream), isTerminal(::isatty(::fileno(stream)) == 1) {}

void Progress::drawBar(const EpochInfo &info, bool isDone) {
  double stepSeconds = info.secondsInEpoch / double(info.step);
  double shown = isDone ? info.secondsInEpoch
                        : stepSeconds * double(info.steps - info.step);
  int64_t filled = barWidth * info.step / info.steps;
  std::string count = fmt::format("{}", info.steps);
  fmt::print(stream, "\r\x1b[K{:>{}}/{} {}{} {} {} - {}", info.step,
             count.size(), count, repeat("━", filled),
             repeat("─", barWidth - filled), formatSeconds(shown),
             formatStepTime(stepSeconds), formatLogs(info.logs));
  isLineOpen = true;
  if (isDone)
    finish();
  std::fflush(stream);
}

void Progress::onStep(const EpochInfo &info) {
  if (!isTerminal)
    return;
  bool isFirst = info.epoch != lastEpoch;
  if (isFirst)
    fmt::print(stream, "Epoch {}/{}\n", info.epoch, info.epochs);
  lastEpoch = info.epoch;
  // Ten times a second, whatever the steps take.
  auto now = std::chrono::steady_clock::now();
  if (!isFirst && now - lastDrawn < std::chrono::milliseconds(100))
    return;
  lastDrawn = now;
  drawBar(info, /*isDone=*/false);
}

void Progress::onEpochEnd(const EpochInfo &info) {
  if (isTerminal)
    return drawBar(info, /*isDone=*/true);
  fmt::print(stream, "Epoch {}/{} - {} - {} - {}\n", info.epoch, info.epochs,
             formatSeconds(info.secondsInEpoch),
             formatStepTime(info.secondsInEpoch / double(info.step)),
             formatLogs(info.logs));
  std::fflush(stream);
}

void Progress::finish() {
  if (isLineOpen)
    fmt::print(stream, "\n");
  isLineOpen = false;
}

} // namespace dlc::tool
