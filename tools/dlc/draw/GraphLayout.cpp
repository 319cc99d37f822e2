// Ranks, order within them, then coordinates.
#include "tools/dlc/draw/GraphLayout.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace dlc::tool {

namespace {

constexpr double rankGap = 30, boxGap = 28, laneWidth = 14;
constexpr int sweeps = 8;
/// Where all arrows together pass more ranks than `mostLanes`, those that pass
/// more than `longArrow` go straight: a file may hold very many.
constexpr size_t mostLanes = 100'000, longArrow = 64;

/// A box, or a place where an arrow passes a rank.
struct Item {
  size_t rank = 0;
  double width = laneWidth, height = 0;
  double x = 0; // of its middle
  std::vector<size_t> above, below;
};

class Layouter {
public:
  explicit Layouter(const std::vector<LayoutBox> &boxes) : boxes(boxes) {}

  GraphLayout run() {
    chooseRanks();
    addArrows();
    orderRanks();
    placeAcross();
    return finish();
  }

private:
  void chooseRanks() {
    for (size_t i = 0; i < boxes.size(); ++i) {
      Item item{0, boxes[i].width, boxes[i].height, 0, {}, {}};
      for (size_t from : boxes[i].reads)
        if (from < i)
          item.rank = std::max(item.rank, items[from].rank + 1);
      items.push_back(std::move(item));
    }
    // What reads nothing stands right above what reads it.
    std::vector<size_t> nearest(boxes.size(), SIZE_MAX);
    for (size_t i = 0; i < boxes.size(); ++i)
      for (size_t from : boxes[i].reads)
        if (from < i)
          nearest[from] = std::min(nearest[from], items[i].rank);
    for (size_t i = 0; i < boxes.size(); ++i)
      if (boxes[i].reads.empty() && nearest[i] != SIZE_MAX)
        items[i].rank = nearest[i] - 1;
  }

  /// Long arrows get an item in each rank that they pass.
  void addArrows() {
    size_t passed = 0;
    for (size_t i = 0; i < boxes.size(); ++i)
      for (size_t from : boxes[i].reads)
        passed += countPassed(from, i);
    for (size_t i = 0; i < boxes.size(); ++i)
      for (size_t from : boxes[i].reads) {
        Chain chain{from, i, {from}};
        bool isStraight =
            passed > mostLanes && countPassed(from, i) > longArrow;
        for (size_t rank = items[from].rank + 1;
             rank < items[i].rank && !isStraight; ++rank) {
          chain.items.push_back(items.size());
          items.push_back({rank, laneWidth, 0, 0, {}, {}});
        }
        chain.items.push_back(i);
        if (items[from].rank < items[i].rank && !isStraight)
          for (size_t k = 1; k < chain.items.size(); ++k) {
            items[chain.items[k - 1]].below.push_back(chain.items[k]);
            items[chain.items[k]].above.push_back(chain.items[k - 1]);
          }
        chains.push_back(std::move(chain));
      }
    for (size_t i = 0; i < items.size(); ++i) {
      if (ranks.size() <= items[i].rank)
        ranks.resize(items[i].rank + 1);
      ranks[items[i].rank].push_back(i);
    }
  }

  size_t countPassed(size_t from, size_t to) const {
    size_t first = items[from].rank + 1, last = items[to].rank;
    return last > first ? last - first : 0;
  }

  /// By the mean position of the neighbours in the rank before, down and up.
  void orderRanks() {
    std::vector<double> position(items.size());
    auto number = [&](const std::vector<size_t> &rank) {
      for (size_t k = 0; k < rank.size(); ++k)
        position[rank[k]] = double(k);
    };
    std::ranges::for_each(ranks, number);
    std::vector<double> key(items.size());
    auto sort = [&](std::vector<size_t> &rank,
                    std::vector<size_t> Item::*neighbours) {
      for (size_t i : rank) {
        const std::vector<size_t> &near = items[i].*neighbours;
        key[i] = position[i];
        if (!near.empty())
          key[i] = std::accumulate(near.begin(), near.end(), 0.0,
                                   [&](double sum, size_t j) {
                                     return sum + position[j];
                                   }) /
                   double(near.size());
      }
      std::ranges::stable_sort(rank, {}, [&](size_t i) { return key[i]; });
      number(rank);
    };
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      for (size_t r = 1; r < ranks.size(); ++r)
        sort(ranks[r], &Item::above);
      for (size_t r = ranks.size() - 1; r-- > 0;)
        sort(ranks[r], &Item::below);
    }
    for (size_t r = 1; r < ranks.size(); ++r)
      sort(ranks[r], &Item::above);
  }

