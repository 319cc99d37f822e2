// Streams, events, captures and graphs.
#include "tools/ptx-sim/driver/Functions.h"
#include "tools/ptx-sim/driver/Simulator.h"

#include <algorithm>

using namespace ptxsim::driver;

namespace {

using namespace dlc::cuda;

/// Calls body(simulator, stream).
template <typename Body>
Result onStream(StreamHandle handle, Pointers pointers, Body body) {
  return inContext(pointers, [&](Simulator &simulator) -> Result {
    auto stream = simulator.findStream(handle);
    if (!stream)
      return simulator.misuse(InvalidHandle, "no such stream");
    return body(simulator, *stream);
  });
}
template <typename Body> Result onStream(StreamHandle handle, Body body) {
  return onStream(handle, {}, body);
}

/// Calls body(simulator, event).
template <typename Body> Result onEvent(EventHandle handle, Body body) {
  return inContext([&](Simulator &simulator) -> Result {
    auto event = simulator.events.find(handle);
    if (!event)
      return simulator.misuse(InvalidHandle, "no such event");
    return body(simulator, event);
  });
}

/// What an instantiated graph takes of the device. Every driver has its own
/// figure; that it takes something is what a program has to bear.
size_t bytesOf(const ptxsim::driver::Graph &graph) {
  return 256 * graph.nodes.size();
}

} // namespace

