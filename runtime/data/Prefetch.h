// Makes the rows of a pass on threads of its own, a little ahead of who reads.
#pragma once

#include "runtime/data/RowSource.h"

#include <functional>

namespace dlc::data {

/// Makes the row of this number into `to`, which has room for it and holds
/// anything. Called by several threads at once.
using MakeRow = std::function<Expected<void>(int64_t row, std::byte *to)>;

struct PrefetchOptions {
  size_t rowBytes = 0;
  /// Threads; at least 1.
  int workers = 1;
  /// How many rows may be there before they are read; at least 1.
  int64_t capacity = 1;
};

/// How many rows are made ahead of steps of `batch` samples: those of three
/// steps, but no more memory than 256 MiB unless so many workers need it.
int64_t chooseCapacity(int64_t batch, size_t rowBytes, int workers);

/// A pass over `order`. What it gives does not depend on workers or capacity.
/// Errors say that the memory or the threads are lacking.
Expected<std::unique_ptr<RowPass>>
prefetch(MakeRow make, std::vector<int64_t> order, PrefetchOptions options);

} // namespace dlc::data
