// Work of libraries that stand beside the driver: what they put on streams.
#include "tools/ptx-sim/driver/Simulator.h"

using namespace ptxsim::driver;

int ptxSimEnqueue(void *stream, const PtxSimWork *work) {
  // Graphs and copies of them share it; the last one drops it.
  std::shared_ptr<void> data(work->data, work->drop);
  return inContext([&](Simulator &simulator) -> Result {
    auto found =
        simulator.findStream(static_cast<dlc::cuda::StreamHandle>(stream));
    if (!found)
      return simulator.misuse(dlc::cuda::InvalidHandle,
                              "a library's call has no stream");
    auto run = [&simulator, data, run = work->run]() -> ptxsim::Expected<void> {
      ++simulator.counters.libraryCalls;
      if (const char *fault = run(data.get()))
        return ptxsim::fail(ptxsim::Status::IllegalAddress, fault);
      return {};
    };
    return simulator.enqueue(*found, run);
  });
}

int ptxSimHolds(const void *address, size_t bytes) {
  Simulator &simulator = Simulator::get();
  std::lock_guard lock(simulator.mutex);
  return simulator.memory.holds(address, bytes);
}
