// Ctrl-C and its like: end the program at once, but for the part that saves its
// work first.
#include "tools/dlc/Interrupt.h"

#include <atomic>
#include <csignal>
#include <unistd.h>

namespace dlc::tool {

namespace {

std::atomic<bool> isDelayed = false;
std::atomic<int> firstSignal = 0;
static_assert(std::atomic<bool>::is_always_lock_free &&
              std::atomic<int>::is_always_lock_free);

int exitCodeOf(int signal) { return 128 + signal; }

void handle(int signal) {
  if (!isDelayed)
    ::_exit(exitCodeOf(signal));
  int none = 0;
  firstSignal.compare_exchange_strong(none, signal);
}

} // namespace

void installInterruptHandler() {
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action = {};
    ::sigaction(signal, nullptr, &action);
    // Who starts a program under nohup wants it to outlive the terminal.
    if (signal == SIGHUP && action.sa_handler == SIG_IGN)
      continue;
    action = {};
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART;
    ::sigaction(signal, &action, nullptr);
  }
}

InterruptDelay::InterruptDelay() {
  isDelayed = true;
  ::signal(SIGPIPE, SIG_IGN);
}
InterruptDelay::~InterruptDelay() {
  isDelayed = false;
  ::signal(SIGPIPE, SIG_DFL);
}
bool InterruptDelay::asked() const { return firstSignal != 0; }
int InterruptDelay::exitCode() const { return exitCodeOf(firstSignal); }

} // namespace dlc::tool