namespace dlc::cuda {

Result cuStreamCreate(StreamHandle *stream, unsigned flags) {
  return inContext({stream}, [&](Simulator &simulator) -> Result {
    if (flags > StreamNonBlocking)
      return simulator.misuse(InvalidValue, "no such flags of a stream");
    *stream = simulator.streams.add<StreamHandle>(simulator.makeStream(flags));
    return Success;
  });
}

Result cuStreamDestroy_v2(StreamHandle handle) {
  return onStream(handle, [&](Simulator &simulator, Stream &stream) {
    if (!handle)
      return InvalidHandle;
    // The driver lets the work end and then frees the stream.
    Result result = simulator.finish(stream);
    simulator.streams.erase(handle);
    return result;
  });
}

Result cuStreamSynchronize(StreamHandle handle) {
  return onStream(handle, [&](Simulator &simulator, Stream &stream) {
    if (!stream.capture)
      return simulator.finish(stream);
    stream.capture->hasFailed = true;
    return simulator.misuse(StreamCaptureUnsupported,
                            "a stream is waited for while it is captured");
  });
}

Result cuStreamQuery(StreamHandle handle) {
  return onStream(handle, [&](Simulator &, Stream &stream) {
    return stream.entries.empty() ? Success : NotReady;
  });
}

Result cuStreamWaitEvent(StreamHandle handle, EventHandle event, unsigned) {
  return onStream(handle, [&](Simulator &simulator, Stream &stream) {
    auto found = simulator.events.find(event);
    return found ? simulator.wait(stream, found) : InvalidHandle;
  });
}

Result cuEventCreate(EventHandle *event, unsigned flags) {
  return inContext({event}, [&](Simulator &simulator) -> Result {
    constexpr unsigned known = 7; // blocking, untimed, between processes
    if (flags > known)
      return simulator.misuse(InvalidValue, "no such flags of an event");
    auto made = std::make_shared<Event>();
    made->isTimed = !(flags & EventDisableTiming);
    *event = simulator.events.add<EventHandle>(std::move(made));
    return Success;
  });
}

Result cuEventDestroy_v2(EventHandle handle) {
  return onEvent(handle, [&](Simulator &simulator, const auto &) {
    simulator.events.erase(handle);
    return Success;
  });
}

Result cuEventRecord(EventHandle event, StreamHandle handle) {
  return onStream(handle, [&](Simulator &simulator, Stream &stream) {
    auto found = simulator.events.find(event);
    return found ? simulator.record(stream, found) : InvalidHandle;
  });
}

Result cuEventQuery(EventHandle handle) {
  return onEvent(handle, [&](Simulator &, const auto &event) {
    return event->completed >= event->recorded ? Success : NotReady;
  });
}

Result cuEventSynchronize(EventHandle handle) {
  return onEvent(handle, [&](Simulator &simulator, const auto &event) {
    return simulator.finish(event);
  });
}

Result cuEventElapsedTime(float *milliseconds, EventHandle startHandle,
                          EventHandle endHandle) {
  return onEvent(startHandle, [&](Simulator &simulator, const auto &start) {
    if (!milliseconds)
      return simulator.misuse(InvalidValue, "a pointer is null");
    auto end = simulator.events.find(endHandle);
    if (!end || !start->isTimed || !end->isTimed || !start->recorded ||
        !end->recorded)
      return simulator.misuse(InvalidHandle,
                              "an event that was not recorded, or is not "
                              "timed, is asked for its time");
    if (start->completed < start->recorded || end->completed < end->recorded)
      return NotReady;
    *milliseconds =
        float(1e-6 * (double(end->nanoseconds) - double(start->nanoseconds)));
    return Success;
  });
}

//===-- Graphs ------------------------------------------------------------===//

Result cuStreamBeginCapture_v2(StreamHandle handle, CaptureMode mode) {
  return onStream(handle, [&](Simulator &simulator, Stream &stream) {
    if (!handle)
      return simulator.misuse(StreamCaptureUnsupported,
                              "the null stream is captured");
    if (mode < CaptureGlobal || mode > CaptureRelaxed)
      return simulator.misuse(InvalidValue, "no such mode of a capture");
    return simulator.beginCapture(stream, mode == CaptureRelaxed);
  });
}

Result cuStreamEndCapture(StreamHandle handle, GraphHandle *graph) {
  return onStream(handle, {graph}, [&](Simulator &simulator, Stream &stream) {
    *graph = nullptr;
    std::shared_ptr<Graph> captured;
    Result result = simulator.endCapture(stream, captured);
    if (result == Success)
      *graph = simulator.graphs.add<GraphHandle>(std::move(captured));
    return result;
  });
}

Result cuGraphInstantiateWithFlags(GraphExecHandle *exec, GraphHandle handle,
                                   unsigned long long) {
  return inContext({exec}, [&](Simulator &simulator) -> Result {
    auto graph = simulator.graphs.find(handle);
    if (!graph)
      return simulator.misuse(InvalidHandle, "no such graph");
    if (bytesOf(*graph) > simulator.freeBytes())
      return OutOfMemory;
    simulator.graphBytes += bytesOf(*graph);
    // A copy: the graph may change or go.
    auto made = std::make_shared<Graph>(*graph);
    *exec = reinterpret_cast<GraphExecHandle>(made.get());
    simulator.graphExecs.emplace(made.get(), std::move(made));
    ++simulator.counters.graphs;
    return Success;
  });
}

Result cuGraphLaunch(GraphExecHandle exec, StreamHandle handle) {
  return onStream(handle, [&](Simulator &simulator, Stream &stream) {
    auto found = simulator.graphExecs.find(exec);
    if (found == simulator.graphExecs.end())
      return simulator.misuse(InvalidHandle, "no such graph to launch");
    return simulator.launch(stream, *found->second);
  });
}

Result cuGraphExecDestroy(GraphExecHandle exec) {
  return inContext([&](Simulator &simulator) {
    auto found = simulator.graphExecs.find(exec);
    if (found == simulator.graphExecs.end())
      return InvalidHandle;
    simulator.graphBytes -= bytesOf(*found->second);
    simulator.graphExecs.erase(found);
    return Success;
  });
}

Result cuGraphDestroy(GraphHandle graph) {
  return inContext([&](Simulator &simulator) {
    return simulator.graphs.erase(graph) ? Success : InvalidHandle;
  });
}

} // namespace dlc::cuda
