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
  nullStream->entries.clear();
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
    std::vector<Graph::Node> &nodes = stream.capture->nodes;
    nodes.push_back({std::move(work), isKernel, stream.tail});
    stream.tail = {nodes.size() - 1};
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
  for (size_t number : orderNodes(graph)) {
    const Graph::Node &node = graph.nodes[number];
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
  event->captured = stream.capture;
  event->capturedAfter = stream.tail;
  if (stream.capture)
    return Success;
  event->recorded = ++records;
  event->stream = &stream;
  stream.entries.push_back({nullptr, event, event->recorded});
  return settle(stream);
}

Result Simulator::wait(Stream &stream, const std::shared_ptr<Event> &event) {
  if (stream.capture || event->captured)
    return waitInCapture(stream, *event);
  if (!event->recorded) // nothing to wait for
    return Success;
  stream.entries.push_back({nullptr, event, event->recorded, true});
  return settle(stream);
}

//===-- Captures ----------------------------------------------------------===//

Result Simulator::beginCapture(Stream &stream, bool isRelaxed) {
  if (stream.capture)
    return misuse(IllegalState, "a stream is captured twice");
  stream.capture = std::make_shared<Graph>();
  stream.tail.clear();
  stream.beganCapture = true;
  stream.captureIsRelaxed = isRelaxed;
  stream.captureThread = std::this_thread::get_id();
  return Success;
}

Result Simulator::waitInCapture(Stream &stream, const Event &event) {
  if (!event.captured || !event.captured->isCapturing ||
      (stream.capture && stream.capture != event.captured)) {
    if (stream.capture)
      stream.capture->hasFailed = true;
    return misuse(StreamCaptureIsolation,
                  "a wait ties a stream that is captured to what is not in "
                  "its capture");
  }
  if (!stream.capture) {
    stream.capture = event.captured;
    stream.tail.clear();
    stream.beganCapture = false;
    stream.captureThread = std::this_thread::get_id();
    for (const auto &[handle, other] : streams)
      if (other->capture == stream.capture && other->beganCapture)
        stream.captureIsRelaxed = other->captureIsRelaxed;
  }
  for (size_t node : event.capturedAfter)
    if (std::ranges::find(stream.tail, node) == stream.tail.end())
      stream.tail.push_back(node);
  return Success;
}

/// The nodes that must be over before those of `tail` are.
static std::vector<bool> findReached(const Graph &graph, const Nodes &tail) {
  std::vector<bool> reached(graph.nodes.size());
  for (size_t node : tail)
    reached[node] = true;
  for (size_t node = graph.nodes.size(); node-- > 0;)
    if (reached[node])
      for (size_t before : graph.nodes[node].after)
        reached[before] = true;
  return reached;
}

Result Simulator::endCapture(Stream &stream, std::shared_ptr<Graph> &graph) {
  if (!stream.capture)
    return misuse(IllegalState, "a capture ends that has not begun");
  if (!stream.beganCapture)
    return misuse(StreamCaptureUnmatched,
                  "a capture ends in another stream than it began in");
  std::shared_ptr<Graph> ended = stream.capture;
  ended->isCapturing = false;
  std::vector<bool> reached = findReached(*ended, stream.tail);
  bool isJoined = true;
  for (const auto &[handle, other] : streams)
    if (other->capture == ended) {
      for (size_t node : other->tail)
        isJoined &= reached[node];
      other->capture = nullptr;
    }
  if (ended->hasFailed)
    return StreamCaptureInvalidated;
  if (!isJoined)
    return misuse(StreamCaptureUnjoined,
                  "a capture ends while a stream that joined it was not waited "
                  "for");
  graph = std::move(ended);
  return Success;
}

Nodes Simulator::orderNodes(const Graph &graph) {
  std::vector<size_t> missing;
  std::vector<Nodes> followers(graph.nodes.size());
  Nodes ready, order;
  for (size_t node = 0; node < graph.nodes.size(); ++node) {
    missing.push_back(graph.nodes[node].after.size());
    for (size_t before : graph.nodes[node].after)
      followers[before].push_back(node);
    if (missing.back() == 0)
      ready.push_back(node);
  }
  while (!ready.empty()) {
    size_t chosen = mix(seed + 1000003 * ++graphChoices) % ready.size();
    size_t node = ready[chosen];
    ready.erase(ready.begin() + ptrdiff_t(chosen));
    order.push_back(node);
    for (size_t follower : followers[node])
      if (--missing[follower] == 0)
        ready.push_back(follower);
  }
  return order;
}

//===-- Running -----------------------------------------------------------===//

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
      breaks = stream->capture->hasFailed = true;
  return breaks;
}

} // namespace ptxsim::driver
