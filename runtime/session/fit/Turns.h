// Who may use a session's device when: one caller that trains, or several that
// predict.
#pragma once

#include "runtime/core/Device.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace dlc::session {

/// Lets threads in. They need not be many: all that wait do so in the order in
/// which the system wakes them, but no stream of predictions keeps a training
/// call out.
class Turns {
public:
  /// `predict` is the program that may run on forks of the device, of which
  /// there will be at most `atOnce` - 1.
  Turns(Device &device, std::optional<size_t> predict, int atOnce);

  /// The device for one caller, who is alone. A thread that has it gets it
  /// again: callbacks of training may save, evaluate and predict.
  class Alone {
  public:
    explicit Alone(Turns &turns) : turns(turns) { turns.enterAlone(); }
    ~Alone() { turns.leaveAlone(); }
    Alone(const Alone &) = delete;
    Alone &operator=(const Alone &) = delete;

  private:
    Turns &turns;
  };

  /// A device to predict with, beside others who do so.
  class Shared {
  public:
    explicit Shared(Turns &turns) : turns(turns), taken(turns.enterShared()) {}
    ~Shared() { turns.leaveShared(taken); }
    Shared(const Shared &) = delete;
    Shared &operator=(const Shared &) = delete;
    Device &device() const { return *taken; }

  private:
    Turns &turns;
    Device *taken;
  };

private:
  void enterAlone();
  void leaveAlone();
  Device *enterShared();
  void leaveShared(Device *device);
  bool isMine() const {
    return depth > 0 && owner == std::this_thread::get_id();
  }

  Device &device;
  std::optional<size_t> predict;
  std::mutex mutex;
  std::condition_variable changed;
  size_t atOnce;                              // devices there may be
  size_t made = 1;                            // devices there are
  std::vector<std::unique_ptr<Device>> forks; // all of them
  std::vector<Device *> free;                 // of all devices
  int sharing = 0;                            // callers that have one
  int waitingAlone = 0;
  int depth = 0; // how often `owner` is in
  std::thread::id owner;
};

} // namespace dlc::session
