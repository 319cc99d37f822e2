// Ctrl-C: ends the program at once, but for the part that saves its work first.
#pragma once

namespace dlc::tool {

/// The exit code after Ctrl-C: 128 and the signal's number.
inline constexpr int interruptedExitCode = 130;

/// From here on Ctrl-C exits with interruptedExitCode.
void installInterruptHandler();

/// While one lives, Ctrl-C is only noted: the program looks at `asked` between
/// steps.
class InterruptDelay {
public:
  InterruptDelay();
  ~InterruptDelay();
  InterruptDelay(const InterruptDelay &) = delete;
  InterruptDelay &operator=(const InterruptDelay &) = delete;

  bool asked() const;
};

} // namespace dlc::tool
