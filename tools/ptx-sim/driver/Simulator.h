// The state of the software device: its objects, its memory and its faults.
#pragma once

#include "runtime/cuda/driver/Api.h"
#include "tools/ptx-sim/driver/PtxSim.h"
#include "tools/ptx-sim/driver/Work.h"
#include "tools/ptx-sim/engine/Engine.h"

#include <initializer_list>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace ptxsim::driver {

using dlc::cuda::Result;

/// A loaded module with the handles of its kernels.
struct LoadedModule;
struct Function {
  const Kernel *kernel = nullptr;
  LoadedModule *module = nullptr;
  int maxDynamicSharedBytes = 48 << 10;
};
struct LoadedModule {
  std::unique_ptr<ptxsim::Module> module;
  std::map<std::string, Function> functions;
};

/// Objects of one kind by their handles, so that a stale handle is an error.
template <typename Object> class Registry {
public:
  template <typename Handle> Handle add(std::shared_ptr<Object> object) {
    auto *key = object.get();
    objects.emplace(key, std::move(object));
    return reinterpret_cast<Handle>(key);
  }
  /// Null if there is none.
  template <typename Handle> std::shared_ptr<Object> find(Handle handle) const {
    auto it = objects.find(reinterpret_cast<void *>(handle));
    return it == objects.end() ? nullptr : it->second;
  }
  template <typename Handle> bool erase(Handle handle) {
    return objects.erase(reinterpret_cast<void *>(handle)) > 0;
  }
  auto begin() const { return objects.begin(); }
  auto end() const { return objects.end(); }
  void clear() { objects.clear(); }

private:
  std::map<void *, std::shared_ptr<Object>> objects;
};

/// There is one device, number 0, and one context.
class Simulator {
public:
  static Simulator &get();

  std::recursive_mutex mutex; // held by every call
  bool isInitialized = false;
  int retained = 0; // of the primary context
  uint64_t seed;
  size_t memoryBytes;
  Memory memory;
  std::set<void *> allocations;
  std::map<void *, size_t> pinned;
  Registry<LoadedModule> modules;
  Registry<Stream> streams;
  Registry<Event> events;
  Registry<Graph> graphs;
  std::map<void *, std::shared_ptr<Graph>> graphExecs;
  size_t graphBytes = 0; // that instantiated graphs take
  PtxSimCounters counters = {};
  std::map<std::string, Traffic, std::less<>> traffic; // by kernel
  uint64_t kernelsToFault;                             // 0 for no such
  std::string report;
  /// What every call gives since a kernel faulted.
  Result fault = dlc::cuda::Success;

  /// The stream of a handle; that of null for null. Null if there is none.
  std::shared_ptr<Stream> findStream(dlc::cuda::StreamHandle handle);
  std::shared_ptr<Stream> makeStream(unsigned flags);

  /// Puts work on a stream, or in the graph that is captured from it.
  Result enqueue(Stream &stream, Work work, bool isKernel = false);
  Result record(Stream &stream, const std::shared_ptr<Event> &event);
  Result wait(Stream &stream, const std::shared_ptr<Event> &event);
  Result beginCapture(Stream &stream, bool isRelaxed);
  /// Takes all streams out of the capture that this one began; null where that
  /// has failed.
  Result endCapture(Stream &stream, std::shared_ptr<Graph> &graph);
  /// Nodes that no dependency orders run as the seed says.
  Result launch(Stream &stream, const Graph &graph);

  /// Runs what the stream holds, and what that waits for.
  Result finish(Stream &stream);
  Result finishAll();
  Result finish(const std::shared_ptr<Event> &event);

  /// Memory of the device that nothing takes.
  size_t freeBytes() const;

  /// Whether a call that a capture of this thread forbids is made; if so, the
  /// capture has failed.
  bool breaksCapture();

  /// What ptxSimReset does.
  void reset();

  /// Sets the report and gives the result.
  Result misuse(Result result, std::string sentence);
  Result fail(const Fault &fault);

private:
  Simulator();
  Result settle(Stream &stream);
  Result waitInCapture(Stream &stream, const Event &event);
  Nodes orderNodes(const Graph &graph);
  /// Runs what an eager stream can run without running others.
  Result advance(Stream &stream);
  /// Runs the first entry of a stream, or a step of what that waits for.
  Result step(Stream &stream);
  /// Runs streams until they have come to a record of an event.
  Result reach(const std::shared_ptr<Event> &event, uint64_t record);
  Result runFirst(Stream &stream);
  void complete(const Entry &entry);

  std::shared_ptr<Stream> nullStream;
  uint64_t madeStreams = 0, records = 0, graphChoices = 0;
};

/// What a function reads or writes through: none of it may be null.
using Pointers = std::initializer_list<const void *>;

/// Begins every exported function: takes the lock; after a fault, or before
/// cuInit, gives that.
template <typename Body> Result guarded(Pointers pointers, Body body) {
  Simulator &simulator = Simulator::get();
  std::lock_guard lock(simulator.mutex);
  if (!simulator.isInitialized)
    return dlc::cuda::NotInitialized;
  if (simulator.fault != dlc::cuda::Success)
    return simulator.fault;
  for (const void *pointer : pointers)
    if (!pointer)
      return simulator.misuse(dlc::cuda::InvalidValue, "a pointer is null");
  return body(simulator);
}
template <typename Body> Result guarded(Body body) { return guarded({}, body); }

/// Whether this thread has said cuCtxSetCurrent.
bool isContextCurrent();

/// The same for functions of the context.
template <typename Body> Result inContext(Pointers pointers, Body body) {
  return guarded(pointers, [&](Simulator &simulator) -> Result {
    if (!simulator.retained || !isContextCurrent())
      return simulator.misuse(dlc::cuda::InvalidContext,
                              "no context is current on this thread");
    return body(simulator);
  });
}
template <typename Body> Result inContext(Body body) {
  return inContext({}, body);
}

} // namespace ptxsim::driver
