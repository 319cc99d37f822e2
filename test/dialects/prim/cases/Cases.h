// Small functions around one prim each, and the tables that hold them.
#pragma once

#include "dialects/prim/Prim.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "test/dialects/prim/evaluate/Evaluate.h"
#include <random>
#include <set>
#include <string>
#include <vector>

namespace dlc::test {

/// A function with these arguments that returns the results of this op.
struct OneOp {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  mlir::Operation *op;
};

/// A context with the dialects of the tests.
mlir::MLIRContext &getContext();

/// `arguments` as in "%x: tensor<2xf32>" and `op` as in "prim.exp %x : ...".
/// Fails the running test, and returns a null module, if they do not parse.
OneOp parse(const std::string &arguments, const std::string &op);

/// An op, its inputs and what comes out for a batch of 2, one result after the
/// other. The results were worked out by hand or come from JAX.
struct ValueCase {
  std::string arguments, op;
  std::vector<std::vector<double>> inputs;
  std::vector<double> expected;
};

std::vector<ValueCase> getElementwiseValues();
std::vector<ValueCase> getTensorValues();
std::vector<ValueCase> getWindowValues();
std::vector<ValueCase> getAttentionValues();
std::vector<ValueCase> getAllValues();

/// An op whose gradient is compared with finite differences for a batch of 3,
/// at random numbers of [low, high).
struct GradientCase {
  std::string arguments, op;
  double low = -2, high = 2;
  /// This operand's rows are made to sum to 1, as labels', and it has no
  /// gradient by definition.
  int labels = -1;
};

std::vector<GradientCase> getGradients();

/// A random tensor of this type for a batch of n: f32 in [low, high), i32 from
/// -3 to 3.
Array draw(std::mt19937 &generator, mlir::Type type, int64_t n, double low,
           double high);

/// The names of all ops of the dialect.
std::set<std::string> getOpNames();

} // namespace dlc::test
