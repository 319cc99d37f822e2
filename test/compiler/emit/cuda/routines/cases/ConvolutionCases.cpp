// Convolutions and their gradients.
#include "test/compiler/emit/cuda/routines/cases/Config.h"

namespace dlc::test {
namespace {

/// A convolution and its two gradients.
struct ConvCase {
  std::string name;
  Shape x, kernel; // h, w, c and kh, kw, c / groups, o
  Shape strides = {1, 1};
  Shape padding = {0, 0, 0, 0};
  Shape dilation = {1, 1};
  int64_t groups = 1;
  int64_t maxBatch = 5;
};

const ConvCase convolutions[] = {
    {"first", {9, 9, 3}, {3, 3, 3, 8}},
    {"seed", {12, 12, 1}, {3, 3, 1, 32}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, 20},
    {"same", {7, 6, 8}, {3, 3, 8, 12}, {1, 1}, {1, 1, 1, 1}},
    {"wide", {8, 8, 16}, {3, 3, 16, 64}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1, 9},
    {"odd", {5, 7, 5}, {2, 3, 5, 7}, {1, 1}, {0, 1, 2, 0}},
    {"strided", {8, 9, 4}, {3, 3, 4, 8}, {2, 2}, {0, 1, 1, 1}},
    {"strides", {11, 10, 6}, {5, 4, 6, 3}, {3, 2}, {2, 2, 1, 2}},
    {"long_stride", {9, 9, 4}, {2, 1, 4, 4}, {3, 4}},
    {"dilated", {9, 10, 4}, {3, 2, 4, 5}, {1, 1}, {2, 2, 1, 0}, {2, 3}},
    {"dilated_strided", {9, 11, 3}, {3, 3, 3, 4}, {2, 3}, {1, 1, 2, 2}, {2, 2}},
    {"pointwise", {5, 4, 8}, {1, 1, 8, 20}},
    {"pointwise_strided", {6, 7, 8}, {1, 1, 8, 4}, {2, 2}},
    {"one_pixel", {1, 1, 6}, {1, 1, 6, 10}},
    {"one_pixel_padded", {1, 1, 4}, {3, 3, 4, 4}, {1, 1}, {1, 1, 1, 1}},
    {"whole", {6, 5, 4}, {6, 5, 4, 12}},
    {"grouped", {6, 6, 8}, {3, 3, 4, 8}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 2},
    {"grouped_odd", {6, 5, 6}, {3, 2, 2, 9}, {2, 1}, {1, 0, 0, 1}, {1, 1}, 3},
    {"depthwise", {7, 8, 8}, {3, 3, 1, 8}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 8},
    {"depthwise_strided",
     {9, 8, 5},
     {3, 3, 1, 5},
     {2, 2},
     {0, 1, 1, 1},
     {1, 1},
     5},
    {"depthwise_multiplied",
     {6, 7, 3},
     {2, 3, 1, 6},
     {1, 2},
     {1, 1, 0, 1},
     {1, 1},
     3},
    {"depthwise_dilated",
     {9, 9, 40},
     {3, 3, 1, 40},
     {1, 1},
     {2, 2, 2, 2},
     {2, 2},
     40,
     12},
};

void addConvolution(std::vector<Case> &cases, const ConvCase &conv,
                    size_t which) {
  Shape x{-1, conv.x[0], conv.x[1], conv.x[2]}, y{-1};
  for (int i = 0; i < 2; ++i)
    y.push_back((conv.x[i] + conv.padding[2 * i] + conv.padding[2 * i + 1] -
                 (conv.kernel[i] - 1) * conv.dilation[i] - 1) /
                    conv.strides[i] +
                1);
  int64_t filters = conv.kernel[3];
  y.push_back(filters);
  std::string config = fmt::format(
      "strides = {}, padding = {}, dilation = {}, groups = {} : i64",
      toText(conv.strides), pads(conv.padding), toText(conv.dilation),
      conv.groups);
  bool plain = which % 3 == 0;
  Case forward{"conv_" + conv.name,
               "conv2d",
               config + (plain ? "" : biasAndRelu),
               {x, conv.kernel},
               y};
  if (!plain)
    forward.operands.push_back({filters});
  Case input{"conv_" + conv.name + "_input_grad",
             "conv2d_input_grad",
             config,
             {y, conv.kernel},
             x};
  Case kernel{"conv_" + conv.name + "_kernel_grad",
              "conv2d_kernel_grad",
              config,
              {x, y},
              conv.kernel};
  for (Case *it : {&forward, &input, &kernel}) {
    it->maxBatch = conv.maxBatch;
    cases.push_back(*it);
  }
}

} // namespace

std::vector<Case> listConvolutions() {
  std::vector<Case> cases;
  for (size_t i = 0; i < std::size(convolutions); ++i)
    addConvolution(cases, convolutions[i], i);
  return cases;
}

} // namespace dlc::test
