// Outputs of the model, copied out by name.
#include "runtime/data/Batcher.h"
#include "runtime/session/Feed.h"
#include "runtime/session/Impl.h"

namespace dlc {

using data::Batcher;
using session::Feed;

Expected<NamedTensors> Session::predict(const Dataset &data, int64_t batch) {
  auto feed = Feed::open(*impl, "predict", data, batch);
  if (!feed)
    return Unexpected(feed.error());
  session::Turns::Shared turn(*impl->turns);
  Device &device = turn.device();
  feed->useDevice(device);

  size_t program = feed->program();
  const artifact::Program &found = impl->manifest().programs[program];
  NamedTensors outputs;
  for (const artifact::Port &port : found.outputs) {
    const artifact::Buffer &buffer = found.buffers[port.buffer];
    Shape shape = buffer.shape;
    if (!shape.empty() && shape[0] == batchDim)
      shape[0] = feed->size();
    outputs.emplace_back(port.name, Tensor(buffer.dtype, shape));
  }

  Batcher batcher(0, feed->size(), batch);
  if (auto started = feed->start(batcher, /*epoch=*/0); !started)
    return Unexpected(started.error());
  for (int64_t step = 0; step < batcher.steps(); ++step) {
    std::span<const int64_t> rows = batcher.rows(step);
    if (auto filled = feed->fill(rows); !filled)
      return Unexpected(filled.error());
    int64_t n = int64_t(rows.size());
    if (auto ran = device.run(program, n, 1); !ran)
      return Unexpected(ran.error());
    for (size_t i = 0; i < outputs.size(); ++i) {
      const artifact::Port &port = found.outputs[i];
      const artifact::Buffer &buffer = found.buffers[port.buffer];
      bool perSample = !buffer.shape.empty() && buffer.shape[0] == batchDim;
      size_t bytes =
          size_t(countElements(buffer.shape, 1)) * sizeOf(buffer.dtype);
      size_t before = perSample ? size_t(step * batch) * bytes : 0;
      auto read = device.readBuffer(program, port.buffer,
                                    {outputs[i].second.data() + before,
                                     perSample ? bytes * size_t(n) : bytes});
      if (!read)
        return Unexpected(read.error());
    }
  }
  return outputs;
}

} // namespace dlc
