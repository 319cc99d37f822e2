// Makes the rows of a pass on threads of its own, a little ahead of who reads.
#include "runtime/data/Prefetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <thread>

namespace dlc::data {

namespace {

constexpr int64_t stepsAhead = 3;
constexpr size_t bytesAhead = size_t(256) << 20;
/// Rows so small that handing them out one by one would cost more than they do.
constexpr size_t bytesAtOnce = 16 << 10;

/// A ring of rows. Positions count the rows of the order: those below
/// `consumed` have been read, those below `claimed` are made or being made.
class Prefetch : public RowPass {
public:
  Prefetch(MakeRow make, std::vector<int64_t> order, PrefetchOptions options)
      : make(std::move(make)), order(std::move(order)),
        rowBytes(options.rowBytes), capacity(options.capacity),
        slots(size_t(capacity)),
        ring(new std::byte[size_t(capacity) * rowBytes]) {
    atOnce = std::clamp<int64_t>(
        int64_t(bytesAtOnce / std::max<size_t>(rowBytes, 1)), 1,
        std::max<int64_t>(1, capacity / (2 * options.workers)));
  }

  /// Throws std::system_error; what was started ends with this object.
  void startThreads(int count) {
    for (int i = 0; i < count; ++i)
      threads.emplace_back([this] { work(); });
  }

  ~Prefetch() override {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    room.notify_all();
    for (std::thread &thread : threads)
      thread.join();
  }

  Expected<void> read(int64_t count, std::byte *to) override {
    if (count > end() - consumed)
      return fail("pass", fmt::format("has {} rows left", end() - consumed),
                  fmt::format("{} are asked for", count), "start another pass");
    while (count > 0) {
      // In parts, so that what has been copied makes room.
      int64_t part = std::min(count, std::max<int64_t>(1, capacity / 2));
      if (auto waited = waitFor(consumed + part); !waited)
        return waited;
      for (int64_t i = 0; i < part; ++i, to += rowBytes)
        std::memcpy(to, place(consumed + i), rowBytes);
      release(part);
      count -= part;
    }
    return {};
  }

private:
  struct Slot {
    bool isDone = false;
    std::optional<Error> error = {};
  };

  int64_t end() const { return int64_t(order.size()); }
  Slot &slot(int64_t position) { return slots[size_t(position % capacity)]; }
  std::byte *place(int64_t position) {
    return ring.get() + size_t(position % capacity) * rowBytes;
  }

  /// Waits until all positions below `position` are made; the error of the
  /// first of them that could not be.
  Expected<void> waitFor(int64_t position) {
    std::unique_lock lock(mutex);
    wanted = position;
    ready.wait(lock, [&] { return made >= position; });
    for (int64_t i = consumed; i < position; ++i)
      if (slot(i).error)
        return Unexpected(*slot(i).error);
    return {};
  }

  void release(int64_t count) {
    {
      std::lock_guard lock(mutex);
      for (int64_t i = 0; i < count; ++i)
        slot(consumed + i) = {};
      consumed += count;
    }
    room.notify_all();
  }

  Slot makeAt(int64_t position) {
    try {
      if (auto done = make(order[size_t(position)], place(position)); !done)
        return {true, done.error()};
    } catch (const std::bad_alloc &) {
      return {true, Error{"memory", "is used up while data are read",
                          "each worker holds a sample",
                          "use fewer --workers or a smaller --batch"}};
    }
    return {true};
  }

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      room.wait(lock, [&] {
        return stopping || claimed == end() || claimed < consumed + capacity;
      });
      if (stopping || claimed == end())
        return;
      int64_t first = claimed;
      claimed = std::min({first + atOnce, end(), consumed + capacity});
      for (int64_t i = first, last = claimed; i < last && !stopping; ++i) {
        lock.unlock();
        Slot done = makeAt(i);
        lock.lock();
        slot(i) = std::move(done);
        while (made < claimed && slot(made).isDone)
          ++made;
        if (made >= wanted)
          ready.notify_one();
      }
    }
  }

  const MakeRow make;
  const std::vector<int64_t> order;
  const size_t rowBytes;
  const int64_t capacity;
  int64_t atOnce = 1;

  std::mutex mutex; // guards all below but what the slots' rows hold
  std::condition_variable room, ready;
  bool stopping = false;
  int64_t consumed = 0, claimed = 0;
  int64_t made = 0;   // all positions below are
  int64_t wanted = 0; // what the reader waits for
  std::vector<Slot> slots;
  std::unique_ptr<std::byte[]> ring;
  std::vector<std::thread> threads;
};

} // namespace

int64_t chooseCapacity(int64_t batch, size_t rowBytes, int workers) {
  auto fitting = int64_t(bytesAhead / std::max<size_t>(rowBytes, 1));
  return std::max<int64_t>(2 * workers, std::min(stepsAhead * batch, fitting));
}

Expected<std::unique_ptr<RowPass>>
prefetch(MakeRow make, std::vector<int64_t> order, PrefetchOptions options) {
  options.capacity =
      std::min(options.capacity, std::max<int64_t>(1, int64_t(order.size())));
  try {
    auto pass =
        std::make_unique<Prefetch>(std::move(make), std::move(order), options);
    pass->startThreads(options.workers);
    return pass;
  } catch (const std::bad_alloc &) {
    return fail("memory",
                fmt::format("has no room for {} samples of {} bytes",
                            options.capacity, options.rowBytes),
                "so many are made ahead of the steps", "use a smaller --batch");
  } catch (const std::system_error &error) {
    return fail("threads", fmt::format("cannot be started: {}", error.what()),
                fmt::format("{} make samples", options.workers),
                "use fewer --workers");
  }
}

} // namespace dlc::data
