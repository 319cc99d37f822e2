// Parses one-op functions and lists the dialect's ops.
#include "test/dialects/prim/cases/Cases.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
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
      "func.func @f(" + arguments + ") {\n  %y = " + op + "\n  return\n}\n";
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
  for (const auto &family : {getTensorValues(), getWindowValues()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

std::set<std::string> getOpNames() {
  std::set<std::string> names;
  for (RegisteredOperationName name : getContext().getRegisteredOperations())
    if (name.getDialectNamespace() == "prim")
      names.insert(name.getStringRef().str());
  return names;
}

} // namespace dlc::test
