// A program's CUDA graphs, by number of samples and of steps.
#include "runtime/cuda/StepGraphs.h"

#include <algorithm>

namespace dlc::cuda {
namespace {

constexpr size_t keptBatches = 8;

Result capture(const Driver &driver, StreamHandle stream,
               const std::function<Result()> &enqueue, GraphExec &exec) {
  const Functions &call = driver.call;
  Result result = call.cuStreamBeginCapture_v2(stream, CaptureThreadLocal);
  if (result != Success)
    return result;
  Result enqueued = enqueue();
  // Ended in any case: the stream must not stay in capture.
  GraphHandle handle = nullptr;
  result = call.cuStreamEndCapture(stream, &handle);
  Graph graph(driver, handle);
  if (enqueued != Success)
    return enqueued;
  if (result != Success)
    return result;
  return make(exec, driver, &Functions::cuGraphInstantiateWithFlags,
              graph.get(), 0ull);
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

Result StepGraphs::launch(const Driver &driver, const Replay &replay,
                          StreamHandle stream,
                          const std::function<Result()> &enqueue) {
  std::vector<Made> &graphs =
      std::ranges::find(batches, replay.n, &Batch::n)->graphs;
  auto made = std::ranges::find(graphs, replay, &Made::replay);
  if (made == graphs.end()) {
    GraphExec graph;
    if (Result result = capture(driver, stream, enqueue, graph);
        result != Success)
      return result;
    graphs.push_back({replay, std::move(graph)});
    made = graphs.end() - 1;
  }
  return driver.call.cuGraphLaunch(made->graph.get(), stream);
}

void StepGraphs::dropSeveralSteps() {
  for (Batch &batch : batches)
    std::erase_if(batch.graphs,
                  [](const Made &made) { return made.replay.steps > 1; });
}

} // namespace dlc::cuda
