// Calls of routines that the tests emit and run, as MLIR.
#include "test/compiler/emit/cuda/routines/Cases.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dlc::test {
namespace {

using Shape = Case::Shape;

std::string toText(const Shape &list) {
  return list.empty() ? "array<i64>"
                      : fmt::format("array<i64: {}>", fmt::join(list, ", "));
}

std::string tensor(const Shape &shape, const std::string &type) {
  std::string text = "tensor<";
  for (int64_t size : shape)
    text += (size < 0 ? std::string("?") : std::to_string(size)) + "x";
  return text + type + ">";
}

std::string dot(const Shape &lhsBatch, const Shape &rhsBatch,
                const Shape &lhsContract, const Shape &rhsContract,
                const std::string &more = "") {
  return fmt::format("lhs_batch = {}, rhs_batch = {}, lhs_contract = {}, "
                     "rhs_contract = {}{}",
                     toText(lhsBatch), toText(rhsBatch), toText(lhsContract),
                     toText(rhsContract), more);
}

std::string pads(const Shape &padding) {
  return fmt::format("[{}, {}]", toText({padding[0], padding[1]}),
                     toText({padding[2], padding[3]}));
}

std::string pool(const Shape &window, const Shape &strides,
                 const Shape &padding) {
  return fmt::format("window = {}, strides = {}, padding = {}", toText(window),
                     toText(strides), pads(padding));
}

constexpr const char *biasAndRelu = ", bias = true, activation = \"relu\"";

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

std::string Case::toMlir() const {
  std::vector<std::string> arguments, names, operandTypes;
  for (size_t i = 0; i < operands.size(); ++i) {
    operandTypes.push_back(
        tensor(operands[i], i < types.size() ? types[i] : "f32"));
    names.push_back(fmt::format("%a{}", i));
    arguments.push_back(fmt::format("{}: {}", names[i], operandTypes[i]));
  }
  std::vector<std::string> made = {tensor(result, resultType)};
  std::vector<std::string> values = {"%y#0"};
  for (const Shape &shape : more) {
    values.push_back(fmt::format("%y#{}", made.size()));
    bool isOfRank = shape.size() == result.size();
    made.push_back(tensor(shape, isOfRank ? resultType : "f32"));
  }
  std::string config = this->config;
  if (!precision.empty())
    config += fmt::format(", precision = \"{}\"", precision);
  return fmt::format(
      "func.func @{0}({1}) -> ({2}) {{\n"
      "  %y:{7} = kernel.library \"{0}\" \"{3}\" {{{4}}} flops 1.0 ({5}) : "
      "({6}) -> ({2}) loc(fused[\"{0}_a\", \"{0}_b\"])\n"
      "  return {8} : {2}\n}}\n",
      name, fmt::join(arguments, ", "), fmt::join(made, ", "), routine, config,
      fmt::join(names, ", "), fmt::join(operandTypes, ", "), made.size(),
      fmt::join(values, ", "));
}

std::vector<Case> listDots() {
  return {
      {"dense",
       "dot",
       dot({}, {}, {1}, {0}, biasAndRelu),
       {{-1, 36}, {36, 20}, {20}},
       {-1, 20}},
      {"dense_wide",
       "dot",
       dot({}, {}, {1}, {0}, ", bias = true"),
       {{-1, 784}, {784, 136}, {136}},
       {-1, 136},
       130},
      {"dense_odd",
       "dot",
       dot({}, {}, {1}, {0}),
       {{-1, 37}, {37, 11}},
       {-1, 11},
       70},
      {"dense_square",
       "dot",
       dot({}, {}, {1}, {0}),
       {{-1, 64}, {64, 256}},
       {-1, 256},
       256},
      {"dense_large",
       "dot",
       dot({}, {}, {2}, {0}, biasAndRelu),
       {{-1, 12, 32}, {32, 640}, {640}},
       {-1, 12, 640},
       200},
      {"dense_one",
       "dot",
       dot({}, {}, {1}, {0}, ", bias = true"),
       {{-1, 100}, {100, 1}, {1}},
       {-1, 1}},
      {"dense_one_relu",
       "dot",
       dot({}, {}, {1}, {0}, biasAndRelu),
       {{-1, 5}, {5, 3}, {3}},
       {-1, 3}},
      {"input_grad",
       "dot",
       dot({}, {}, {1}, {1}),
       {{-1, 40}, {24, 40}},
       {-1, 24},
       33},
      {"kernel_grad",
       "dot",
       dot({}, {}, {0}, {0}),
       {{-1, 24}, {-1, 40}},
       {24, 40},
       300},
      {"kernel_grad_odd",
       "dot",
       dot({}, {}, {0}, {0}),
       {{-1, 13}, {-1, 9}},
       {13, 9},
       600},
      {"kernel_grad_one",
       "dot",
       dot({}, {}, {0}, {0}),
       {{-1, 50}, {-1, 1}},
       {50, 1},
       90},
      {"sequence",
       "dot",
       dot({}, {}, {2}, {0}, biasAndRelu),
       {{-1, 6, 16}, {16, 8}, {8}},
       {-1, 6, 8}},
      {"sequence_grad",
       "dot",
       dot({}, {}, {0, 1}, {0, 1}),
       {{-1, 6, 16}, {-1, 6, 8}},
       {16, 8},
       100},
      {"swapped_grad",
       "dot",
       dot({}, {}, {1, 0}, {1, 0}),
       {{-1, 6, 16}, {-1, 6, 8}},
       {16, 8}},
      {"scores",
       "dot",
       dot({0, 2}, {0, 2}, {3}, {3}),
       {{-1, 10, 2, 8}, {-1, 10, 2, 8}},
       {-1, 2, 10, 10}},
      {"attend",
       "dot",
       dot({0, 1}, {0, 2}, {3}, {1}),
       {{-1, 2, 10, 10}, {-1, 10, 2, 8}},
       {-1, 2, 10, 8}},
      {"batched",
       "dot",
       dot({0}, {0}, {1}, {2}),
       {{-1, 12, 20}, {-1, 7, 12}},
       {-1, 20, 7}},
      {"fixed_batch",
       "dot",
       dot({0}, {0}, {2}, {1}),
       {{3, 36, 40}, {3, 40, 44}},
       {3, 36, 44}},
      {"batched_rows",
       "dot",
       dot({0, 1}, {0, 1}, {2}, {2}),
       {{-1, 6, 70}, {-1, 6, 70}},
       {-1, 6}},
      {"weights_first",
       "dot",
       dot({}, {}, {0}, {1}),
       {{40, 20}, {36, 40}},
       {20, 36}},
      {"matrix_vector", "dot", dot({}, {}, {1}, {0}), {{-1, 9}, {9}}, {-1}},
      {"vector_rows", "dot", dot({}, {}, {0}, {1}), {{33}, {-1, 33}}, {-1}},
      {"inner", "dot", dot({}, {}, {0}, {0}), {{700}, {700}}, {}},
      {"bias_of_rows",
       "dot",
       dot({}, {}, {1}, {0}, biasAndRelu),
       {{40, 9}, {9}, {40}},
       {40}},
      {"bias_within",
       "dot",
       dot({}, {}, {1}, {0}, ", bias = true"),
       {{-1, 8}, {8, 3, 5}, {5}},
       {-1, 3, 5}},
  };
}

std::vector<Case> listConvolutions() {
  std::vector<Case> cases;
  for (size_t i = 0; i < std::size(convolutions); ++i)
    addConvolution(cases, convolutions[i], i);
  return cases;
}

std::vector<Case> listPools() {
  struct PoolCase {
    std::string name;
    Shape x, window, strides, padding, y;
  };
  const PoolCase pools[] = {
      {"two", {-1, 8, 6, 8}, {2, 2}, {2, 2}, {0, 0, 0, 0}, {-1, 4, 3, 8}},
      {"odd", {-1, 7, 5, 3}, {2, 2}, {2, 2}, {0, 0, 0, 0}, {-1, 3, 2, 3}},
      {"same", {-1, 7, 8, 4}, {3, 3}, {2, 2}, {1, 1, 0, 1}, {-1, 4, 4, 4}},
      {"dense", {-1, 5, 6, 5}, {3, 2}, {1, 1}, {1, 1, 0, 1}, {-1, 5, 6, 5}},
      {"gaps", {-1, 9, 7, 2}, {2, 1}, {3, 2}, {0, 0, 0, 0}, {-1, 3, 4, 2}},
      {"whole", {-1, 4, 5, 12}, {4, 5}, {1, 1}, {0, 0, 0, 0}, {-1, 1, 1, 12}},
      {"pixel", {-1, 1, 1, 6}, {2, 2}, {1, 1}, {1, 0, 0, 1}, {-1, 1, 1, 6}},
  };
  std::vector<Case> cases;
  for (const PoolCase &it : pools) {
    std::string config = pool(it.window, it.strides, it.padding);
    auto add = [&](const char *routine, std::vector<Shape> operands,
                   const Shape &result) {
      Case added{fmt::format("{}_{}", routine, it.name), routine, config,
                 std::move(operands), result};
      added.ties = true;
      cases.push_back(added);
    };
    add("max_pool2d", {it.x}, it.y);
    add("max_pool2d_grad", {it.x, it.y}, it.x);
    add("max_pool2d_pick", {it.x, it.x}, it.y);
    add("avg_pool2d", {it.x}, it.y);
    add("avg_pool2d_grad", {it.y}, it.x);
  }
  return cases;
}

std::vector<Case> listMovements() {
  auto padding = [](const Shape &low, const Shape &high, const Shape &interior,
                    const char *value) {
    return fmt::format("low = {}, high = {}, interior = {}, value = {} : f32",
                       toText(low), toText(high), toText(interior), value);
  };
  std::vector<Case> cases{
      {"pad_images",
       "pad",
       padding({0, 1, 2, 0}, {0, 1, 0, 0}, {0, 0, 0, 0}, "0.0"),
       {{-1, 5, 4, 8}},
       {-1, 7, 6, 8}},
      {"pad_last",
       "pad",
       padding({0, 0, 2}, {0, 0, 1}, {0, 0, 0}, "-1.5"),
       {{-1, 3, 5}},
       {-1, 3, 8}},
      {"pad_between",
       "pad",
       padding({0, 0, 1, 0}, {0, 2, 0, 0}, {0, 1, 2, 0}, "0.0"),
       {{-1, 3, 4, 3}},
       {-1, 7, 11, 3}},
      {"pad_infinite",
       "pad",
       padding({0, 1}, {0, 1}, {0, 1}, "0xFF800000"),
       {{-1, 6}},
       {-1, 13}},
      {"pad_nothing",
       "pad",
       padding({0, 0}, {0, 0}, {0, 0}, "0.0"),
       {{-1, 6}},
       {-1, 6}},
      {"pad_weights",
       "pad",
       padding({1, 0}, {2, 0}, {1, 0}, "2.0"),
       {{3, 8}},
       {8, 8}},
      {"pad_scalar", "pad", padding({}, {}, {}, "2.0"), {{}}, {}},
      {"pad_flags",
       "pad",
       padding({0, 1}, {0, 2}, {0, 0}, "1.0"),
       {{-1, 4}},
       {-1, 7}},
      {"pad_numbers",
       "pad",
       padding({0, 1}, {0, 3}, {0, 0}, "-7.0"),
       {{-1, 4}},
       {-1, 8}},
      {"concat_channels",
       "concat",
       "dim = 3 : i64",
       {{-1, 3, 2, 8}, {-1, 3, 2, 4}, {-1, 3, 2, 12}},
       {-1, 3, 2, 24}},
      {"concat_odd",
       "concat",
       "dim = 1 : i64",
       {{-1, 3, 5}, {-1, 1, 5}},
       {-1, 4, 5}},
      {"concat_rows", "concat", "dim = 0 : i64", {{3, 5}, {1, 5}}, {4, 5}},
      {"concat_one", "concat", "dim = 1 : i64", {{-1, 3}}, {-1, 3}},
      {"concat_numbers",
       "concat",
       "dim = 1 : i64",
       {{-1, 4}, {-1, 8}},
       {-1, 12}},
      {"concat_flags", "concat", "dim = 1 : i64", {{-1, 4}, {-1, 8}}, {-1, 12}},
      {"gather_rows", "gather", "", {{10, 8}, {-1, 3}}, {-1, 3, 8}},
      {"gather_odd", "gather", "", {{7, 3, 3}, {-1}}, {-1, 3, 3}},
      {"gather_elements", "gather", "", {{7}, {-1, 4}}, {-1, 4}},
      {"scatter_rows", "scatter_add", "", {{-1, 30, 8}, {-1, 30}}, {10, 8}, 40},
      {"scatter_wide", "scatter_add", "", {{-1, 300}, {-1}}, {11, 300}, 40},
      {"scatter_odd", "scatter_add", "", {{-1, 7, 3, 3}, {-1, 7}}, {600, 3, 3}},
      {"scatter_elements", "scatter_add", "", {{-1, 200}, {-1, 200}}, {9}},
  };
  Case many{"concat_many", "concat", "dim = 1 : i64", {}, {-1, 140}};
  many.operands.assign(70, {-1, 2});
  cases.push_back(many);
  for (Case &it : cases) {
    if (it.name.ends_with("_flags")) {
      it.types.assign(it.operands.size(), "i1");
      it.resultType = "i1";
    } else if (it.name.ends_with("_numbers")) {
      it.types.assign(it.operands.size(), "i32");
      it.resultType = "i32";
    } else if (it.routine == "gather" || it.routine == "scatter_add") {
      it.types = {"f32", "i32"};
    }
  }
  return cases;
}

namespace {

/// Attention over these sizes, and its gradient.
struct AttentionCase {
  std::string name;
  int64_t t, s, h, k, c, v;
  std::string config = "causal = false, window = 0 : i64, zero_empty = false";
  Shape mask = {};
};

const AttentionCase attentions[] = {
    {"small", 5, 7, 2, 2, 3, 4},
    {"tiles", 64, 128, 1, 1, 16, 32},
    {"causal", 70, 67, 2, 2, 8, 20,
     "causal = true, window = 0 : i64, zero_empty = false"},
    {"grouped", 66, 5, 4, 2, 17, 9},
    {"wide", 9, 66, 1, 1, 70, 200},
    {"masked",
     67,
     9,
     2,
     1,
     4,
     4,
     "causal = true, window = 0 : i64, zero_empty = false",
     {-1, 1, 1, 9}},
    {"masked_empty",
     6,
     65,
     2,
     2,
     4,
     4,
     "causal = true, window = 3 : i64, zero_empty = true",
     {1, 2, 6, 65}},
    {"window", 80, 70, 1, 1, 4, 4,
     "causal = false, window = 4 : i64, zero_empty = false"},
};

// Rows beyond one block and columns beyond one tile, heads of widths that
// copies of 2 to 16 bytes go by, and one that is too wide for tensor cores.
const AttentionCase tensorAttentions[] = {
    {"grouped", 66, 5, 4, 2, 17, 9},
    {"wide", 9, 66, 1, 1, 70, 200},
    {"long", 150, 70, 1, 1, 64, 64,
     "causal = true, window = 0 : i64, zero_empty = false"},
    {"masked",
     67,
     40,
     2,
     1,
     80,
     36,
     "causal = true, window = 0 : i64, zero_empty = false",
     {-1, 1, 1, 40}},
    {"widest", 20, 70, 1, 1, 128, 128,
     "causal = false, window = 9 : i64, zero_empty = true"},
};

/// The call and its gradient, of heads of type `type`.
void addAttention(std::vector<Case> &cases, const AttentionCase &it,
                  const std::string &type, const std::string &precision) {
  std::string suffix = it.name + (precision.empty() ? "" : "_" + precision);
  Shape query = {-1, it.t, it.h, it.c}, key = {-1, it.s, it.k, it.c};
  Shape value = {-1, it.s, it.k, it.v}, y = {-1, it.t, it.h, it.v};
  Shape rows = {-1, it.t, it.h};
  Case forward{
      "attention_" + suffix, "attention", "scale = 0.3 : f32, " + it.config,
      {query, key, value},   y,           2};
  forward.more = {rows};
  Case backward{"attention_grad_" + suffix,
                "attention_grad",
                forward.config,
                {query, key, value, rows, rows, y},
                query,
                2};
  backward.more = {key, value};
  for (Case *one : {&forward, &backward}) {
    for (const Shape &operand : one->operands)
      one->types.push_back(operand == rows ? "f32" : type);
    if (!it.mask.empty()) {
      one->types.emplace_back("i1");
      one->operands.push_back(it.mask);
    }
    one->resultType = type;
    one->precision = precision;
    cases.push_back(*one);
  }
}

} // namespace

std::vector<Case> listAttention() {
  std::vector<Case> cases;
  for (const AttentionCase &it : attentions)
    addAttention(cases, it, "f32", "");
  return cases;
}

std::vector<Case> listTensorAttention() {
  std::vector<Case> cases;
  for (const AttentionCase &it : tensorAttentions) {
    bool isGrouped = it.name == "grouped";
    addAttention(cases, it, "bf16", "bf16");
    if (isGrouped || it.name == "masked")
      addAttention(cases, it, "f32", "tf32");
    if (isGrouped) {
      addAttention(cases, it, "f16", "f16");
      addAttention(cases, it, "f32", "tf32x3");
    }
  }
  return cases;
}

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

std::vector<Case> listCases() {
  std::vector<Case> cases = listDots();
  for (auto list : {listConvolutions, listPools, listMovements, listAttention,
                    listTensorAttention, listTensorCases, listHalfCases})
    for (Case &it : list())
      cases.push_back(std::move(it));
  return cases;
}

} // namespace dlc::test
