// Calls of routines that the tests emit and run, as MLIR.
#include "test/compiler/emit/cuda/routines/cases/Config.h"

#include <fmt/ranges.h>

namespace dlc::test {

std::string toText(const Shape &list) {
  return list.empty() ? "array<i64>"
                      : fmt::format("array<i64: {}>", fmt::join(list, ", "));
}

std::string pads(const Shape &padding) {
  return fmt::format("[{}, {}]", toText({padding[0], padding[1]}),
                     toText({padding[2], padding[3]}));
}

/// A tensor's type.
static std::string tensor(const Shape &shape, const std::string &type) {
  std::string text = "tensor<";
  for (int64_t size : shape)
    text += (size < 0 ? std::string("?") : std::to_string(size)) + "x";
  return text + type + ">";
}

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

std::vector<Case> listCases() {
  std::vector<Case> cases = listDots();
  for (auto list : {listConvolutions, listPools, listMovements, listAttention,
                    listTensorAttention, listTensorCases, listHalfCases})
    for (Case &it : list())
      cases.push_back(std::move(it));
  return cases;
}

} // namespace dlc::test
