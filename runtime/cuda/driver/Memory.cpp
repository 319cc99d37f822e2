// All memory that an artifact takes on a GPU, and what is said if it lacks.
#include "runtime/cuda/driver/Memory.h"

#include "runtime/cuda/Budget.h"

#include <fmt/format.h>

#include <algorithm>

namespace dlc::cuda {

Expected<Memory::Free> Memory::ask() const {
  Free free;
  auto asked = driver.check(
      driver.call.cuMemGetInfo_v2(&free.bytes, &free.total), "memory");
  if (!asked)
    return Unexpected(asked.error());
  return free;
}

/// What is held counts as free: it is part of what the error says is needed.
Error Memory::explain(const std::string &thing, Free free,
                      int64_t steps) const {
  return explainMemory(
      manifest, {context.name(), free.bytes + held, free.total, steps}, thing);
}

Expected<void> Memory::check(Result result, const std::string &thing) const {
  if (result != OutOfMemory)
    return driver.check(result, thing);
  auto free = ask();
  return free ? Unexpected(
                    explain(thing, *free, std::max<int64_t>(1, inputs.steps())))
              : Unexpected(free.error());
}

Expected<void> Memory::take() {
  Budget budget = countMemory(manifest);
  auto free = ask();
  if (!free)
    return Unexpected(free.error());
  if (budget.total() > free->bytes)
    return Unexpected(explain("all of it", *free, 1));
  // An empty allocation is an error.
  auto allocate = [&](DeviceMemory &memory, uint64_t bytes) {
    Result result = make(memory, driver, &Functions::cuMemAlloc_v2,
                         size_t(std::max<uint64_t>(bytes, 1)));
    if (result == Success)
      held += bytes;
    return result;
  };
  Result result = allocate(states, budget.states);
  if (result == Success)
    result = allocate(arena, budget.arena);
  // Free memory may lie in pieces, or another program was faster.
  if (auto taken = check(result, "states and arena"); !taken)
    return taken;
  addresses = {arena.get(), states.get()};
  bytesOfArena = budget.arena;
  return check(makeRoom(1), "input buffers");
}

/// What there was goes first: it may be half of the memory.
Result Memory::makeRoom(int64_t steps) {
  held -= std::min(held, countMemory(manifest, inputs.steps()).inputs);
  inputs = Inputs();
  results = StepResults();
  Result result = Inputs::create(driver, manifest, steps, inputs);
  if (result == Success)
    result = StepResults::create(driver, manifest, steps, results);
  if (result == Success)
    held += countMemory(manifest, steps).inputs;
  else
    inputs = Inputs();
  return result;
}

Expected<void> Memory::reserveSteps(int64_t steps) {
  auto free = ask();
  if (!free)
    return Unexpected(free.error());
  const std::string thing = fmt::format("inputs of {} steps", steps);
  const Error shortage = explain(thing, *free, steps);
  if (countMemory(manifest, steps).total() > free->bytes + held)
    return Unexpected(shortage);
  int64_t before = inputs.steps();
  Result result = makeRoom(steps);
  if (result == Success)
    return {};
  if (auto again = check(makeRoom(before), "input buffers"); !again)
    return again;
  return result == OutOfMemory ? Unexpected(shortage)
                               : driver.check(result, thing);
}

} // namespace dlc::cuda
