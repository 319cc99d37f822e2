// Which samples each batch holds, and their rows gathered.
#include "runtime/data/Batcher.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

namespace dlc::data {

namespace {

/// A number in [0, bound), each as likely: the draws that would make some more
/// likely are thrown away. The standard library's own differs by vendor.
uint64_t drawBelow(std::mt19937_64 &engine, uint64_t bound) {
  uint64_t rejected = (UINT64_MAX - bound + 1) % bound;
  uint64_t draw = engine();
  while (draw < rejected)
    draw = engine();
  return draw % bound;
}

} // namespace

Batcher::Batcher(int64_t first, int64_t count, int64_t batch)
    : first(first), batch(batch), order(size_t(count)) {
  std::iota(order.begin(), order.end(), first);
}

void Batcher::shuffle(uint64_t seed, int64_t epoch) {
  std::seed_seq words{uint32_t(seed), uint32_t(seed >> 32), uint32_t(epoch)};
  std::mt19937_64 engine(words);
  std::iota(order.begin(), order.end(), first);
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[drawBelow(engine, i)]);
}

int64_t Batcher::steps() const {
  return (int64_t(order.size()) + batch - 1) / batch;
}

std::span<const int64_t> Batcher::rows(int64_t step) const {
  auto begin = size_t(step * batch);
  return std::span(order).subspan(
      begin, std::min(size_t(batch), order.size() - begin));
}

std::span<const int64_t> Batcher::rowsFrom(int64_t step) const {
  return std::span(order).subspan(std::min(size_t(step * batch), order.size()));
}

void gatherRows(const Tensor &from, std::span<const int64_t> rows,
                std::byte *to) {
  size_t rowBytes =
      from.bytes() / size_t(std::max<int64_t>(1, from.shape()[0]));
  size_t i = 0;
  while (i < rows.size()) {
    // Neighbours are copied at once: without shuffling, the whole batch.
    size_t end = i + 1;
    while (end < rows.size() && rows[end] == rows[end - 1] + 1)
      ++end;
    std::memcpy(to + i * rowBytes, from.data() + size_t(rows[i]) * rowBytes,
                (end - i) * rowBytes);
    i = end;
  }
}

void gatherRepeated(const Tensor &from, int64_t times,
                    std::span<const int64_t> rows, std::byte *to) {
  auto width = size_t(from.size() / std::max<int64_t>(1, from.shape()[0]));
  auto *next = reinterpret_cast<float *>(to);
  for (int64_t row : rows)
    for (float value : from.as<float>().subspan(size_t(row) * width, width))
      next = std::fill_n(next, times, value);
}

void gatherOneHot(const Tensor &labels, int64_t classes,
                  std::span<const int64_t> rows, std::byte *to) {
  std::memset(to, 0, rows.size() * size_t(classes) * sizeof(float));
  auto *row = reinterpret_cast<float *>(to);
  for (int64_t i : rows) {
    row[labels.as<int32_t>()[size_t(i)]] = 1.0f;
    row += classes;
  }
}

} // namespace dlc::data
