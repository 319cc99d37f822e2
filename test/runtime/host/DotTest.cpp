// "dot" against a plain loop over all kinds of dimension orders.
#include "runtime/host/library/DnnlCall.h"
#include "test/runtime/host/Calls.h"

#include <nlohmann/json.hpp>

namespace dlc::host::test {
namespace {

using Dims = std::vector<int64_t>;

struct Case {
  Shape lhs, rhs;
  Dims lhsBatch, rhsBatch, lhsContract, rhsContract;
};

Dims rest(size_t rank, const Dims &a, const Dims &b) {
  Dims left;
  for (int64_t i = 0; i < int64_t(rank); ++i)
    if (!std::count(a.begin(), a.end(), i) &&
        !std::count(b.begin(), b.end(), i))
      left.push_back(i);
  return left;
}

int64_t place(const Shape &shape, const Dims &index) {
  int64_t result = 0;
  for (size_t i = 0; i < shape.size(); ++i)
    result = result * shape[i] + index[i];
  return result;
}

/// Counts through all indices of some sizes.
bool next(Dims &index, const Dims &sizes) {
  for (size_t i = sizes.size(); i-- > 0;) {
    if (++index[i] < sizes[i])
      return true;
    index[i] = 0;
  }
  return false;
}

Array product(const Case &c, const Array &lhs, const Array &rhs) {
  Dims lhsFree = rest(c.lhs.size(), c.lhsBatch, c.lhsContract);
  Dims rhsFree = rest(c.rhs.size(), c.rhsBatch, c.rhsContract);
  Shape shape;
  for (int64_t dim : c.lhsBatch)
    shape.push_back(c.lhs[dim]);
  for (int64_t dim : lhsFree)
    shape.push_back(c.lhs[dim]);
  for (int64_t dim : rhsFree)
    shape.push_back(c.rhs[dim]);
  Dims sums;
  for (int64_t dim : c.lhsContract)
    sums.push_back(c.lhs[dim]);
  Array y(shape);
  Dims at(shape.size());
  do {
    Dims l(c.lhs.size()), r(c.rhs.size());
    size_t dim = 0;
    for (size_t i = 0; i < c.lhsBatch.size(); ++i, ++dim)
      l[c.lhsBatch[i]] = r[c.rhsBatch[i]] = at[dim];
    for (int64_t free : lhsFree)
      l[free] = at[dim++];
    for (int64_t free : rhsFree)
      r[free] = at[dim++];
    double sum = 0;
    Dims inner(sums.size());
    do {
      for (size_t i = 0; i < sums.size(); ++i)
        l[c.lhsContract[i]] = r[c.rhsContract[i]] = inner[i];
      sum += double(lhs.values[place(c.lhs, l)]) * rhs.values[place(c.rhs, r)];
    } while (next(inner, sums));
    y.values[place(shape, at)] = float(sum);
  } while (next(at, shape));
  return y;
}

std::string configure(const Case &c, bool bias = false, bool relu = false) {
  nlohmann::json config = {{"lhs_batch", c.lhsBatch},
                           {"rhs_batch", c.rhsBatch},
                           {"lhs_contract", c.lhsContract},
                           {"rhs_contract", c.rhsContract}};
  if (bias)
    config["bias"] = true;
  if (relu)
    config["activation"] = "relu";
  return config.dump();
}

std::vector<Case> listCases() {
  return {
      // Dense forward, its two gradients, and the same with a single sample.
      {{7, 13}, {13, 5}, {}, {}, {1}, {0}},
      {{7, 5}, {13, 5}, {}, {}, {1}, {1}},
      {{7, 13}, {7, 5}, {}, {}, {0}, {0}},
      {{1, 13}, {13, 5}, {}, {}, {1}, {0}},
      {{1, 13}, {1, 5}, {}, {}, {0}, {0}},
      {{128, 784}, {784, 10}, {}, {}, {1}, {0}},
      // Dense on more dimensions.
      {{3, 4, 6}, {6, 5}, {}, {}, {2}, {0}},
      {{3, 4, 6}, {3, 4, 5}, {}, {}, {0, 1}, {0, 1}},
      {{3, 4, 5}, {6, 5}, {}, {}, {2}, {1}},
      // Batched products, in orders that matrices can and cannot view.
      {{3, 4, 6}, {3, 6, 5}, {0}, {0}, {2}, {1}},
      {{3, 4, 6}, {3, 5, 6}, {0}, {0}, {2}, {2}},
      {{3, 6, 4}, {3, 6, 5}, {0}, {0}, {1}, {1}},
      {{2, 5, 3, 4}, {2, 6, 3, 4}, {0, 2}, {0, 2}, {3}, {3}},
      {{2, 3, 5, 6}, {2, 6, 3, 4}, {0, 1}, {0, 2}, {3}, {1}},
      {{4, 3, 6}, {6, 3, 5}, {1}, {1}, {2}, {0}},
      {{3, 4, 6}, {6, 4, 5}, {}, {}, {2, 1}, {0, 1}},
      {{3, 4, 6}, {5, 3}, {}, {}, {0}, {1}},
      // No dimension left over, or none to sum.
      {{7}, {7}, {}, {}, {0}, {0}},
      {{7}, {5}, {}, {}, {}, {}},
      {{3, 7}, {3, 7}, {0}, {0}, {1}, {1}},
      {{3, 7}, {7}, {}, {}, {1}, {0}},
      {{3, 2}, {3, 5}, {0}, {0}, {}, {}},
  };
}

TEST(Dot, EqualsLoop) {
  unsigned seed = 0;
  for (const Case &c : listCases()) {
    SCOPED_TRACE(configure(c) + " " + formatShape(c.lhs) + formatShape(c.rhs));
    Array lhs = Array::random(c.lhs, ++seed),
          rhs = Array::random(c.rhs, ++seed);
    for (DType dtype : floatTypes) {
      SCOPED_TRACE(nameOf(dtype));
      lhs = lhs.rounded(dtype);
      rhs = rhs.rounded(dtype);
      Array wanted = product(c, lhs, rhs);
      std::string names;
      Array got = call("dot", configure(c), {lhs, rhs}, wanted.shape, &names);
      expectNear(got, wanted, limitOf(dtype));
      EXPECT_EQ(names.find("ref"), std::string::npos) << names;
    }
  }
}

/// Where the processor has such instructions: forward and both gradients.
TEST(Dot, MultipliesBf16AsSuch) {
  for (const Case &c : {Case{{64, 128}, {128, 32}, {}, {}, {1}, {0}},
                        {{64, 32}, {128, 32}, {}, {}, {1}, {1}},
                        {{64, 128}, {64, 32}, {}, {}, {0}, {0}}}) {
    Array lhs = Array::random(c.lhs, 1).rounded(DType::BF16);
    Array rhs = Array::random(c.rhs, 2).rounded(DType::BF16);
    std::string names;
    call("dot", configure(c), {lhs, rhs}, product(c, lhs, rhs).shape, &names);
    EXPECT_EQ(names.find("bf16") != std::string::npos, hasBf16()) << names;
    EXPECT_EQ(names.starts_with("widened"), !hasBf16()) << names;
  }
}

/// Products that our own code multiplies where there is no AVX-512: more of the
/// depth, the columns and the rows than at a time, and panels that stick out.
std::vector<Case> listBlockedCases() {
  return {
      {{50, 300}, {300, 270}, {}, {}, {1}, {0}},
      {{301, 17}, {17, 256}, {}, {}, {1}, {0}},
      {{16, 16}, {16, 529}, {}, {}, {1}, {0}},
      {{3, 40, 30}, {30, 260}, {}, {}, {2}, {0}},
      {{130, 41}, {130, 300}, {}, {}, {0}, {0}},
  };
}

TEST(Dot, BlocksEqualLoop) {
  unsigned seed = 200;
  for (const Case &c : listBlockedCases()) {
    SCOPED_TRACE(configure(c) + " " + formatShape(c.lhs) + formatShape(c.rhs));
    Array lhs = Array::random(c.lhs, ++seed),
          rhs = Array::random(c.rhs, ++seed);
    Array wanted = product(c, lhs, rhs);
    std::string names;
    Array got = call("dot", configure(c), {lhs, rhs}, wanted.shape, &names);
    expectNear(got, wanted, 1e-6);
    EXPECT_EQ(names == "blocked", !hasAvx512()) << names;
    if (hasAvx512())
      continue;
    // A sum's order does not depend on who has which columns or rows.
    for (int threads : {1, 2, 3})
      EXPECT_EQ(
          call("dot", configure(c), {lhs, rhs}, wanted.shape, nullptr, threads)
              .values,
          got.values);
    Array bias = Array::random({wanted.shape.back()}, ++seed);
    for (size_t i = 0; i < wanted.values.size(); ++i)
      wanted.values[i] = std::max(
          wanted.values[i] + bias.values[i % bias.values.size()], 0.0f);
    expectNear(
        call("dot", configure(c, true, true), {lhs, rhs, bias}, wanted.shape),
        wanted, 2e-6);
  }
}

TEST(Dot, KernelGradientsRunAsGemm) {
  // oneDNN's matmul takes three times as long for few samples.
  Case c{{8, 64}, {8, 48}, {}, {}, {0}, {0}};
  Array lhs = Array::random(c.lhs, 1), rhs = Array::random(c.rhs, 2);
  std::string names;
  expectNear(call("dot", configure(c), {lhs, rhs}, {64, 48}, &names),
             product(c, lhs, rhs), 1e-6);
  EXPECT_NE(names.find("gemm"), std::string::npos) << names;
}

void expectEpilogue(const Case &c, bool bias, bool relu, DType dtype,
                    unsigned seed) {
  SCOPED_TRACE(configure(c, bias, relu) + " " + formatShape(c.lhs));
  Array lhs = Array::random(c.lhs, seed).rounded(dtype);
  Array rhs = Array::random(c.rhs, seed + 1).rounded(dtype);
  Array wanted = product(c, lhs, rhs);
  int64_t width = wanted.shape.empty() ? 1 : wanted.shape.back();
  Array added = Array::random({width}, seed + 2).rounded(dtype);
  for (size_t i = 0; i < wanted.values.size(); ++i) {
    if (bias)
      wanted.values[i] += added.values[i % width];
    if (relu)
      wanted.values[i] = std::max(wanted.values[i], 0.0f);
  }
  std::vector<Array> operands = {lhs, rhs};
  if (bias)
    operands.push_back(added);
  Array got = call("dot", configure(c, bias, relu), operands, wanted.shape);
  expectNear(got, wanted, limitOf(dtype, 2e-6));
}

TEST(Dot, AddsBiasAndActivates) {
  unsigned seed = 100;
  for (const Case &c : listCases())
    for (bool bias : {false, true})
      for (bool relu : {false, true})
        for (DType dtype : floatTypes)
          expectEpilogue(c, bias, relu, dtype, seed += 3);
}

TEST(Dot, ShowsNaNThroughRelu) {
  for (const Case &c : listCases()) {
    Array lhs = Array::random(c.lhs, 1), rhs = Array::random(c.rhs, 2);
    lhs.values.assign(lhs.values.size(), NAN);
    Array y = call("dot", configure(c, false, true), {lhs, rhs},
                   product(c, lhs, rhs).shape);
    for (float value : y.values)
      EXPECT_TRUE(std::isnan(value)) << configure(c);
  }
}

TEST(Dot, SameThreadsSameBits) {
  Array lhs = Array::random({61, 200}, 1), rhs = Array::random({200, 77}, 2);
  Case c{lhs.shape, rhs.shape, {}, {}, {1}, {0}};
  for (int threads : {1, 2}) {
    Array a = call("dot", configure(c), {lhs, rhs}, {61, 77}, nullptr, threads);
    Array b = call("dot", configure(c), {lhs, rhs}, {61, 77}, nullptr, threads);
    EXPECT_EQ(a.values, b.values);
  }
}

TEST(Dot, RefusesWhatDoesNotFit) {
  Case c{{7, 13}, {13, 5}, {}, {}, {1}, {0}};
  EXPECT_EQ(mistake("dot", configure(c), {c.lhs, c.rhs}, {7, 5}), "");
  EXPECT_EQ(mistake("dot", configure(c), {c.lhs, {12, 5}}, {7, 5}),
            "test: has operands of shapes (7, 13), (12, 5) and results of "
            "(7, 5) but the product of the operands has another shape; compile "
            "the model again");
  EXPECT_NE(mistake("dot", configure(c), {c.lhs, c.rhs}, {5, 7}), "");
  EXPECT_NE(mistake("dot", configure(c), {c.lhs}, {7, 5}), "");
  EXPECT_NE(mistake("dot", configure(c), {c.lhs, c.rhs}, {7, 5}, DType::I32),
            "");
  EXPECT_EQ(mistake("dot", "{}", {c.lhs, c.rhs}, {7, 5}),
            "test: has no proper \"lhs_batch\" in its configuration but it "
            "must be a list of integers; compile the model again");
  std::string config = configure(c);
  config.back() = ',';
  EXPECT_NE(mistake("dot", config + "\"activation\":\"tanh\"}", {c.lhs, c.rhs},
                    {7, 5}),
            "");
  EXPECT_NE(mistake("dot", "[1", {c.lhs, c.rhs}, {7, 5}), "");
  Case twice{{7, 13}, {13, 5}, {}, {}, {1, 1}, {0, 0}};
  EXPECT_NE(mistake("dot", configure(twice), {c.lhs, c.rhs}, {7, 5}), "");
  Case outside{{7, 13}, {13, 5}, {}, {}, {2}, {0}};
  EXPECT_NE(mistake("dot", configure(outside), {c.lhs, c.rhs}, {7, 5}), "");
  EXPECT_EQ(mistake("dott", configure(c), {c.lhs, c.rhs}, {7, 5}),
            "test: calls \"dott\" but this runtime has no such routine; use "
            "the runtime of the dlc that compiled the model");
}

} // namespace
} // namespace dlc::host::test
