// What convolutions and pools compute, as JAX does.
#include "test/dialects/prim/cases/Cases.h"

namespace dlc::test {

// x[1, 4, 3, 2], kernel[2, 2, 2, 2], y[1, 3, 2, 2]; nothing special.
static void addPlain(std::vector<ValueCase> &cases) {
  std::string config = "strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] "
                       "groups 1 : ";
  std::string xType = "tensor<1x4x3x2xf32>", kType = "tensor<2x2x2x2xf32>",
              yType = "tensor<1x3x2x2xf32>";
  std::vector<double> x = {-5, 2,  -2, 5, 1,  -3, 4, 0,  -4, 3,  -1, -5,
                           2,  -2, 5,  1, -3, 4,  0, -4, 3,  -1, -5, 2};
  std::vector<double> kernel = {-2, 0, 2,  -1, 1, -2, 0, 2,
                                -1, 1, -2, 0,  2, -1, 1, -2};
  std::vector<double> dy = {-2, 0, 2, -1, 1, -2, 0, 2, -1, 1, -2, 0};
  cases.push_back({"%x: " + xType + ", %k: " + kType,
                   "prim.conv2d %x, %k " + config + xType + ", " + kType,
                   {x, kernel},
                   {3, 14, 6, -6, 1, 9, 4, -11, 10, -7, -20, 17}});
  cases.push_back({"%dy: " + yType + ", %k: " + kType,
                   "prim.conv2d_input_grad %dy, %k " + config + yType + ", " +
                       kType + " -> " + xType,
                   {dy, kernel},
                   {4,  -4, -6, 5, 4,  -2, 0, 8, -2, -12, 1,  8,
                    -1, -5, 7,  3, -4, -4, 2, 2, -1, 1,   -4, -2}});
  cases.push_back(
      {"%x: " + xType + ", %dy: " + yType,
       "prim.conv2d_kernel_grad %x, %dy " + config + xType + ", " + yType +
           " -> " + kType,
       {x, dy},
       {-2, -12, 6, -1, 3, 10, -22, -12, -20, 10, 10, -1, 18, -12, -18, 10}});
}

// Two groups, strides, one-sided padding and dilation, all different.
static void addGrouped(std::vector<ValueCase> &cases) {
  std::string config = "strides [2, 1] padding [1, 0, 0, 1] dilation [1, 2] "
                       "groups 2 : ";
  std::string xType = "tensor<1x3x3x4xf32>", kType = "tensor<2x2x2x2xf32>",
              yType = "tensor<1x2x2x2xf32>";
  std::vector<double> x = {-5, 2,  -2, 5,  1,  -3, 4,  0,  -4, 3,  -1, -5,
                           2,  -2, 5,  1,  -3, 4,  0,  -4, 3,  -1, -5, 2,
                           -2, 5,  1,  -3, 4,  0,  -4, 3,  -1, -5, 2,  -2};
  std::vector<double> kernel = {-2, 0, 2,  -1, 1, -2, 0, 2,
                                -1, 1, -2, 0,  2, -1, 1, -2};
  std::vector<double> dy = {-2, 0, 2, -1, 1, -2, 0, 2};
  cases.push_back({"%x: " + xType + ", %k: " + kType,
                   "prim.conv2d %x, %k " + config + xType + ", " + kType,
                   {x, kernel},
                   {-4, 9, 5, 4, -20, 16, 10, 0}});
  cases.push_back(
      {"%dy: " + yType + ", %k: " + kType,
       "prim.conv2d_input_grad %dy, %k " + config + yType + ", " + kType +
           " -> " + xType,
       {dy, kernel},
       {2, 4,  0, 0, -2, -4, -1, 0,  -4, -2, 0, 0, -2, 2, 0, 2, 0, 0,
        0, -2, 1, 0, 4,  -4, -1, -2, -2, 0,  0, 0, 2,  0, 2, 1, 2, 4}});
  cases.push_back(
      {"%x: " + xType + ", %dy: " + yType,
       "prim.conv2d_kernel_grad %x, %dy " + config + xType + ", " + yType +
           " -> " + kType,
       {x, dy},
       {2, -10, -2, -10, 3, 10, -1, -4, 10, -14, -5, 12, 7, -4, -11, 4}});
}

// The first window holds a tie, which its first element wins.
static void addPools(std::vector<ValueCase> &cases) {
  std::string config = " window [2, 2] strides [1, 2] padding [0, 1, 1, 1] : ";
  std::string xType = "tensor<?x3x4x1xf32>", yType = "tensor<?x3x3x1xf32>";
  std::vector<double> x = {1, 1,  -5, 2,  -4, 3,  -3, 4,  -2, 5,  -1, 6,
                           0, -6, 1,  -5, 2,  -4, 3,  -3, 4,  -2, 5,  -1};
  std::vector<double> dy = {-1, 1,  3, 0, 2, -1, 1,  3, 0,
                            2,  -1, 1, 3, 0, 2,  -1, 1, 3};
  std::vector<double> v;
  for (int i = 0; i < 24; ++i)
    v.push_back(i);
  cases.push_back(
      {"%x: " + xType,
       "prim.max_pool2d %x" + config + xType,
       {x},
       {1, 3, 4, -2, 5, 6, -2, 5, 6, 2, 3, -3, 4, 5, -1, 4, 5, -1}});
  cases.push_back(
      {"%x: " + xType + ", %dy: " + yType,
       "prim.max_pool2d_grad %x, %dy" + config + xType + ", " + yType,
       {x, dy},
       {-1, 0, 0, 0, 0, 1, 0,  3, 1, 5, 0, -1,
        0,  0, 0, 0, 2, 0, -1, 1, 2, 0, 1, 5}});
  cases.push_back(
      {"%x: " + xType + ", %v: " + xType,
       "prim.max_pool2d_pick %x, %v" + config + xType + ", " + xType,
       {x, v},
       {0, 5, 7, 8, 9, 11, 8, 9, 11, 16, 18, 19, 20, 22, 23, 20, 22, 23}});
  cases.push_back(
      {"%x: " + xType,
       "prim.avg_pool2d %x" + config + xType,
       {x},
       {-1.5, -1, 3, -3, 1, 5, -2, 2, 6, 1, -1.5, -4, 3, 0.5, -2, 4, 1.5, -1}});
  cases.push_back(
      {"%dy: " + yType,
       "prim.avg_pool2d_grad %dy" + config + yType + " -> " + xType,
       {dy},
       {-0.5, 0.25,  0.25,  1.5, -0.5, 0.75,  0.75,  1,   1,   2,   2,   -0.5,
        1,    -0.25, -0.25, 0.5, 2.5,  -0.25, -0.25, 1.5, 0.5, 0.5, 0.5, 4}});
}

std::vector<ValueCase> getWindowValues() {
  std::vector<ValueCase> cases;
  addPlain(cases);
  addGrouped(cases);
  addPools(cases);
  return cases;
}

} // namespace dlc::test
