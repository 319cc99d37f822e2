// Liveness of bytes, from the last launch to the first.
#include "runtime/host/Freed.h"

#include <algorithm>
#include <map>

namespace dlc::host {

namespace {

using artifact::Buffer;
using artifact::Launch;
using artifact::Program;

/// Disjoint ranges by where they begin.
class ByteSet {
public:
  void add(ByteRange range) {
    remove(range);
    if (range.begin < range.end)
      ranges[range.begin] = range.end;
  }

  void remove(ByteRange range) {
    auto at = ranges.lower_bound(range.begin);
    if (at != ranges.begin() && std::prev(at)->second > range.begin)
      --at;
    while (at != ranges.end() && at->first < range.end) {
      auto [begin, end] = *at;
      at = ranges.erase(at);
      if (begin < range.begin)
        ranges[begin] = range.begin;
      if (end > range.end)
        ranges[range.end] = end;
    }
  }

  std::vector<ByteRange> list() const {
    std::vector<ByteRange> all;
    for (auto [begin, end] : ranges)
      all.push_back({begin, end});
    return all;
  }

private:
  std::map<uint64_t, uint64_t> ranges;
};

} // namespace

std::vector<std::vector<ByteRange>> findFreed(const Program &program,
                                              int64_t maxBatch) {
  auto apply = [&](const std::vector<uint32_t> &buffers, auto change) {
    for (uint32_t index : buffers) {
      const Buffer &buffer = program.buffers[index];
      if (buffer.region != Buffer::Region::Arena)
        continue;
      Shape shape = buffer.shape;
      std::ranges::replace(shape, batchDim, maxBatch);
      uint64_t bytes = countElements(shape) * sizeOf(buffer.dtype);
      change(ByteRange{buffer.offset, buffer.offset + bytes});
    }
  };
  ByteSet live;
  auto read = [&](ByteRange range) { live.add(range); };
  auto overwrite = [&](ByteRange range) { live.remove(range); };
  for (const artifact::Port &port : program.outputs)
    apply({port.buffer}, read);

  std::vector<std::vector<ByteRange>> freed(program.launches.size());
  for (size_t i = program.launches.size(); i-- > 0;) {
    const Launch &launch = program.launches[i];
    std::vector<uint32_t> written = launch.results;
    if (launch.scratch)
      written.push_back(*launch.scratch);
    ByteSet touched;
    auto touch = [&](ByteRange range) { touched.add(range); };
    apply(launch.operands, touch);
    apply(written, touch);
    for (ByteRange range : live.list())
      touched.remove(range);
    freed[i] = touched.list();
    apply(written, overwrite);
    apply(launch.operands, read);
  }
  return freed;
}

} // namespace dlc::host
