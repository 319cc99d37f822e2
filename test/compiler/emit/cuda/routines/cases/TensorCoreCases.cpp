// Calls in the precisions of tensor cores.
#include "test/compiler/emit/cuda/routines/cases/Config.h"

#include <algorithm>

namespace dlc::test {

std::vector<Case> listTensorCases() {
  // Both factors along their depth and across it, wide accesses and single
  // ones, slices, groups, phases, padding, and results with odd sizes.
  static const char *const both[] = {
      "dense_odd", "input_grad",           "kernel_grad",
      "conv_odd",  "conv_same_input_grad", "conv_strided_kernel_grad"};
  static const char *const tf32[] = {"dense_wide",
                                     "kernel_grad_odd",
                                     "scores",
                                     "attend",
                                     "batched",
                                     "bias_within",
                                     "conv_wide",
                                     "conv_strides",
                                     "conv_strides_input_grad",
                                     "conv_dilated",
                                     "conv_dilated_strided_input_grad",
                                     "conv_pointwise_input_grad",
                                     "conv_grouped_input_grad",
                                     "conv_grouped_odd",
                                     "conv_grouped_odd_kernel_grad"};
  std::vector<Case> plain = listDots(), cases;
  for (Case &it : listConvolutions())
    plain.push_back(std::move(it));
  auto add = [&](const Case &it, const char *precision) {
    Case added = it;
    added.name += std::string("_") + precision;
    added.precision = precision;
    cases.push_back(std::move(added));
  };
  for (const Case &it : plain) {
    auto isIt = [&](const char *name) { return it.name == name; };
    bool isBoth = std::any_of(std::begin(both), std::end(both), isIt);
    if (isBoth || std::any_of(std::begin(tf32), std::end(tf32), isIt))
      add(it, "tf32");
    if (isBoth)
      add(it, "tf32x3");
  }
  return cases;
}

std::vector<Case> listHalfCases() {
  // Accesses of 16, 8, 4 and 2 bytes, along the depth and across it, few rows
  // or columns, slices, batches, groups, phases, dilation, and a bias.
  static const char *const both[] = {"dense",
                                     "dense_odd",
                                     "input_grad",
                                     "kernel_grad",
                                     "conv_same",
                                     "conv_same_input_grad",
                                     "conv_strided_kernel_grad",
                                     "conv_depthwise",
                                     "conv_depthwise_kernel_grad",
                                     "max_pool2d_same",
                                     "max_pool2d_grad_odd",
                                     "avg_pool2d_same",
                                     "gather_odd",
                                     "scatter_rows"};
  static const char *const bf16[] = {"dense_wide",
                                     "dense_square",
                                     "dense_one_relu",
                                     "kernel_grad_odd",
                                     "kernel_grad_one",
                                     "sequence",
                                     "sequence_grad",
                                     "scores",
                                     "attend",
                                     "batched",
                                     "batched_rows",
                                     "weights_first",
                                     "matrix_vector",
                                     "inner",
                                     "bias_of_rows",
                                     "bias_within",
                                     "conv_first",
                                     "conv_first_kernel_grad",
                                     "conv_wide",
                                     "conv_odd",
                                     "conv_odd_input_grad",
                                     "conv_strides",
                                     "conv_strides_input_grad",
                                     "conv_strides_kernel_grad",
                                     "conv_dilated",
                                     "conv_dilated_strided_input_grad",
                                     "conv_pointwise",
                                     "conv_pointwise_input_grad",
                                     "conv_pointwise_strided_input_grad",
                                     "conv_one_pixel_padded",
                                     "conv_grouped",
                                     "conv_grouped_input_grad",
                                     "conv_grouped_odd",
                                     "conv_grouped_odd_kernel_grad",
                                     "conv_depthwise_strided",
                                     "conv_depthwise_input_grad",
                                     "conv_depthwise_multiplied",
                                     "max_pool2d_odd",
                                     "max_pool2d_pick_same",
                                     "avg_pool2d_grad_odd",
                                     "avg_pool2d_grad_same",
                                     "gather_rows",
                                     "gather_elements",
                                     "scatter_odd"};
  std::vector<Case> plain = listDots(), cases;
  for (auto list : {listConvolutions, listPools, listMovements})
    for (Case &it : list())
      plain.push_back(std::move(it));
  auto add = [&](const Case &it, const char *type) {
    Case added = it;
    added.name += std::string("_") + type;
    added.types.resize(it.operands.size());
    for (std::string &each : added.types)
      if (each != "i32")
        each = type;
    added.resultType = type;
    if (it.isContraction())
      added.precision = type;
    cases.push_back(std::move(added));
  };
  auto find = [&](const char *name) {
    return *std::find_if(plain.begin(), plain.end(),
                         [&](const Case &it) { return it.name == name; });
  };
  for (const char *name : both)
    for (const char *type : {"bf16", "f16"})
      add(find(name), type);
  for (const char *name : bf16)
    add(find(name), "bf16");
  return cases;
}

} // namespace dlc::test
