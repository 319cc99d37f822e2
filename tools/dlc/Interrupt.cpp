// Ctrl-C: ends the program at once, but for the part that saves its work first.
#include "tools/dlc/Interrupt.h"

#include <atomic>
#include <csignal>
#include <unistd.h>

namespace dlc::tool {

namespace {

std::atomic<bool> isDelayed = false;
std::atomic<bool> wasAsked = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void handle(int) {
  if (!isDelayed)
    ::_exit(interruptedExitCode);
  wasAsked = true;
}

} // namespace

void installInterruptHandler() {
  struct sigaction action = {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
}

InterruptDelay::InterruptDelay() { isDelayed = true; }
InterruptDelay::~InterruptDelay() { isDelayed = false; }
bool InterruptDelay::asked() const { return wasAsked; }

} // namespace dlc::tool
