// Copies between channels last and blocks of channels, against oneDNN's own.
#include "runtime/host/library/convolution/ChannelBlocks.h"

#include "test/runtime/host/Calls.h"

namespace dlc::host::test {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

class ChannelBlocks : public testing::Test {
protected:
  memory::desc describe(Tag tag) const {
    return memory::desc(dims, memory::data_type::f32, tag);
  }
  /// Memory of random numbers, and a few NaN.
  memory fill(Tag tag) {
    memory result(describe(tag), engine);
    auto *data = static_cast<float *>(result.get_data_handle());
    Array values =
        Array::random({int64_t(result.get_desc().get_size() / 4)}, 1);
    std::ranges::copy(values.values, data);
    for (size_t i = 3; i < values.values.size(); i += 1001)
      data[i] = NAN;
    return result;
  }
  std::vector<float> read(const memory &from) const {
    const auto *data = static_cast<const float *>(from.get_data_handle());
    return {data, data + from.get_desc().get_size() / 4};
  }
  /// The copy that oneDNN makes.
  std::vector<float> reorder(memory from, Tag tag, bool relu) {
    memory to(describe(tag), engine);
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
    std::vector<float> values = read(to);
    for (float &value : values)
      value = relu && value < 0 ? 0.0f : value;
    return values;
  }
  std::vector<float> copy(const memory &from, Tag tag, bool relu, int threads) {
    memory to(describe(tag), engine);
    auto loop = makeBlockCopy(from, to, relu, threads);
    if (!loop)
      return {};
    loop();
    return read(to);
  }
  static void expectSame(const std::vector<float> &got,
                         const std::vector<float> &wanted) {
    ASSERT_EQ(got.size(), wanted.size());
    for (size_t i = 0; i < got.size(); ++i)
      ASSERT_TRUE(got[i] == wanted[i] ||
                  (std::isnan(got[i]) && std::isnan(wanted[i])))
          << "element " << i << ": " << got[i] << " for " << wanted[i];
  }

  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  memory::dims dims = {3, 32, 5, 7};
};

TEST_F(ChannelBlocks, EqualReorders) {
  // The last is large enough to go past the caches.
  for (memory::dims shape :
       {memory::dims{3, 32, 5, 7}, memory::dims{1, 16, 1, 1},
        memory::dims{2, 64, 70, 61}})
    for (Tag blocked : {Tag::nChw8c, Tag::nChw16c})
      for (int threads : {1, 2}) {
        dims = shape;
        memory last = fill(Tag::nhwc), blocks = fill(blocked);
        expectSame(copy(last, blocked, false, threads),
                   reorder(last, blocked, false));
        for (bool relu : {false, true})
          expectSame(copy(blocks, Tag::nhwc, relu, threads),
                     reorder(blocks, Tag::nhwc, relu));
      }
}

TEST_F(ChannelBlocks, LeavesOtherLayoutsAlone) {
  EXPECT_TRUE(copy(fill(Tag::nhwc), Tag::nchw, false, 1).empty());
  EXPECT_TRUE(copy(fill(Tag::nChw8c), Tag::nChw16c, false, 1).empty());
  EXPECT_TRUE(copy(fill(Tag::nhwc), Tag::nhwc, false, 1).empty());
  // Blocks that the channels do not fill.
  dims = {1, 24, 4, 4};
  EXPECT_TRUE(copy(fill(Tag::nhwc), Tag::nChw16c, false, 1).empty());
  EXPECT_FALSE(copy(fill(Tag::nhwc), Tag::nChw8c, false, 1).empty());
}

} // namespace
} // namespace dlc::host::test
