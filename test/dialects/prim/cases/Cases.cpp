// Parses one-op functions and lists the dialect's ops.
#include "test/dialects/prim/cases/Cases.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;

namespace dlc::test {

MLIRContext &getContext() {
  static MLIRContext context;
  context.loadDialect<prim::PrimDialect, func::FuncDialect, arith::ArithDialect,
                      math::MathDialect>();
  return context;
}

OneOp parse(const std::string &arguments, const std::string &op) {
  std::string text =
      "func.func @f(" + arguments + ") {\n  " + op + "\n  return\n}\n";
  auto module = parseSourceString<ModuleOp>(text, &getContext());
  if (!module) {
    ADD_FAILURE() << "does not parse:\n" << text;
    return {};
  }
  auto function = cast<func::FuncOp>(module->getBody()->front());
  Block &block = function.getBody().front();
  Operation *first = &block.front();
  block.getTerminator()->setOperands(first->getResults());
  function.setType(FunctionType::get(&getContext(), function.getArgumentTypes(),
                                     first->getResultTypes()));
  return {std::move(module), function, first};
}

std::vector<ValueCase> getAllValues() {
  std::vector<ValueCase> all = getElementwiseValues();
  for (const auto &family :
       {getTensorValues(), getWindowValues(), getAttentionValues()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

Array draw(std::mt19937 &generator, Type type, int64_t n, double low,
           double high) {
  Array x{getShape(type, n), {}};
  Type element = getElementTypeOrSelf(type);
  for (int64_t i = 0; i < count(x.shape); ++i) {
    double unit = generator() / 4294967296.0;
    if (element.isF32())
      x.data.push_back(static_cast<float>(low + unit * (high - low)));
    else
      x.data.push_back(
          std::floor(element.isInteger(1) ? unit * 2 : unit * 7 - 3));
  }
  return x;
}

std::set<std::string> getOpNames() {
  std::set<std::string> names;
  for (RegisteredOperationName name : getContext().getRegisteredOperations())
    if (name.getDialectNamespace() == "prim")
      names.insert(name.getStringRef().str());
  return names;
}

} // namespace dlc::test
