// What movement, reductions, contractions and the softmax family compute.
#include "test/dialects/prim/cases/Cases.h"
#include <limits>

namespace dlc::test {

static const double nan = std::numeric_limits<double>::quiet_NaN();

static ValueCase reduce(const std::string &name, const std::string &element,
                        const std::string &dims, std::vector<double> expected) {
  std::string type = "tensor<?x3x" + element + ">";
  return {"%x: " + type,
          "prim." + name + " %x over " + dims + " : " + type,
          {{1, -2, 3, 9, 5, -6}},
          std::move(expected)};
}

std::vector<ValueCase> getTensorValues() {
  return {
      {"%x: tensor<3xf32>",
       "prim.broadcast %x along [0] : tensor<3xf32> -> tensor<?x3xf32>",
       {{1, 2, 3}},
       {1, 2, 3, 1, 2, 3}},
      {"%x: tensor<?xi32>",
       "prim.broadcast %x along [1] : tensor<?xi32> -> tensor<?x2xi32>",
       {{1, 2}},
       {1, 1, 2, 2}},
      {"%x: tensor<?x2x2xf32>",
       "prim.reshape %x : tensor<?x2x2xf32> -> tensor<?x4xf32>",
       {{1, 2, 3, 4, 5, 6, 7, 8}},
       {1, 2, 3, 4, 5, 6, 7, 8}},
      {"%x: tensor<?x3xf32>",
       "prim.transpose %x [1, 0] : tensor<?x3xf32>",
       {{1, 2, 3, 4, 5, 6}},
       {1, 4, 2, 5, 3, 6}},
      {"%x: tensor<1x2x3xf32>",
       "prim.transpose %x [2, 0, 1] : tensor<1x2x3xf32>",
       {{1, 2, 3, 4, 5, 6}},
       {1, 4, 2, 5, 3, 6}},
      {"%x: tensor<?x5xf32>",
       "prim.slice %x from [0, 1] size [-1, 2] by [1, 2] : tensor<?x5xf32>",
       {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
       {1, 3, 6, 8}},
      {"%x: tensor<?x2x2xf32>",
       "prim.reverse %x along [1, 2] : tensor<?x2x2xf32>",
       {{1, 2, 3, 4, 5, 6, 7, 8}},
       {4, 3, 2, 1, 8, 7, 6, 5}},
      {"%x: tensor<?x2xf32>",
       "prim.pad %x low [0, 1] high [0, 2] interior [0, 1] : tensor<?x2xf32>",
       {{1, 2, 3, 4}},
       {0, 1, 0, 2, 0, 0, 0, 3, 0, 4, 0, 0}},
      {"%x: tensor<2xf32>",
       "prim.pad %x low [1] high [0] interior [0] {value = 7.0 : f32} "
       ": tensor<2xf32>",
       {{1, 2}},
       {7, 1, 2}},
      {"%a: tensor<?x1xf32>, %b: tensor<?x2xf32>",
       "prim.concat %a, %b dim 1 : tensor<?x1xf32>, tensor<?x2xf32>",
       {{1, 2}, {3, 4, 5, 6}},
       {1, 3, 4, 2, 5, 6}},
      // From the front, from the end, and outside on both sides.
      {"%t: tensor<3x2xf32>, %i: tensor<?x3xi32>",
       "prim.gather %t, %i : tensor<3x2xf32>, tensor<?x3xi32>",
       {{1, 2, 3, 4, 5, 6}, {0, 2, 2, -1, 3, -4}},
       {1, 2, 5, 6, 5, 6, 5, 6, nan, nan, nan, nan}},
      {"%t: tensor<3xf32>, %i: tensor<i32>",
       "prim.gather %t, %i : tensor<3xf32>, tensor<i32>",
       {{1, 2, 3}, {-3}},
       {1}},
      {"%u: tensor<?x3x2xf32>, %i: tensor<?x3xi32>",
       "prim.scatter_add %u, %i : tensor<?x3x2xf32>, tensor<?x3xi32> "
       "-> tensor<4x2xf32>",
       {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {0, 2, 2, -4, 4, -5}},
       {8, 10, 0, 0, 8, 10, 0, 0}},

      reduce("reduce_sum", "f32", "[1]", {2, 8}),
      reduce("reduce_sum", "f32", "[0]", {10, 3, -3}),
      reduce("reduce_sum", "i32", "[0, 1]", {10}),
      reduce("reduce_sum", "f32", "[]", {1, -2, 3, 9, 5, -6}),
      reduce("reduce_max", "f32", "[1]", {3, 9}),
      reduce("reduce_max", "i32", "[0]", {9, 5, 3}),
      reduce("reduce_min", "f32", "[1]", {-2, -6}),
      reduce("reduce_min", "i32", "[0]", {1, -2, -6}),

      {"%l: tensor<?x2xf32>, %r: tensor<2x3xf32>",
       "prim.dot %l, %r batch [] x [] contract [1] x [0] "
       ": tensor<?x2xf32>, tensor<2x3xf32>",
       {{1, 2, 3, 4}, {5, 6, 7, 8, 9, 10}},
       {21, 24, 27, 47, 54, 61}},
      {"%l: tensor<?x3x2xf32>, %r: tensor<2x?x2xf32>",
       "prim.dot %l, %r batch [0] x [1] contract [2] x [0] "
       ": tensor<?x3x2xf32>, tensor<2x?x2xf32>",
       {{-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6}, {-3, -2, -1, 0, 1, 2, 3, 4}},
       {11, 2, 7, 2, 3, 2, 5, 8, 9, 16, 13, 24}},

      {"%x: tensor<?x3xf32>",
       "prim.softmax %x dim 1 : tensor<?x3xf32>",
       {{1, 2, 4, -1, 0, 100}},
       {0.0420100661, 0.114195199, 0.843794734, 0, 0, 1}},
      {"%x: tensor<2x2xf32>",
       "prim.softmax %x dim 0 : tensor<2x2xf32>",
       {{1, 2, -1, 0}},
       {0.880797078, 0.880797078, 0.119202922, 0.119202922}},
      {"%x: tensor<?x3xf32>",
       "prim.log_softmax %x dim 1 : tensor<?x3xf32>",
       {{1, 2, 4, -1, 0, 100}},
       {-3.16984602, -2.16984602, -0.16984602, -101, -100, 0}},
      {"%x: tensor<?x3xf32>, %l: tensor<?x3xf32>",
       "prim.softmax_crossentropy %x, %l : tensor<?x3xf32>, tensor<?x3xf32>",
       {{1, 2, 4, -1, 0, 100}, {0, 1, 0, 0.25, 0.5, 0.25}},
       {2.16984602, 75.25}},
      {"%x: tensor<?x3xf32>, %m: tensor<3xf32>",
       "prim.squared_deviations %x from %m over [0] : tensor<?x3xf32>, "
       "tensor<3xf32>",
       {{1, 2, 4, -1, 0, 100}, {0, 1, 52}},
       {2, 2, 4608}},
  };
}

} // namespace dlc::test
