// What tests of the layer dialect's mathematics share: build prims, compute.
#pragma once

#include "compiler/train/Autodiff.h"
#include "dialects/layer/Layer.h"
#include "dialects/prim/Build.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "test/dialects/prim/evaluate/Evaluate.h"

#include <functional>
#include <gtest/gtest.h>

namespace dlc::test {

class LayerFixture : public testing::Test {
protected:
  LayerFixture() {
    context.loadDialect<layer::LayerDialect, prim::PrimDialect,
                        mlir::func::FuncDialect, mlir::arith::ArithDialect,
                        mlir::math::MathDialect>();
  }

  using Build = std::function<llvm::SmallVector<mlir::Value>(
      mlir::ImplicitLocOpBuilder &, mlir::ValueRange)>;

  /// What the prims that `build` makes of arguments of these types compute; no
  /// arrays if that fails.
  std::vector<Array> compute(llvm::ArrayRef<mlir::Type> types,
                             llvm::ArrayRef<Array> inputs, int64_t n,
                             const Build &build) {
    auto loc = mlir::UnknownLoc::get(&context);
    mlir::OwningOpRef<mlir::func::FuncOp> func = mlir::func::FuncOp::create(
        loc, "f", mlir::FunctionType::get(&context, types, {}));
    auto b = mlir::ImplicitLocOpBuilder::atBlockEnd(loc, func->addEntryBlock());
    llvm::SmallVector<mlir::Value> results = build(b, func->getArguments());
    mlir::func::ReturnOp::create(b, results);
    func->setFunctionType(
        b.getFunctionType(types, mlir::ValueRange(results).getTypes()));
    auto values = evaluate(*func, inputs, n);
    return succeeded(values) ? *values : std::vector<Array>();
  }

  /// d sum(y) / dx
  mlir::Value gradient(mlir::ImplicitLocOpBuilder &b, mlir::Value y,
                       mlir::Value x) {
    auto gradients =
        train::differentiate(prim::buildSumAll(b, y), mlir::ValueRange{x}, b);
    return succeeded(gradients) ? gradients->front() : mlir::Value();
  }

  /// The op of a layer.compile of this text, without "layer.". It lives as long
  /// as the test.
  mlir::Operation *parseCompiled(const std::string &text) {
    parsed.push_back(mlir::parseSourceString<mlir::ModuleOp>(
        "layer.compile @m { layer." + text + " }", &context));
    if (!parsed.back())
      return nullptr;
    auto compile = *parsed.back()->getOps<layer::CompileOp>().begin();
    return &compile.getBody().front().front();
  }

  mlir::RankedTensorType f32(llvm::ArrayRef<int64_t> shape) {
    return mlir::RankedTensorType::get(shape, mlir::Float32Type::get(&context));
  }

  static void expectNear(llvm::ArrayRef<double> actual,
                         llvm::ArrayRef<double> expected, double tolerance,
                         const std::string &what) {
    ASSERT_EQ(actual.size(), expected.size()) << what;
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(actual[i], expected[i],
                  tolerance * (1 + std::abs(expected[i])))
          << what << " at element " << i;
  }

  mlir::MLIRContext context;

private:
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> parsed;
};

} // namespace dlc::test