  /// Each item moves towards the mean of its neighbours as far as the others of
  /// its rank let it.
  void placeAcross() {
    for (const std::vector<size_t> &rank : ranks)
      spread(rank, [](size_t) { return 0.0; });
    auto pull = [&](const std::vector<size_t> &rank,
                    std::vector<size_t> Item::*neighbours) {
      spread(rank, [&](size_t i) {
        const std::vector<size_t> &near = items[i].*neighbours;
        if (near.empty())
          return items[i].x;
        double sum = 0;
        for (size_t j : near)
          sum += items[j].x;
        return sum / double(near.size());
      });
    };
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      for (size_t r = 1; r < ranks.size(); ++r)
        pull(ranks[r], &Item::above);
      for (size_t r = ranks.size() - 1; r-- > 0;)
        pull(ranks[r], &Item::below);
    }
    for (size_t r = 1; r < ranks.size(); ++r)
      pull(ranks[r], &Item::above);
  }

  /// The mean of what is nearest to the wishes from the left and the right.
  template <typename Wish>
  void spread(const std::vector<size_t> &rank, const Wish &wish) {
    std::vector<double> wanted;
    for (size_t i : rank)
      wanted.push_back(wish(i));
    std::vector<double> left = wanted, right = wanted;
    auto gap = [&](size_t k) {
      return (items[rank[k - 1]].width + items[rank[k]].width) / 2 + boxGap;
    };
    for (size_t k = 1; k < rank.size(); ++k)
      left[k] = std::max(left[k], left[k - 1] + gap(k));
    for (size_t k = rank.size() - 1; k-- > 0;)
      right[k] = std::min(right[k], right[k + 1] - gap(k + 1));
    for (size_t k = 0; k < rank.size(); ++k)
      items[rank[k]].x = (left[k] + right[k]) / 2;
  }

  GraphLayout finish() {
    GraphLayout layout;
    double least = 0, most = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      double half = items[i].width / 2;
      least = i == 0 ? items[i].x - half : std::min(least, items[i].x - half);
      most = i == 0 ? items[i].x + half : std::max(most, items[i].x + half);
    }
    std::vector<double> tops, heights;
    double y = 0;
    for (const std::vector<size_t> &rank : ranks) {
      double height = 0;
      for (size_t i : rank)
        height = std::max(height, items[i].height);
      tops.push_back(y);
      heights.push_back(height);
      y += height + rankGap;
    }
    layout.width = most - least;
    layout.height = y > 0 ? y - rankGap : 0;
    for (size_t i = 0; i < boxes.size(); ++i)
      layout.corners.push_back(
          {items[i].x - least - items[i].width / 2, tops[items[i].rank]});
    for (const Chain &chain : chains) {
      LayoutArrow arrow{chain.from, chain.to, {}};
      const Item &from = items[chain.from], &to = items[chain.to];
      arrow.points.push_back({from.x - least, tops[from.rank] + from.height});
      for (size_t k = 1; k + 1 < chain.items.size(); ++k) {
        const Item &lane = items[chain.items[k]];
        arrow.points.push_back({lane.x - least, tops[lane.rank]});
        arrow.points.push_back(
            {lane.x - least, tops[lane.rank] + heights[lane.rank]});
      }
      arrow.points.push_back({to.x - least, tops[to.rank]});
      layout.arrows.push_back(std::move(arrow));
    }
    return layout;
  }

  struct Chain {
    size_t from, to;
    std::vector<size_t> items;
  };

  const std::vector<LayoutBox> &boxes;
  std::vector<Item> items; // boxes first
  std::vector<Chain> chains;
  std::vector<std::vector<size_t>> ranks;
};

} // namespace

GraphLayout layOut(const std::vector<LayoutBox> &boxes) {
  if (boxes.empty())
    return {};
  return Layouter(boxes).run();
}

} // namespace dlc::tool
