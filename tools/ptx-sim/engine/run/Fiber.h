// Stacks of their own for the threads of a block, and the switch between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ptxsim {

/// A piece of code on its own stack: it runs when resumed, until it suspends or
/// its entry returns control for good with `suspend`.
class Fiber {
public:
  using Entry = void (*)(void *argument);

  /// Makes the next resume call entry(argument) on the stack that ends at
  /// `stackEnd`. The entry may not return.
  void prepare(void *stackEnd, Entry entry, void *argument);

  /// Runs the fiber; called from outside.
  void resume();

  /// Goes back to whoever resumed; called from inside.
  void suspend();

private:
  void *inside = nullptr;
  void *outside = nullptr;
};

/// Equal stacks in one mapping, each with a page below it that none may touch.
class Stacks {
public:
  Stacks(size_t count, size_t bytes);
  Stacks(const Stacks &) = delete;
  Stacks &operator=(const Stacks &) = delete;
  ~Stacks();

  /// False if the system gave no memory.
  explicit operator bool() const { return base != nullptr; }
  size_t size() const { return count; }
  /// Of each.
  size_t bytes() const { return usable; }
  /// The end of a stack; ends differ in their low bits, so that the stacks do
  /// not meet in the same sets of the cache.
  void *end(size_t index) const;

private:
  size_t count;
  size_t usable;
  size_t stride;
  uint8_t *base = nullptr;
};

} // namespace ptxsim
