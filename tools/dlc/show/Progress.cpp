// What training shows while it runs: a bar on a terminal, else a line an epoch.
#include "tools/dlc/show/Progress.h"
#include "tools/dlc/show/Report.h"

#include <algorithm>
#include <fmt/format.h>
#include <sys/ioctl.h>
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

std::string formatSpeed(double samplesPerSecond) {
  return fmt::format("{:.{}f} samples/s", samplesPerSecond,
                     samplesPerSecond < 10 ? 1 : 0);
}

std::string repeat(const char *text, int64_t times) {
  std::string all;
  for (int64_t i = 0; i < times; ++i)
    all += text;
  return all;
}

/// Columns of a terminal; plenty if it does not say.
size_t countColumns(std::FILE *stream) {
  winsize size = {};
  bool isKnown = ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0;
  return isKnown && size.ws_col > 0 ? size.ws_col : 1000;
}

constexpr const char *bold = "\x1b[1m", *green = "\x1b[32m", *grey = "\x1b[37m",
                     *plain = "\x1b[0m";

} // namespace

Progress::Progress(std::FILE *stream)
    : stream(stream), isTerminal(::isatty(::fileno(stream)) == 1) {}

Progress::Speed Progress::measure() const {
  Mark from = last.step > first.step ? first : Mark{};
  double seconds = last.seconds - from.seconds;
  return {seconds / double(std::max<int64_t>(1, last.step - from.step)),
          seconds > 0 ? double(last.samples - from.samples) / seconds : 0};
}

/// As Keras draws it, with what is left of an epoch, or at its end what it
/// took.
void Progress::drawBar(const EpochInfo &info, bool isDone) {
  Speed speed = measure();
  double shown = isDone ? info.secondsInEpoch
                        : speed.stepSeconds * double(info.steps - info.step);
  int64_t filled = barWidth * info.step / info.steps;
  std::string steps = fmt::format("{}", info.steps);
  std::string count = fmt::format("{:>{}}/{}", info.step, steps.size(), steps);
  std::string time = formatSeconds(shown);
  std::string rest =
      fmt::format(" {} {} - {}", formatStepTime(speed.stepSeconds),
                  formatSpeed(speed.samplesPerSecond), formatLogs(info.logs));
  // A line that breaks cannot be drawn over.
  size_t before = count.size() + 1 + size_t(barWidth) + 1 + time.size();
  size_t columns = countColumns(stream);
  if (!isDone)
    rest.resize(std::min(rest.size(), columns - std::min(columns, before)));
  fmt::print(stream, "\r\x1b[K{}{}{} {}{}{}{}{} {}{}{}{}", bold, count, plain,
             green, repeat("━", filled), grey, repeat("━", barWidth - filled),
             plain, bold, time, plain, rest);
  isLineOpen = true;
  if (isDone)
    finish();
  std::fflush(stream);
}

void Progress::onStep(const EpochInfo &info) {
  bool isFirst = info.epoch != last.epoch;
  last = {info.epoch, info.step - info.stepsBefore, info.samples,
          info.secondsInEpoch};
  if (isFirst)
    first = last;
  if (!isTerminal)
    return;
  if (isFirst)
    fmt::print(stream, "Epoch {}/{}\n", info.epoch, info.epochs);
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
  Speed speed = measure();
  fmt::print(stream, "Epoch {}/{} - {} - {} - {} - {}\n", info.epoch,
             info.epochs, formatSeconds(info.secondsInEpoch),
             formatStepTime(speed.stepSeconds),
             formatSpeed(speed.samplesPerSecond), formatLogs(info.logs));
  std::fflush(stream);
}

void Progress::finish() {
  if (isLineOpen)
    fmt::print(stream, "\n");
  isLineOpen = false;
}

} // namespace dlc::tool
