// The few stacks that were used last are kept.
#include "tools/ptx-sim/engine/run/StackPool.h"

using namespace ptxsim;

static constexpr size_t kept = 8;
/// Those of a large cooperative launch are not.
static constexpr size_t keptCount = 2048;

StackPool &StackPool::shared() {
  static StackPool pool;
  return pool;
}

PooledStacks StackPool::take(size_t count, size_t bytes) {
  auto giveBack = [this](Stacks *stacks) {
    this->giveBack(std::unique_ptr<Stacks>(stacks));
  };
  {
    std::lock_guard lock(mutex);
    for (auto it = idle.begin(); it != idle.end(); ++it)
      if ((*it)->size() >= count && (*it)->bytes() >= bytes) {
        PooledStacks found(it->release(), giveBack);
        idle.erase(it);
        return found;
      }
  }
  PooledStacks fresh(new Stacks(count, bytes), giveBack);
  if (!*fresh)
    fresh.reset();
  return fresh;
}

void StackPool::giveBack(std::unique_ptr<Stacks> stacks) {
  std::lock_guard lock(mutex);
  if (!*stacks || stacks->size() > keptCount)
    return;
  idle.push_back(std::move(stacks));
  if (idle.size() > kept)
    idle.erase(idle.begin());
}
