// Ctrl-C and its like: end the program at once, but for the part that saves its
// work first.
#pragma once

namespace dlc::tool {

/// From here on the signals that ask a program to end (SIGINT, which is Ctrl-C,
/// SIGTERM, and SIGHUP unless it was ignored, as under nohup) exit with 128 and
/// the signal's number: 130 after Ctrl-C.
void installInterruptHandler();

/// While one lives, such a signal is only noted: the program looks at `asked`
/// between steps. Nor does it end where nobody reads what it prints any more.
class InterruptDelay {
public:
  InterruptDelay();
  ~InterruptDelay();
  InterruptDelay(const InterruptDelay &) = delete;
  InterruptDelay &operator=(const InterruptDelay &) = delete;

  bool asked() const;
  /// What the program is to exit with then, by the first signal.
  int exitCode() const;
};

} // namespace dlc::tool
