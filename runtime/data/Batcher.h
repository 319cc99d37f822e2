// Which samples each batch holds, and their rows gathered.
#pragma once

#include "runtime/core/Tensor.h"

#include <span>
#include <vector>

namespace dlc::data {

/// The batches of one pass over a range of samples, in their order or shuffled.
class Batcher {
public:
  /// Samples [first, first + count) in batches of `batch`; the last may be
  /// smaller. `batch` is at least 1.
  Batcher(int64_t first, int64_t count, int64_t batch);

  /// A new order of all samples of the range; the same on every machine for the
  /// same seed and epoch, whatever orders came before.
  void shuffle(uint64_t seed, int64_t epoch);

  int64_t steps() const;
  /// The samples of a step, counted from 0.
  std::span<const int64_t> rows(int64_t step) const;
  /// Those of a step and all after it.
  std::span<const int64_t> rowsFrom(int64_t step) const;
  int64_t batchSize() const { return batch; }

private:
  int64_t first, batch;
  std::vector<int64_t> order;
};

/// Copies the given rows of `from`, in this order, to `to`, which has room for
/// rows.size() of them.
void gatherRows(const Tensor &from, std::span<const int64_t> rows,
                std::byte *to);

/// For each number (float32) in the given rows of `from`, in their order,
/// `times` copies.
void gatherRepeated(const Tensor &from, int64_t times,
                    std::span<const int64_t> rows, std::byte *to);

/// For each of the rows `classes` floats: 1 in the place that `labels` (int32,
/// each at least 0 and less than `classes`) says, else 0.
void gatherOneHot(const Tensor &labels, int64_t classes,
                  std::span<const int64_t> rows, std::byte *to);

} // namespace dlc::data
