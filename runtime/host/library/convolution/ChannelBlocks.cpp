// Copies of images between channels last and oneDNN's blocks of channels.
#include "runtime/host/library/convolution/ChannelBlocks.h"

#include "runtime/host/Parallel.h"
#include "runtime/host/library/VectorClones.h"
#include "runtime/host/library/Vectors.h"

#include <optional>

namespace dlc::host {

using dnnl::memory;
using Tag = memory::format_tag;

namespace {

/// Copies of more bytes go past the caches: what reads them next comes too late
/// to find them there, and a line need not be read before it is written.
constexpr int64_t streamBytes = 1 << 20;

/// Rows of pixels that are worth waking a thread for, in bytes.
constexpr int64_t grainBytes = 32 << 10;

struct Blocks {
  int64_t samples, height, width, channels;
  int64_t block; // channels
  bool relu, stream;

  int64_t plane() const { return height * width * block; }
};

DLC_INLINE inline void put(const Lanes &value, float *to, bool stream) {
  if (stream)
    __builtin_nontemporal_store(value, reinterpret_cast<Lanes *>(to));
  else
    host::put(value, to);
}

// The two loops over one row of pixels, a vector of channels at a time: the
// smaller of the two blocks.

DLC_VECTOR_CLONES void gatherRow(const Blocks &b, const float *last,
                                 float *blocked) {
  for (int64_t c = 0; c < b.channels; c += b.block)
    for (int64_t i = 0; i < b.width; ++i)
      for (int64_t lane = 0; lane < b.block; lane += lanes) {
        Lanes value;
        get(value, last + i * b.channels + c + lane);
        put(value, blocked + c / b.block * b.plane() + i * b.block + lane,
            b.stream);
      }
}

DLC_VECTOR_CLONES void scatterRow(const Blocks &b, const float *blocked,
                                  float *last) {
  for (int64_t i = 0; i < b.width; ++i)
    for (int64_t c = 0; c < b.channels; c += b.block)
      for (int64_t lane = 0; lane < b.block; lane += lanes) {
        Lanes value;
        get(value, blocked + c / b.block * b.plane() + i * b.block + lane);
        if (b.relu)
          value = value <= Lanes() ? Lanes() : value;
        put(value, last + i * b.channels + c + lane, b.stream);
      }
}

/// The channels of a block if `desc` is made of full ones.
std::optional<int64_t> findBlock(const memory::desc &desc) {
  memory::dims dims = desc.dims();
  for (auto [tag, block] : {std::pair(Tag::nChw16c, int64_t(16)),
                            std::pair(Tag::nChw8c, int64_t(8))})
    if (desc == memory::desc(dims, memory::data_type::f32, tag) &&
        dims[1] % block == 0)
      return block;
  return std::nullopt;
}

} // namespace

std::function<void()> makeBlockCopy(const memory &from, const memory &to,
                                    bool relu, int threads) {
  memory::dims dims = from.get_desc().dims();
  if (dims.size() != 4)
    return nullptr;
  memory::desc last(dims, memory::data_type::f32, Tag::nhwc);
  bool toBlocks = from.get_desc() == last;
  auto block = findBlock((toBlocks ? to : from).get_desc());
  if (!block || (!toBlocks && to.get_desc() != last))
    return nullptr;
  bool stream = int64_t(last.get_size()) > streamBytes;
  Blocks shape{dims[0], dims[2], dims[3], dims[1], *block, relu, stream};
  int64_t rowBytes = dims[3] * dims[1] * int64_t(sizeof(float));
  int64_t grain = std::max<int64_t>(1, grainBytes / rowBytes);
  return [=] {
    const auto *source = static_cast<const float *>(from.get_data_handle());
    auto *target = static_cast<float *>(to.get_data_handle());
    Blocks b = shape;
    b.stream &= reinterpret_cast<uintptr_t>(target) % alignof(Lanes) == 0;
    parallelFor(threads, b.samples * b.height, grain,
                [&](int64_t begin, int64_t end) {
                  for (int64_t row = begin; row < end; ++row) {
                    int64_t atLast = row * b.width * b.channels;
                    int64_t atBlocks =
                        row / b.height * b.channels * b.height * b.width +
                        row % b.height * b.width * b.block;
                    if (toBlocks)
                      gatherRow(b, source + atLast, target + atBlocks);
                    else
                      scatterRow(b, source + atBlocks, target + atLast);
                  }
                  if (b.stream)
                    __builtin_ia32_sfence();
                });
  };
}

} // namespace dlc::host
