// Names and sizes of PTX's types.
#include "tools/ptx-sim/engine/ptx/Ast.h"

#include <utility>

using namespace ptxsim::ptx;

namespace {
struct Row {
  std::string_view name;
  Type type;
  unsigned bits;
};
} // namespace

static constexpr Row rows[] = {
    {"pred", Type::Pred, 1},      {"b8", Type::B8, 8},
    {"b16", Type::B16, 16},       {"b32", Type::B32, 32},
    {"b64", Type::B64, 64},       {"u8", Type::U8, 8},
    {"u16", Type::U16, 16},       {"u32", Type::U32, 32},
    {"u64", Type::U64, 64},       {"s8", Type::S8, 8},
    {"s16", Type::S16, 16},       {"s32", Type::S32, 32},
    {"s64", Type::S64, 64},       {"f16", Type::F16, 16},
    {"bf16", Type::BF16, 16},     {"f16x2", Type::F16x2, 32},
    {"bf16x2", Type::BF16x2, 32}, {"tf32", Type::TF32, 32},
    {"f32", Type::F32, 32},       {"f64", Type::F64, 64},
};

std::optional<Type> ptxsim::ptx::parseType(std::string_view word) {
  for (const Row &row : rows)
    if (row.name == word)
      return row.type;
  return std::nullopt;
}

unsigned ptxsim::ptx::bitsOf(Type type) {
  for (const Row &row : rows)
    if (row.type == type)
      return row.bits;
  return 0;
}

bool ptxsim::ptx::isFloat(Type type) { return type >= Type::F16; }

bool ptxsim::ptx::isSigned(Type type) {
  return type >= Type::S8 && type <= Type::S64;
}
