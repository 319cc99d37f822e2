// What the elementwise prims and those without operands compute.
#include "test/dialects/prim/cases/Cases.h"
#include <limits>

namespace dlc::test {

static const double infinity = std::numeric_limits<double>::infinity();
static const double nan = std::numeric_limits<double>::quiet_NaN();

// One operand of f32 and shape [2, 2].
static ValueCase unary(const std::string &name, std::vector<double> x,
                       std::vector<double> y) {
  return {"%x: tensor<2x2xf32>",
          "prim." + name + " %x : tensor<2x2xf32>",
          {std::move(x)},
          std::move(y)};
}

// Two operands of shape [n, 2] with n = 2.
static ValueCase binary(const std::string &name, const std::string &element,
                        std::vector<double> l, std::vector<double> r,
                        std::vector<double> y) {
  std::string type = "tensor<?x2x" + element + ">";
  return {"%l: " + type + ", %r: " + type,
          "prim." + name + " %l, %r : " + type + ", " + type,
          {std::move(l), std::move(r)},
          std::move(y)};
}

static ValueCase convert(const std::string &from, const std::string &to,
                         std::vector<double> x, std::vector<double> y) {
  std::string type = "tensor<?x2x" + from + ">";
  return {"%x: " + type,
          "prim.convert %x : " + type + " -> tensor<?x2x" + to + ">",
          {std::move(x)},
          std::move(y)};
}

std::vector<ValueCase> getElementwiseValues() {
  std::vector<double> x = {-1.5, 0.25, 2, -0.0}, positive = {0.5, 2, 9, 1e-3};
  return {
      binary("add", "f32", {1, 2, 3, 4}, {0.5, -2, 1, 8}, {1.5, 0, 4, 12}),
      binary("add", "i32", {1, 2, 3, 2147483647}, {5, -2, 1, 1},
             {6, 0, 4, -2147483648.0}),
      binary("sub", "f32", {1, 2, 3, 4}, {0.5, -2, 1, 8}, {0.5, 4, 2, -4}),
      binary("sub", "i32", {1, 2, 3, 4}, {5, -2, 1, 8}, {-4, 4, 2, -4}),
      binary("mul", "f32", {1, 2, 3, 4}, {0.5, -2, 1, 8}, {0.5, -4, 3, 32}),
      binary("mul", "i32", {1, 2, 3, 65536}, {5, -2, 1, 65536}, {5, -4, 3, 0}),
      binary("div", "f32", {1, 2, 3, -4}, {4, -2, 0, 0},
             {0.25, -1, infinity, -infinity}),
      binary("quotient", "i32", {7, -7, 2147483647, 1}, {2, 2, -1, 3},
             {3, -3, -2147483647, 0}),
      binary("pow", "f32", {2, 4, 0, -2}, {3, 0.5, 0, 3}, {8, 2, 1, -8}),
      binary("max", "f32", {1, -2, nan, 4}, {3, -5, 1, nan}, {3, -2, nan, nan}),
      binary("max", "i32", {1, -2, 3, 4}, {3, -5, 3, 0}, {3, -2, 3, 4}),
      binary("min", "f32", {1, -2, nan, 4}, {3, -5, 1, nan}, {1, -5, nan, nan}),
      binary("min", "i32", {1, -2, 3, 4}, {3, -5, 3, 0}, {1, -5, 3, 0}),
      binary("and", "i1", {0, 0, 1, 1}, {0, 1, 0, 1}, {0, 0, 0, 1}),
      binary("or", "i1", {0, 0, 1, 1}, {0, 1, 0, 1}, {0, 1, 1, 1}),
      unary("neg", x, {1.5, -0.25, -2, 0}),
      unary("abs", x, {1.5, 0.25, 2, 0}),
      unary("sign", {-1.5, 0.25, nan, 0}, {-1, 1, nan, 0}),
      unary("floor", {-1.5, 0.25, 2, -0.0}, {-2, 0, 2, -0.0}),
      unary("floor", {nan, 16777217, -infinity, 0.99999994},
            {nan, 16777216, -infinity, 0}),
      unary("exp", x, {0.22313016, 1.28402542, 7.3890561, 1}),
      unary("expm1", x, {-0.77686984, 0.284025417, 6.3890561, 0}),
      unary("log", positive,
            {-0.693147181, 0.693147181, 2.19722458, -6.90775528}),
      unary("log1p", positive,
            {0.405465108, 1.09861229, 2.30258509, 0.000999500333}),
      unary("sqrt", positive, {0.707106781, 1.41421356, 3, 0.0316227766}),
      unary("rsqrt", positive,
            {1.41421356, 0.707106781, 0.333333333, 31.6227766}),
      unary("tanh", x, {-0.905148254, 0.244918662, 0.96402758, 0}),
      unary("sin", {-1.5, 0.25, 10, -0.0},
            {-0.997494987, 0.247403959, -0.544021111, 0}),
      unary("cos", {-1.5, 0.25, 10, -0.0},
            {0.0707372017, 0.968912422, -0.839071529, 1}),
      unary("erf", x, {-0.966105146, 0.27632639, 0.995322265, 0}),
      unary("logistic", x, {0.182425524, 0.562176501, 0.880797078, 0.5}),
      unary("logistic", {-200, 200, -90, 0}, {0, 1, 0, 0.5}),
      unary("softplus", x, {0.201413278, 0.82593942, 2.12692801, 0.693147181}),
      unary("softplus", {-200, 200, 1000, 0}, {0, 200, 1000, 0.693147181}),
      unary("relu", x, {0, 0.25, 2, 0}),
      unary("relu", {nan, 1, -1, 0}, {nan, 1, 0, 0}),
      {"%x: tensor<2xi1>", "prim.not %x : tensor<2xi1>", {{0, 1}}, {1, 0}},

      binary("compare eq", "f32", {1, 2, 3, nan}, {2, 2, 2, nan}, {0, 1, 0, 0}),
      binary("compare ne", "f32", {1, 2, 3, nan}, {2, 2, 2, nan}, {1, 0, 1, 1}),
      binary("compare lt", "f32", {1, 2, 3, nan}, {2, 2, 2, 0}, {1, 0, 0, 0}),
      binary("compare le", "f32", {1, 2, 3, nan}, {2, 2, 2, 0}, {1, 1, 0, 0}),
      binary("compare gt", "f32", {1, 2, 3, nan}, {2, 2, 2, 0}, {0, 0, 1, 0}),
      binary("compare ge", "f32", {1, 2, 3, nan}, {2, 2, 2, 0}, {0, 1, 1, 0}),
      binary("compare eq", "i32", {-1, 2, 3, 4}, {2, 2, 2, 4}, {0, 1, 0, 1}),
      binary("compare ne", "i32", {-1, 2, 3, 4}, {2, 2, 2, 4}, {1, 0, 1, 0}),
      binary("compare lt", "i32", {-1, 2, 3, 4}, {2, 2, 2, 4}, {1, 0, 0, 0}),
      binary("compare le", "i32", {-1, 2, 3, 4}, {2, 2, 2, 4}, {1, 1, 0, 1}),
      binary("compare gt", "i32", {-1, 2, 3, 4}, {2, 2, 2, 4}, {0, 0, 1, 0}),
      binary("compare ge", "i32", {-1, 2, 3, 4}, {2, 2, 2, 4}, {0, 1, 1, 1}),
      binary("compare eq", "i1", {0, 0, 1, 1}, {0, 1, 0, 1}, {1, 0, 0, 1}),
      binary("compare lt", "i1", {0, 0, 1, 1}, {0, 1, 0, 1}, {0, 1, 0, 0}),
      {"%c: tensor<2xi1>, %t: tensor<2xf32>, %f: tensor<2xf32>",
       "prim.select %c, %t, %f : tensor<2xi1>, tensor<2xf32>, tensor<2xf32>",
       {{1, 0}, {1, 2}, {3, 4}},
       {1, 4}},

      convert("f32", "f32", {1.5, -2, 0, 9}, {1.5, -2, 0, 9}),
      convert("f32", "i32", {1.9, -1.9, 0, 9}, {1, -1, 0, 9}),
      convert("f32", "i1", {0.5, -2, 0, 9}, {1, 1, 0, 1}),
      convert("i32", "f32", {7, -2, 0, 9}, {7, -2, 0, 9}),
      convert("i32", "i1", {2, -2, 0, 9}, {1, 1, 0, 1}),
      convert("i1", "f32", {0, 1, 0, 1}, {0, 1, 0, 1}),
      convert("i1", "i32", {0, 1, 0, 1}, {0, 1, 0, 1}),

      {"",
       "prim.constant 2.5 : f32 to tensor<?x2xf32>",
       {},
       {2.5, 2.5, 2.5, 2.5}},
      {"", "prim.constant -7 : i32 to tensor<2xi32>", {}, {-7, -7}},
      {"", "prim.constant true to tensor<2xi1>", {}, {1, 1}},
      {"", "prim.iota 0 : tensor<?x3xi32>", {}, {0, 0, 0, 1, 1, 1}},
      {"", "prim.iota 1 : tensor<?x3xi32>", {}, {0, 1, 2, 0, 1, 2}},
      {"", "prim.batch_size", {}, {2}},
      // From another program of Philox 4x32-10, which gives the known answers
      // of its authors: (0, 0) -> 6627e8d5 and pi's digits -> d16cfe09.
      {"%seed: tensor<i32>, %step: tensor<i32>",
       "prim.random_uniform %seed, %step stream 0 "
       ": tensor<i32>, tensor<i32> -> tensor<2xf32>",
       {{0}, {0}},
       {0.3990464210510254, 0.9722411632537842}},
      {"%seed: tensor<i32>, %step: tensor<i32>",
       "prim.random_uniform %seed, %step stream 4294967301 "
       ": tensor<i32>, tensor<i32> -> tensor<?x3xf32>",
       {{-1}, {7}},
       {0.8275380730628967, 0.9018025398254395, 0.9441566467285156,
        0.6124993562698364, 0.1274029016494751, 0.978060245513916}},
  };
}

} // namespace dlc::test
