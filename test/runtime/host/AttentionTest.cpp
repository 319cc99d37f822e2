// "attention" and "attention_grad" against plain loops in double precision.
#include "test/runtime/host/Calls.h"

#include <fmt/format.h>

namespace dlc::host::test {
namespace {

/// One call. Sizes are those of Attention.h.
struct Case {
  int64_t n, t, s, h, k, c, v;
  Shape mask = {};
  bool causal = false;
  int64_t window = 0;
  bool zeroEmpty = false;

  std::string config() const {
    return fmt::format("{{\"scale\": 0.3, \"causal\": {}, \"window\": {}, "
                       "\"zero_empty\": {}}}",
                       causal, window, zeroEmpty);
  }
};

const Case cases[] = {
    {2, 5, 7, 2, 2, 3, 4},
    {1, 64, 64, 1, 1, 16, 16},
    {2, 65, 130, 4, 2, 8, 5, {}, true},
    {2, 70, 67, 3, 1, 4, 4, {2, 1, 70, 67}},
    {3, 9, 6, 2, 2, 5, 3, {3, 1, 1, 6}, true},
    {3, 9, 6, 2, 2, 5, 3, {3, 1, 1, 6}, true, 0, true},
    {2, 80, 70, 2, 1, 4, 4, {1, 2, 1, 70}, false, 3},
    {1, 130, 20, 2, 2, 4, 4, {}, true, 4, true},
};

/// Arrays of one case, the mask with few holes.
struct Arrays {
  Array query, key, value, dy;
  std::vector<uint8_t> mask;

