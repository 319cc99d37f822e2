// Branch and bound over the order in which buffers lie from the bottom up. Any
// solution can be shaken down until each buffer lies on the bottom or on
// another, so it suffices to place buffers by rising offset, each as low as it
// goes (Moffitt, MiniMalloc, ASPLOS 2023, has the ideas; the code is our own).
#include "compiler/plan/offsets/Exact.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>

using namespace dlc::plan;

namespace {

class Search {
public:
  Search(const std::vector<Lifetime> &lifetimes, int64_t capacity,
         int64_t steps)
      : capacity(capacity), steps(steps) {
    for (const Lifetime &lifetime : lifetimes)
      items.push_back({.bytes = align(lifetime.bytes)});
    cutSections(lifetimes);
  }

  bool run() { return fitsBound(0) && placeNext(0, 0, items.size()); }

  int64_t offsetOf(size_t item) const { return items[item].offset; }

private:
  struct Item {
    int64_t bytes = 0;
    int64_t offset = 0; // as low as it goes on what is placed
    size_t firstSection = 0, lastSection = 0; // [first, last)
    bool isPlaced = false;
  };
  /// Buffers that are all live at one launch, and no such set within another.
  struct Section {
    int64_t floor = 0; // top of what is placed
    int64_t rest = 0;  // bytes that are not
  };

  /// Only launches after which something dies and before which something came
  /// into being can be the fullest of their neighbourhood.
  void cutSections(const std::vector<Lifetime> &lifetimes) {
    std::map<int64_t, std::vector<size_t>> begins, ends;
    for (size_t i = 0; i < lifetimes.size(); ++i) {
      begins[lifetimes[i].first].push_back(i);
      ends[lifetimes[i].last + 1].push_back(i);
    }
    bool hasGrown = false;
    auto begin = begins.begin();
    for (const auto &[time, dying] : ends) {
      for (; begin != begins.end() && begin->first < time; ++begin)
        for (size_t item : begin->second) {
          items[item].firstSection = sections.size();
          hasGrown = true;
        }
      if (hasGrown)
        sections.emplace_back();
      hasGrown = false;
      for (size_t item : dying)
        items[item].lastSection = sections.size();
    }
    for (const Item &item : items)
      for (size_t s = item.firstSection; s < item.lastSection; ++s)
        sections[s].rest += item.bytes;
  }

  static bool meet(const Item &a, const Item &b) {
    return a.firstSection < b.lastSection && b.firstSection < a.lastSection;
  }

  /// All that is still to be placed lies at `low` or above.
  bool fitsBound(int64_t low) const {
    return std::ranges::all_of(sections, [&](const Section &section) {
      return section.rest == 0 ||
             std::max(section.floor, low) + section.rest <= capacity;
    });
  }

  /// Places the others at `low` or above; at `low` itself only those with a
  /// number above `last`, since two at one offset can be placed in any order.
  bool placeNext(size_t placed, int64_t low, size_t last) {
    if (placed == items.size())
      return true;
    steps -= int64_t(items.size() + sections.size());
    if (steps < 0)
      return false;

    // What begins above the lowest possible end of another leaves a hole that
    // the other would have filled.
    int64_t lowestEnd = capacity;
    for (const Item &item : items)
      if (!item.isPlaced)
        lowestEnd =
            std::min(lowestEnd, std::max(item.offset, low) + item.bytes);
    std::vector<size_t> candidates;
    for (size_t i = 0; i < items.size(); ++i) {
      const Item &item = items[i];
      if (item.isPlaced)
        continue;
      if (std::max(item.offset, low) + item.bytes > capacity)
        return false;
      if (item.offset < low || (item.offset == low && placed > 0 && i < last) ||
          (item.offset >= lowestEnd && item.bytes > 0))
        continue;
      candidates.push_back(i);
    }
    std::ranges::sort(candidates, [&](size_t a, size_t b) {
      const Item &x = items[a], &y = items[b];
      size_t xSpan = x.lastSection - x.firstSection;
      size_t ySpan = y.lastSection - y.firstSection;
      return std::tuple(x.offset, ySpan, y.bytes, a) <
             std::tuple(y.offset, xSpan, x.bytes, b);
    });
    for (size_t candidate : candidates)
      if (place(candidate, placed))
        return true;
    return false;
  }

  bool place(size_t index, size_t placed) {
    Item &item = items[index];
    item.isPlaced = true;
    int64_t end = item.offset + item.bytes;
    std::vector<std::pair<size_t, int64_t>> lifted, floors;
    for (size_t s = item.firstSection; s < item.lastSection; ++s) {
      floors.push_back({s, sections[s].floor});
      sections[s].floor = end;
      sections[s].rest -= item.bytes;
    }
    for (size_t i = 0; i < items.size(); ++i)
      if (Item &other = items[i];
          !other.isPlaced && other.offset < end && meet(item, other)) {
        lifted.push_back({i, other.offset});
        other.offset = end;
      }
    if (fitsBound(item.offset) && placeNext(placed + 1, item.offset, index))
      return true;
    for (auto [i, offset] : lifted)
      items[i].offset = offset;
    for (auto [s, floor] : floors) {
      sections[s].floor = floor;
      sections[s].rest += item.bytes;
    }
    item.isPlaced = false;
    return false;
  }

  int64_t capacity, steps;
  std::vector<Item> items;
  std::vector<Section> sections;
};

} // namespace

bool dlc::plan::packExactly(std::vector<Lifetime> &lifetimes, int64_t capacity,
                            int64_t steps) {
  Search search(lifetimes, capacity, steps);
  if (!search.run())
    return false;
  for (size_t i = 0; i < lifetimes.size(); ++i)
    lifetimes[i].offset = search.offsetOf(i);
  return true;
}
