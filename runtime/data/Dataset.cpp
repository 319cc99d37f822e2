// Samples in memory.
#include "runtime/data/Dataset.h"

namespace dlc {

int64_t Dataset::size() const {
  if (x.empty() || x.front().second.shape().empty())
    return 0;
  return x.front().second.shape().front();
}

} // namespace dlc
