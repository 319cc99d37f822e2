// What waits in a stream: work, and marks of events.
#pragma once

#include "tools/ptx-sim/engine/Fault.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace ptxsim::driver {

/// A copy or a kernel, ready to run.
using Work = std::function<Expected<void>()>;

struct Stream;

/// Nodes of a graph by number.
using Nodes = std::vector<size_t>;

/// A captured graph: works in the order in which they were captured, each with
/// the earlier ones that must be over.
struct Graph {
  struct Node {
    Work work;
    bool isKernel;
    Nodes after = {};
  };
  std::vector<Node> nodes;
  bool isCapturing = true;
  bool hasFailed = false;
};

/// Each record gets a number of its own; a wait is for the record that was last
/// when it was called.
struct Event {
  bool isTimed = true;
  uint64_t recorded = 0, completed = 0;
  Stream *stream = nullptr; // of the last record
  // The capture of the last record, if it was in one, and what was before it.
  std::shared_ptr<Graph> captured;
  Nodes capturedAfter;
  uint64_t nanoseconds = 0; // when it last completed
};

/// One entry of a stream: work, or the record of an event, or a wait for one.
struct Entry {
  Work work;
  std::shared_ptr<Event> event;
  uint64_t record = 0;
  bool isWait = false;
};

/// A queue that runs in order. It runs when someone waits for it, or, if it is
/// eager, as soon as what it waits for has run: what is right only by luck of
/// timing goes wrong under one of the two.
struct Stream {
  bool isBlocking = true; // waits for the null stream and is waited for by it
  bool isEager = false;
  std::deque<Entry> entries;
  // While captured, what is put on the stream becomes nodes, after those of
  // `tail`. A wait for an event of a capture brings another stream into it.
  std::shared_ptr<Graph> capture;
  Nodes tail;
  bool beganCapture = false;
  bool captureIsRelaxed = false;
  std::thread::id captureThread;
};

} // namespace ptxsim::driver
