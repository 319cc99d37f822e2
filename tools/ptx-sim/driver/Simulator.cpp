// The state of the software device: its objects, its memory and its faults.
#include "tools/ptx-sim/driver/Simulator.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace ptxsim::driver {

using namespace dlc::cuda;

namespace {

uint64_t fromEnvironment(const char *name, uint64_t otherwise) {
  const char *value = std::getenv(name);
  return value ? std::strtoull(value, nullptr, 0) : otherwise;
}

/// splitmix64's last step: well mixed bits of a counter.
uint64_t mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

uint64_t now() {
  return uint64_t(std::chrono::nanoseconds(
                      std::chrono::steady_clock::now().time_since_epoch())
                      .count());
}

/// Whether CUDA says that the process cannot go on.
bool isSticky(Result result) {
  return result == IllegalAddress ||
         (result >= LaunchTimeout && result <= LaunchFailed);
}

} // namespace

Simulator &Simulator::get() {
  // Never destroyed: programs call the driver until they end.
  static auto *simulator = new Simulator;
  return *simulator;
}

Simulator::Simulator()
    : seed(fromEnvironment("DLC_PTX_SIM_SEED", 0)),
      memoryBytes(fromEnvironment("DLC_PTX_SIM_MEMORY", uint64_t(8) << 30)),
      kernelsToFault(fromEnvironment("DLC_PTX_SIM_FAULT", 0)),
      nullStream(std::make_shared<Stream>()) {
  nullStream->isEager = true;
}

std::shared_ptr<Stream> Simulator::findStream(StreamHandle handle) {
  return handle ? streams.find(handle) : nullStream;
}

std::shared_ptr<Stream> Simulator::makeStream(unsigned flags) {
  auto stream = std::make_shared<Stream>();
  stream->isBlocking = !(flags & StreamNonBlocking);
  stream->isEager = mix(seed + 1000 * ++madeStreams) & 1;
  return stream;
}

Result Simulator::misuse(Result result, std::string sentence) {
  report = std::move(sentence);
  return result;
}

Result Simulator::fail(const Fault &error) {
  auto result = Result(int(error.code));
  report = error.message;
  if (!isSticky(result))
    return result;
  fault = result;
  for (const auto &[handle, stream] : streams)
    stream->entries.clear();
  return result;
}

void Simulator::reset() {
  counters = {};
  traffic.clear();
  report.clear();
  if (fault == Success)
    return;
  fault = Success;
  retained = 0;
  streams.clear();
  events.clear();
  graphs.clear();
  graphExecs.clear();
  graphBytes = 0;
  for (void *allocation : allocations)
    (void)memory.free(allocation);
  for (const auto &[address, bytes] : pinned) {
    (void)memory.remove(address);
    std::free(address);
  }
  for (const auto &[handle, module] : modules)
    for (const Variable &variable : module->module->variables())
      (void)memory.remove(variable.address);
  allocations.clear();
  pinned.clear();
  modules.clear();
}

//===-- Queues ------------------------------------------------------------===//

Result Simulator::enqueue(Stream &stream, Work work, bool isKernel) {
  if (stream.capture) {
    stream.capture->nodes.push_back({std::move(work), isKernel});
    return Success;
  }
  if (&stream == nullStream.get())
    for (const auto &[handle, other] : streams)
      if (other->isBlocking)
        if (Result result = finish(*other); result != Success)
          return result;
  if (isKernel)
    ++counters.launches;
  stream.entries.push_back({std::move(work), nullptr});
  return settle(stream);
}

Result Simulator::launch(Stream &stream, const Graph &graph) {
  if (stream.capture)
    return misuse(StreamCaptureUnsupported,
                  "a graph is launched in a stream that is captured");
  ++counters.graphLaunches;
  for (const Graph::Node &node : graph.nodes) {
    Work work = node.work;
    if (node.isKernel)
      work = [this, run = node.work] {
        ++counters.graphKernels;
        return run();
      };
    stream.entries.push_back({std::move(work), nullptr});
  }
  return settle(stream);
}

