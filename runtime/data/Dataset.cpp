// Sets of samples.
#include "runtime/data/Dataset.h"

namespace dlc {

int64_t Dataset::size() const {
  if (x.empty() && xRows.empty())
    return 0;
  const Shape &shape =
      x.empty() ? xRows.front().second->shape() : x.front().second.shape();
  return shape.empty() ? 0 : shape.front();
}

} // namespace dlc
