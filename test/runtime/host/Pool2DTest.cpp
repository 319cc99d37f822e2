// Pooling against plain loops, with shared maxima and windows that overlap.
#include "test/runtime/host/Calls.h"

#include <fmt/format.h>

namespace dlc::host::test {
namespace {

struct Case {
  int64_t height, width, channels;
  int64_t size[2], strides[2];
  int64_t pads[4] = {0, 0, 0, 0}; // top, bottom, left, right

  Shape x(int64_t n) const { return {n, height, width, channels}; }
  Shape y(int64_t n) const {
    return {n, (height + pads[0] + pads[1] - size[0]) / strides[0] + 1,
            (width + pads[2] + pads[3] - size[1]) / strides[1] + 1, channels};
  }
  std::string config() const {
    return fmt::format(R"({{"window":[{},{}],"strides":[{},{}],)"
                       R"("padding":[[{},{}],[{},{}]]}})",
                       size[0], size[1], strides[0], strides[1], pads[0],
                       pads[1], pads[2], pads[3]);
  }
};

std::vector<Case> listCases() {
  return {
      {8, 8, 64, {2, 2}, {2, 2}},
      {7, 9, 1, {2, 2}, {2, 2}},
      {7, 9, 3, {3, 3}, {2, 2}, {1, 1, 1, 1}},
      {7, 9, 5, {3, 2}, {1, 1}, {1, 1, 0, 1}},
      {6, 5, 70, {2, 3}, {1, 2}, {0, 1, 1, 1}},
      {5, 5, 130, {5, 5}, {1, 1}},
      {9, 9, 2, {2, 2}, {3, 3}},
  };
}

/// Calls body(n, row, column, channel, places): the places in x of a window.
template <typename Body>
void forEachWindow(const Case &c, int64_t n, const Array &x, Body body) {
  Shape y = c.y(n);
  for (int64_t s = 0; s < n; ++s)
    for (int64_t row = 0; row < y[1]; ++row)
      for (int64_t column = 0; column < y[2]; ++column)
        for (int64_t channel = 0; channel < c.channels; ++channel) {
          std::vector<int64_t> places;
          for (int64_t i = 0; i < c.size[0]; ++i)
            for (int64_t j = 0; j < c.size[1]; ++j) {
              int64_t r = row * c.strides[0] - c.pads[0] + i;
              int64_t k = column * c.strides[1] - c.pads[2] + j;
              if (r >= 0 && r < c.height && k >= 0 && k < c.width)
                places.push_back(
                    ((s * c.height + r) * c.width + k) * c.channels + channel);
            }
          body(s, row, column, channel, places);
        }
}

int64_t firstMaximum(const Array &x, const std::vector<int64_t> &places) {
  int64_t best = places[0];
  for (int64_t place : places)
    if (x.values[place] > x.values[best])
      best = place;
  return best;
}

TEST(MaxPool2D, TakesTheFirstMaximum) {
  unsigned seed = 0;
  for (const Case &c : listCases())
    for (int64_t n : {1, 3}) {
      SCOPED_TRACE(c.config() + formatShape(c.x(n)));
      Array x = Array::ties(c.x(n), ++seed);
      Array v = Array::random(c.x(n), ++seed);
      Array dy = Array::random(c.y(n), ++seed);
      Array y(c.y(n)), picked(c.y(n)), dx(c.x(n));
      forEachWindow(c, n, x,
                    [&](auto s, auto row, auto column, auto channel,
                        const std::vector<int64_t> &places) {
                      int64_t best = firstMaximum(x, places);
                      y.at({s, row, column, channel}) = x.values[best];
                      picked.at({s, row, column, channel}) = v.values[best];
                      dx.values[best] += dy.at({s, row, column, channel});
                    });
      EXPECT_EQ(call("max_pool2d", c.config(), {x}, y.shape).values, y.values);
      EXPECT_EQ(call("max_pool2d_pick", c.config(), {x, v}, y.shape).values,
                picked.values);
      expectNear(call("max_pool2d_grad", c.config(), {x, dy}, x.shape), dx,
                 1e-6);
    }
}

TEST(MaxPool2D, IgnoresThePadding) {
  // All values lie below zero, and one is the least there is.
  Case c{3, 3, 2, {3, 3}, {1, 1}, {2, 2, 2, 2}};
  Array x(c.x(1), -5);
  x.values[0] = -INFINITY;
  Array y = call("max_pool2d", c.config(), {x}, c.y(1));
  EXPECT_EQ(y.values[0], -INFINITY);
  for (size_t i = 1; i < y.values.size(); ++i)
    EXPECT_EQ(y.values[i], -5) << i;
}

TEST(MaxPool2D, ShowsNaN) {
  Case c{2, 2, 1, {2, 2}, {2, 2}};
  for (size_t place = 0; place < 4; ++place) {
    Array x = Array::random(c.x(1), 1);
    x.values[place] = NAN;
    EXPECT_TRUE(
        std::isnan(call("max_pool2d", c.config(), {x}, c.y(1)).values[0]))
        << place;
  }
}

TEST(AvgPool2D, EqualsLoop) {
  unsigned seed = 0;
  for (const Case &c : listCases())
    for (int64_t n : {1, 3}) {
      SCOPED_TRACE(c.config() + formatShape(c.x(n)));
      Array x = Array::random(c.x(n), ++seed);
      Array dy = Array::random(c.y(n), ++seed);
      Array y(c.y(n)), dx(c.x(n));
      forEachWindow(c, n, x,
                    [&](auto s, auto row, auto column, auto channel,
                        const std::vector<int64_t> &places) {
                      double sum = 0;
                      for (int64_t place : places) {
                        sum += x.values[place];
                        dx.values[place] += dy.at({s, row, column, channel}) /
                                            float(places.size());
                      }
                      y.at({s, row, column, channel}) =
                          float(sum / places.size());
                    });
      std::string names[2];
      expectNear(call("avg_pool2d", c.config(), {x}, y.shape, &names[0]), y,
                 1e-6);
      expectNear(call("avg_pool2d_grad", c.config(), {dy}, x.shape, &names[1]),
                 dx, 1e-6);
      for (const std::string &name : names)
        EXPECT_EQ(name.find("ref"), std::string::npos) << name;
    }
}

TEST(Pool2D, RefusesWhatDoesNotFit) {
  Case c{8, 8, 4, {2, 2}, {2, 2}};
  for (std::string routine : {"max_pool2d", "avg_pool2d"}) {
    EXPECT_EQ(mistake(routine, c.config(), {c.x(2)}, c.y(2)), "");
    EXPECT_NE(mistake(routine, c.config(), {c.x(2)}, c.y(1)), "");
    EXPECT_NE(mistake(routine, c.config(), {c.x(2)}, {2, 4, 5, 4}), "");
    EXPECT_NE(mistake(routine, "{}", {c.x(2)}, c.y(2)), "");
    Case wide{8, 8, 4, {2, 2}, {2, 2}, {2, 2, 0, 0}};
    EXPECT_NE(mistake(routine, wide.config(), {c.x(2)}, wide.y(2)), "");
  }
  EXPECT_NE(mistake("max_pool2d_grad", c.config(), {c.x(2), c.y(2)}, c.x(1)),
            "");
  EXPECT_NE(mistake("max_pool2d_pick", c.config(), {c.x(2), c.y(2)}, c.y(2)),
            "");
}

} // namespace
} // namespace dlc::host::test
