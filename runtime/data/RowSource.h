// Arrays too large for memory: their rows are made when a step needs them.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/core/Tensor.h"

#include <memory>
#include <vector>

namespace dlc::data {

/// One pass over rows in an order that was told beforehand, so that the coming
/// ones can be made while a step runs. Ending it leaves no thread behind.
class RowPass {
public:
  virtual ~RowPass() = default;

  /// Waits for the next `count` rows of the order, at most as many as a batch
  /// has, and copies them to `to`. Errors are those of the first of the rows
  /// that could not be made; the pass has then ended.
  virtual Expected<void> read(int64_t count, std::byte *to) = 0;
};

/// An array whose rows are made by number. A row depends on its number and on
/// the epoch alone: not on the order, the batch or who made it.
class RowSource {
public:
  virtual ~RowSource() = default;

  virtual DType dtype() const = 0;
  /// Of the whole array: the number of rows first.
  virtual const Shape &shape() const = 0;

  /// Starts to make the rows of `order` for batches of `batch`. The source must
  /// outlive the pass.
  virtual Expected<std::unique_ptr<RowPass>>
  start(std::vector<int64_t> order, int64_t batch, int64_t epoch) const = 0;
};

} // namespace dlc::data
