// A program's CUDA graphs, one for each number of samples.
#include "runtime/cuda/StepGraphs.h"

#include <algorithm>

namespace dlc::cuda {
namespace {

constexpr size_t keptBatches = 8;

Result capture(const Driver &driver, const Launches &launches, int64_t n,
               StreamHandle stream, GraphExec &exec) {
  const Functions &call = driver.call;
  Result result = call.cuStreamBeginCapture_v2(stream, CaptureThreadLocal);
  if (result != Success)
    return result;
  Result enqueued = launches.enqueueAll(n, stream);
  // Ended in any case: the stream must not stay in capture.
  GraphHandle handle = nullptr;
  result = call.cuStreamEndCapture(stream, &handle);
  Graph graph(driver, handle);
  if (enqueued != Success)
    return enqueued;
  if (result != Success)
    return result;
  GraphExecHandle made = nullptr;
  result = call.cuGraphInstantiateWithFlags(&made, graph.get(), 0);
  exec = GraphExec(driver, made);
  return result;
}

} // namespace

bool StepGraphs::begin(int64_t n) {
  auto batch = std::ranges::find(batches, n, &Batch::n);
  bool isFirst = batch == batches.end();
  if (isFirst) {
    batches.push_back({n, 0, {}});
    batch = batches.end() - 1;
  }
  batch->lastUse = ++uses;
  dropOldest();
  return isFirst;
}

void StepGraphs::dropOldest() {
  if (batches.size() <= keptBatches)
    return;
  auto largest = std::ranges::max_element(batches, {}, &Batch::n);
  auto oldest = batches.end();
  for (auto it = batches.begin(); it != batches.end(); ++it)
    if (it != largest &&
        (oldest == batches.end() || it->lastUse < oldest->lastUse))
      oldest = it;
  batches.erase(oldest);
}

Result StepGraphs::launch(const Driver &driver, const Launches &launches,
                          int64_t n, StreamHandle stream) {
  Batch &batch = *std::ranges::find(batches, n, &Batch::n);
  if (!batch.graph)
    if (Result result = capture(driver, launches, n, stream, batch.graph);
        result != Success)
      return result;
  return driver.call.cuGraphLaunch(batch.graph.get(), stream);
}

} // namespace dlc::cuda
