// Who may use a session's device when.
#include "runtime/session/fit/Turns.h"

#include <algorithm>

namespace dlc::session {

Turns::Turns(Device &device, std::optional<size_t> predict, int atOnce)
    : device(device), predict(predict),
      atOnce(predict ? size_t(std::max(1, atOnce)) : 1), free{&device} {}

void Turns::enterAlone() {
  std::unique_lock lock(mutex);
  if (!isMine()) {
    ++waitingAlone;
    changed.wait(lock, [&] { return depth == 0 && sharing == 0; });
    --waitingAlone;
    owner = std::this_thread::get_id();
  }
  ++depth;
}

void Turns::leaveAlone() {
  std::unique_lock lock(mutex);
  if (--depth == 0)
    changed.notify_all();
}

Device *Turns::enterShared() {
  std::unique_lock lock(mutex);
  if (isMine()) {
    ++depth;
    return &device;
  }
  for (;;) {
    changed.wait(lock, [&] {
      return depth == 0 && waitingAlone == 0 &&
             (!free.empty() || made < atOnce);
    });
    ++sharing;
    if (!free.empty()) {
      Device *taken = free.back();
      free.pop_back();
      return taken;
    }
    // Made by one thread while others go on: it reads the artifact and the
    // places of the states alone.
    ++made;
    lock.unlock();
    auto fork = device.fork(*predict);
    lock.lock();
    if (fork && *fork)
      return forks.emplace_back(*std::move(fork)).get();
    // A device that takes turns, or no memory for more: those there are do.
    --made;
    atOnce = made;
    --sharing;
    changed.notify_all();
  }
}

void Turns::leaveShared(Device *taken) {
  std::unique_lock lock(mutex);
  if (isMine()) {
    --depth;
    return;
  }
  free.push_back(taken);
  --sharing;
  changed.notify_all();
}

} // namespace dlc::session