Result Simulator::record(Stream &stream, const std::shared_ptr<Event> &event) {
  event->captured = stream.capture ? &stream : nullptr;
  if (stream.capture)
    return Success;
  event->recorded = ++records;
  event->stream = &stream;
  stream.entries.push_back({nullptr, event, event->recorded});
  return settle(stream);
}

Result Simulator::wait(Stream &stream, const std::shared_ptr<Event> &event) {
  if (stream.capture || event->captured) {
    if (event->captured == &stream)
      return Success;
    stream.captureFailed = true;
    return misuse(StreamCaptureIsolation,
                  "a wait ties a stream that is captured to another one, which "
                  "ptx-sim has not");
  }
  if (!event->recorded) // nothing to wait for
    return Success;
  stream.entries.push_back({nullptr, event, event->recorded, true});
  return settle(stream);
}

void Simulator::complete(const Entry &entry) {
  entry.event->completed = std::max(entry.event->completed, entry.record);
  entry.event->nanoseconds = now();
}

Result Simulator::runFirst(Stream &stream) {
  Entry entry = std::move(stream.entries.front());
  stream.entries.pop_front();
  if (entry.work) {
    if (auto ran = entry.work(); !ran)
      return fail(ran.error());
  } else if (!entry.isWait) {
    complete(entry);
    // What waited for it may go on.
    for (const auto &[handle, other] : streams)
      if (other.get() != &stream)
        if (Result result = advance(*other); result != Success)
          return result;
  }
  return Success;
}

/// What is put on the null stream has run when the call returns.
Result Simulator::settle(Stream &stream) {
  return &stream == nullStream.get() ? finish(stream) : advance(stream);
}

Result Simulator::advance(Stream &stream) {
  if (!stream.isEager)
    return Success;
  while (!stream.entries.empty()) {
    const Entry &first = stream.entries.front();
    if (first.isWait && first.event->completed < first.record)
      return Success;
    if (Result result = runFirst(stream); result != Success)
      return result;
  }
  return Success;
}

Result Simulator::step(Stream &stream) {
  // Copied: running what it waits for may run this stream too.
  Entry first = {nullptr, stream.entries.front().event,
                 stream.entries.front().record, stream.entries.front().isWait};
  if (first.isWait && first.event->completed < first.record)
    return reach(first.event, first.record);
  return runFirst(stream);
}

Result Simulator::reach(const std::shared_ptr<Event> &event, uint64_t record) {
  auto holdsRecord = [&](const auto &stream) {
    return std::ranges::any_of(stream.second->entries, [&](const Entry &entry) {
      return entry.event == event && entry.record == record && !entry.isWait;
    });
  };
  while (event->completed < record) {
    auto recorder = std::ranges::find_if(streams, holdsRecord);
    if (recorder == streams.end()) // a fault has emptied its stream
      return fault;
    // Only what was recorded before can be waited for, so this ends.
    if (Result result = step(*recorder->second); result != Success)
      return result;
  }
  return Success;
}

Result Simulator::finish(Stream &stream) {
  while (!stream.entries.empty())
    if (Result result = step(stream); result != Success)
      return result;
  return fault;
}

Result Simulator::finishAll() {
  for (const auto &[handle, stream] : streams)
    if (Result result = finish(*stream); result != Success)
      return result;
  return Success;
}

Result Simulator::finish(const std::shared_ptr<Event> &event) {
  if (event->captured)
    return misuse(CapturedEvent, "an event of a capture is waited for");
  return reach(event, event->recorded);
}

size_t Simulator::freeBytes() const {
  return memoryBytes -
         std::min(memoryBytes, memory.allocatedBytes() + graphBytes);
}

bool Simulator::breaksCapture() {
  bool breaks = false;
  for (const auto &[handle, stream] : streams)
    if (stream->capture && !stream->captureIsRelaxed &&
        stream->captureThread == std::this_thread::get_id())
      breaks = stream->captureFailed = true;
  return breaks;
}

} // namespace ptxsim::driver
