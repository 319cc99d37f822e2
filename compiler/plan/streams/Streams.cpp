// List scheduling in program order, over the share of the GPU that is taken.
#include "compiler/plan/streams/Streams.h"

#include <algorithm>

using namespace dlc::plan;

namespace {

/// What runs when, and how much of the GPU that leaves.
class Occupancy {
public:
  /// The first time, not before `ready`, from which `share` is free for
  /// `seconds`.
  double findStart(double ready, double seconds, double share) const {
    for (double start = ready;;) {
      double next = start;
      if (fits(start, seconds, share, next))
        return start;
      start = next;
    }
  }

  void take(double start, double seconds, double share) {
    runs.push_back({start, start + seconds, share});
  }

private:
  struct Run {
    double begin, end, share;
  };

  /// If not, `next` is when the first of those in the way ends.
  bool fits(double start, double seconds, double share, double &next) const {
    double end = start + seconds, firstEnd = 0, most = 0;
    // The share taken changes where runs begin.
    for (const Run &at : runs) {
      double time = std::max(start, at.begin);
      if (time >= end || at.end <= start)
        continue;
      double taken = 0;
      for (const Run &run : runs)
        if (run.begin <= time && time < run.end)
          taken += run.share;
      most = std::max(most, taken);
      if (firstEnd == 0 || at.end < firstEnd)
        firstEnd = at.end;
    }
    next = firstEnd;
    return most + share <= 1 + 1e-9;
  }

  std::vector<Run> runs;
};

class Scheduler {
public:
  Scheduler(llvm::ArrayRef<StreamTask> tasks, unsigned maxStreams,
            const StreamCosts &costs)
      : tasks(tasks), costs(costs), freeFrom(maxStreams) {}

  StreamPlan run() {
    for (unsigned i = 0; i < tasks.size(); ++i) {
      place(i);
      plan.sequentialSeconds += tasks[i].seconds + costs.launch;
      plan.seconds = std::max(plan.seconds, ends[i]);
    }
    return std::move(plan);
  }

private:
  /// When the task could begin in a stream for all that it must wait for.
  double findReady(unsigned i, unsigned stream) const {
    double ready = freeFrom[stream] + costs.launch;
    for (unsigned before : tasks[i].after)
      ready = std::max(
          ready,
          ends[before] + costs.launch +
              (plan.places[before].stream == stream ? 0 : costs.crossing));
    return ready;
  }

  /// The stream of what the task waits for last, or else the first.
  unsigned findOwnStream(unsigned i) const {
    auto last = std::ranges::max_element(
        tasks[i].after, {}, [&](unsigned before) { return ends[before]; });
    return last == tasks[i].after.end() ? 0 : plan.places[*last].stream;
  }

  void place(unsigned i) {
    const StreamTask &task = tasks[i];
    auto findStart = [&](unsigned stream) {
      return occupancy.findStart(findReady(i, stream), task.seconds,
                                 task.share);
    };
    unsigned chosen = findOwnStream(i);
    double start = findStart(chosen);
    for (unsigned stream = 0; stream < freeFrom.size(); ++stream)
      // Another stream has to earn what it costs to come back from it.
      if (double other = findStart(stream); other + costs.crossing < start) {
        start = other;
        chosen = stream;
      }
    occupancy.take(start, task.seconds, task.share);
    ends.push_back(start + task.seconds);
    freeFrom[chosen] = ends.back();
    add(i, chosen);
  }

  /// Adds the waits that are not implied, latest launches first.
  void add(unsigned i, unsigned stream) {
    StreamPlace place{stream, {}};
    std::vector<unsigned> after = tasks[i].after;
    std::ranges::sort(after, std::greater());
    for (unsigned before : after)
      if (plan.places[before].stream != stream &&
          std::ranges::none_of(place.waits,
                               [&](unsigned other) {
                                 return other == before ||
                                        ordering.isBefore(before, other);
                               }) &&
          !isOverInStream(before, stream))
        place.waits.push_back(before);
    std::ranges::sort(place.waits);
    ordering.add(place);
    if (stream >= lastOf.size())
      lastOf.resize(stream + 1, -1);
    lastOf[stream] = i;
    plan.places.push_back(std::move(place));
  }

  bool isOverInStream(unsigned before, unsigned stream) const {
    return stream < lastOf.size() && lastOf[stream] >= 0 &&
           ordering.isBefore(before, lastOf[stream]);
  }

  llvm::ArrayRef<StreamTask> tasks;
  StreamCosts costs;
  std::vector<double> freeFrom; // when the last launch of each stream ends
  std::vector<int64_t> lastOf;
  std::vector<double> ends;
  Occupancy occupancy;
  Ordering ordering;
  StreamPlan plan;
};

} // namespace

StreamPlan dlc::plan::planStreams(llvm::ArrayRef<StreamTask> tasks,
                                  unsigned maxStreams,
                                  const StreamCosts &costs) {
  StreamPlan plan = Scheduler(tasks, maxStreams, costs).run();
  if (plan.seconds > 0.95 * plan.sequentialSeconds) {
    plan.places.assign(tasks.size(), {});
    plan.seconds = plan.sequentialSeconds;
  }
  return plan;
}
