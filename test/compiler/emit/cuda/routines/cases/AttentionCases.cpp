// Attention and its gradient.
#include "test/compiler/emit/cuda/routines/cases/Config.h"

namespace dlc::test {
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

} // namespace dlc::test
