// Steps of one batch: training, testing, gradients.
#include "runtime/data/Batcher.h"
#include "runtime/session/Feed.h"
#include "runtime/session/Impl.h"
#include "runtime/session/fit/Averages.h"

namespace dlc {

using data::Batcher;
using session::Feed;

Expected<size_t> Session::Impl::runBatch(std::string_view name,
                                         const Dataset &data) {
  auto program = requireProgram(name);
  if (!program)
    return program;
  auto feed = Feed::bind(*this, *program, data);
  if (!feed)
    return Unexpected(feed.error());
  if (auto checked = checkBatch(feed->size()); !checked)
    return Unexpected(checked.error());
  Batcher batcher(0, feed->size(), feed->size());
  if (auto started = feed->start(batcher, /*epoch=*/0); !started)
    return Unexpected(started.error());
  if (auto filled = feed->fill(batcher.rows(0)); !filled)
    return Unexpected(filled.error());
  if (auto ran = device->run(*program, feed->size(), 1); !ran)
    return Unexpected(ran.error());
  if (auto finished = device->finish(); !finished)
    return Unexpected(finished.error());
  return program;
}

Expected<float> Session::trainOnBatch(const Dataset &batch) {
  session::Turns::Alone alone(*impl->turns);
  auto program = impl->runBatch("train", batch);
  if (!program)
    return Unexpected(program.error());
  auto losses = impl->readScalars(*program, "loss", 1);
  if (!losses)
    return Unexpected(losses.error());
  return float(losses->front());
}

Expected<void> Session::testOnBatch(const Dataset &batch) {
  session::Turns::Alone alone(*impl->turns);
  auto program = impl->runBatch("evaluate", batch);
  if (!program)
    return Unexpected(program.error());
  return {};
}

Expected<void> Session::overwriteWithAverages() {
  session::Turns::Alone alone(*impl->turns);
  return session::overwriteWithAverages(*impl);
}

Expected<NamedTensors> Session::gradients(const Dataset &batch) {
  session::Turns::Alone alone(*impl->turns);
  auto program = impl->runBatch("gradients", batch);
  if (!program)
    return Unexpected(program.error());
  NamedTensors outputs;
  const artifact::Program &found = impl->manifest().programs[*program];
  for (const artifact::Port &port : found.outputs) {
    auto output = impl->readOutput(*program, port, batch.size());
    if (!output)
      return Unexpected(output.error());
    outputs.emplace_back(port.name, *std::move(output));
  }
  return outputs;
}

} // namespace dlc