  explicit Arrays(const Case &it)
      : query(Array::random({it.n, it.t, it.h, it.c}, 1)),
        key(Array::random({it.n, it.s, it.k, it.c}, 2)),
        value(Array::random({it.n, it.s, it.k, it.v}, 3)),
        dy(Array::random({it.n, it.t, it.h, it.v}, 4)) {
    std::mt19937 generator(5);
    if (!it.mask.empty())
      for (int64_t i = 0; i < countElements(it.mask); ++i)
        mask.push_back(generator() % 3 != 0);
  }
};

struct Results {
  std::vector<Array> y;     // and logsumexp
  std::vector<Array> grads; // of query, key and value
};

/// Runs the routine twice: nothing of the first run may change the second.
std::vector<Array> run(const std::string &routine, const Case &it,
                       std::vector<Array> operands, std::vector<uint8_t> mask,
                       const std::vector<Shape> &results, int threads) {
  auto library = Library::create(threads);
  std::vector<Array> made;
  for (const Shape &shape : results)
    made.emplace_back(shape, NAN);
  auto describe = [](Array &array) {
    return Argument{DType::F32, array.shape,
                    reinterpret_cast<std::byte *>(array.values.data())};
  };
  CallSpec spec{"test", routine, it.config(), {}, {}};
  for (Array &operand : operands)
    spec.operands.push_back(describe(operand));
  if (!it.mask.empty())
    spec.operands.push_back(
        {DType::Bool, it.mask, reinterpret_cast<std::byte *>(mask.data())});
  for (Array &result : made)
    spec.results.push_back(describe(result));
  auto call = library->make(spec);
  EXPECT_TRUE(call) << call.error().message();
  for (int i = 0; call && i < 2; ++i)
    EXPECT_TRUE((*call)->run());
  return made;
}

Results runBoth(const Case &it, int threads) {
  Arrays x(it);
  Shape rows = {it.n, it.t, it.h};
  Results results;
  results.y = run("attention", it, {x.query, x.key, x.value}, x.mask,
                  {x.dy.shape, rows}, threads);
  Array dot(rows);
  for (size_t i = 0; i < x.dy.values.size(); ++i)
    dot.values[i / it.v] += results.y[0].values[i] * x.dy.values[i];
  results.grads = run(
      "attention_grad", it, {x.query, x.key, x.value, results.y[1], dot, x.dy},
      x.mask, {x.query.shape, x.key.shape, x.value.shape}, threads);
  return results;
}

bool allows(const Case &it, const Arrays &x, int64_t n, int64_t h, int64_t t,
            int64_t s) {
  if ((it.causal && s > t) || (it.window && std::abs(s - t) >= it.window))
    return false;
  if (it.mask.empty())
    return true;
  int64_t at = 0, index[] = {n, h, t, s};
  for (size_t dim = 0; dim < 4; ++dim)
    at = at * it.mask[dim] + (it.mask[dim] == 1 ? 0 : index[dim]);
  return x.mask[at];
}

/// All shares of one query, and from them everything.
void addRow(const Case &it, const Arrays &x, int64_t n, int64_t h, int64_t t,
            Results &wanted) {
  int64_t k = h / (it.h / it.k);
  std::vector<double> share(it.s), score(it.s), dshare(it.s);
  std::vector<bool> allowed(it.s);
  double total = 0, top = -INFINITY, dot = 0;
  for (int64_t s = 0; s < it.s; ++s) {
    allowed[s] = allows(it, x, n, h, t, s);
    for (int64_t c = 0; c < it.c; ++c)
      score[s] += 0.3 * x.query.at({n, t, h, c}) * x.key.at({n, s, k, c});
    for (int64_t v = 0; v < it.v; ++v)
      dshare[s] += double(x.dy.at({n, t, h, v})) * x.value.at({n, s, k, v});
    top = allowed[s] ? std::max(top, score[s]) : top;
  }
  bool empty = top == -INFINITY;
  for (int64_t s = 0; s < it.s; ++s)
    total += share[s] =
        allowed[s] ? std::exp(score[s] - top) : double(empty && !it.zeroEmpty);
  wanted.y[1].at({n, t, h}) = !empty         ? float(top + std::log(total))
                              : it.zeroEmpty ? -INFINITY
                                             : -0.7F * 0x1.fffffep127F;
  for (int64_t s = 0; s < it.s; ++s) {
    share[s] /= total == 0 ? 1 : total;
    dot += share[s] * dshare[s];
  }
  for (int64_t s = 0; s < it.s; ++s) {
    for (int64_t v = 0; v < it.v; ++v) {
      wanted.y[0].at({n, t, h, v}) +=
          float(share[s]) * x.value.at({n, s, k, v});
      wanted.grads[2].at({n, s, k, v}) +=
          float(share[s]) * x.dy.at({n, t, h, v});
    }
    auto dscore = float(allowed[s] ? 0.3 * share[s] * (dshare[s] - dot) : 0);
    for (int64_t c = 0; c < it.c; ++c) {
      wanted.grads[0].at({n, t, h, c}) += dscore * x.key.at({n, s, k, c});
      wanted.grads[1].at({n, s, k, c}) += dscore * x.query.at({n, t, h, c});
    }
  }
}

Results computePlainly(const Case &it) {
  Arrays x(it);
  Results wanted{
      {Array(x.dy.shape), Array({it.n, it.t, it.h})},
      {Array(x.query.shape), Array(x.key.shape), Array(x.value.shape)}};
  for (int64_t n = 0; n < it.n; ++n)
    for (int64_t h = 0; h < it.h; ++h)
      for (int64_t t = 0; t < it.t; ++t)
        addRow(it, x, n, h, t, wanted);
  return wanted;
}

TEST(Attention, IsThatOfPlainLoops) {
  for (const Case &it : cases) {
    SCOPED_TRACE(it.config());
    Results got = runBoth(it, 2), wanted = computePlainly(it);
    expectNear(got.y[0], wanted.y[0], 2e-6);
    for (size_t i = 0; i < wanted.y[1].values.size(); ++i) {
      float x = got.y[1].values[i], y = wanted.y[1].values[i];
      if (x != y)
        EXPECT_NEAR(x, y, 1e-6 * (1 + std::abs(y)));
    }
    for (size_t i = 0; i < 3; ++i)
      expectNear(got.grads[i], wanted.grads[i], 4e-6);
  }
}

TEST(Attention, DoesNotDependOnThreads) {
  for (const Case &it : cases) {
    Results one = runBoth(it, 1), three = runBoth(it, 3);
    for (size_t i = 0; i < 2; ++i)
      EXPECT_EQ(std::memcmp(one.y[i].values.data(), three.y[i].values.data(),
                            one.y[i].values.size() * sizeof(float)),
                0);
    for (size_t i = 0; i < 3; ++i)
      EXPECT_EQ(one.grads[i].values, three.grads[i].values);
  }
}

// A NaN in a value shows in all queries that may see it.
TEST(Attention, ShowsNan) {
  Case it{1, 3, 3, 1, 1, 2, 1, {}, true};
  Arrays x(it);
  x.value.at({0, 1, 0, 0}) = NAN;
  auto y = run("attention", it, {x.query, x.key, x.value}, {},
               {x.dy.shape, {1, 3, 1}}, 1);
  EXPECT_TRUE(std::isnan(y[0].values[1]));
  EXPECT_TRUE(std::isnan(y[0].values[2]));
}

TEST(Attention, NamesMistakes) {
  Case it{1, 3, 4, 2, 2, 2, 2};
  EXPECT_EQ(mistake("attention", it.config(),
                    {{1, 3, 3, 2}, {1, 4, 2, 2}, {1, 4, 2, 2}}, {1, 3, 3, 2}),
            "test: has operands of shapes (1, 3, 3, 2), (1, 4, 2, 2), (1, 4, "
            "2, 2) and results of (1, 3, 3, 2) but attention works on heads "
            "[n, t, h, c] and [n, s, k, c] of float32, h a multiple of k; "
            "compile the model again");
  EXPECT_NE(mistake("attention", "{}",
                    {{1, 3, 2, 2}, {1, 4, 2, 2}, {1, 4, 2, 2}}, {1, 3, 2, 2}),
            "");
  EXPECT_NE(mistake("attention_grad", it.config(),
                    {{1, 3, 2, 2}, {1, 4, 2, 2}, {1, 4, 2, 2}}, {1, 3, 2, 2}),
            "");
}

} // namespace
} // namespace dlc::host::test
