// A pass over samples without training: evaluate, and validation in fit.
#include "runtime/session/fit/EvaluatePass.h"
#include "runtime/data/Batcher.h"

namespace dlc {

using data::Batcher;
using session::Feed;

Expected<std::optional<Logs>>
session::evaluatePass(Session::Impl &impl, Feed &feed, int64_t first,
                      int64_t count, int64_t batch,
                      const std::function<bool()> &shouldStop) {
  if (auto reset = impl.resetMetrics(); !reset)
    return Unexpected(reset.error());
  Batcher batcher(first, count, batch);
  if (auto started = feed.start(batcher, /*epoch=*/0); !started)
    return Unexpected(started.error());
  bool stopped = false;
  for (int64_t step = 0; step < batcher.steps() && !stopped; ++step) {
    std::span<const int64_t> rows = batcher.rows(step);
    if (auto filled = feed.fill(rows); !filled)
      return Unexpected(filled.error());
    if (auto ran = impl.device->run(feed.program(), int64_t(rows.size()), 1);
        !ran)
      return Unexpected(ran.error());
    stopped = shouldStop && shouldStop();
  }
  feed.stop();
  if (auto finished = impl.device->finish(); !finished)
    return Unexpected(finished.error());
  if (stopped)
    return std::optional<Logs>();
  auto logs = impl.metrics();
  if (!logs)
    return Unexpected(logs.error());
  return std::optional(*std::move(logs));
}

Expected<Logs> Session::evaluate(const Dataset &data, int64_t batch) {
  session::Turns::Alone alone(*impl->turns);
  auto feed = Feed::open(*impl, "evaluate", data, batch);
  if (!feed)
    return Unexpected(feed.error());
  auto logs = session::evaluatePass(*impl, *feed, 0, feed->size(), batch);
  if (!logs)
    return Unexpected(logs.error());
  return **std::move(logs);
}

} // namespace dlc
