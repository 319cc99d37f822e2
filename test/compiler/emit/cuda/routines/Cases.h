// Calls of routines that the tests emit and run, as MLIR.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dlc::test {

/// One call. Shapes hold -1 for the batch.
struct Case {
  using Shape = std::vector<int64_t>;

  std::string name;
  std::string routine;
  std::string config; // MLIR's text of the dictionary, without braces
  std::vector<Shape> operands;
  Shape result;
  int64_t maxBatch = 5;
  /// Element types of the operands and of the result, "f32" where empty.
  std::vector<std::string> types = {};
  std::string resultType = "f32";
  /// Few distinct values, so that maxima are often shared, and some NaN.
  bool ties = false;
  /// Of a product or of attention: "tf32", "tf32x3", "bf16" or "f16"; float32
  /// by IEEE's rules where empty.
  std::string precision = {};
  /// Further results: of the result's type where they have its rank, else of
  /// float32.
  std::vector<Shape> more = {};

  /// The kernel.library op in a function, with locations of two layers.
  std::string toMlir() const;

  /// Whether it sums products of two arrays.
  bool isContraction() const {
    return routine == "dot" || routine.starts_with("conv2d");
  }
};

std::vector<Case> listDots();
std::vector<Case> listConvolutions();
std::vector<Case> listPools();
std::vector<Case> listMovements();
std::vector<Case> listAttention();
/// Attention on tensor cores, in all of their precisions.
std::vector<Case> listTensorAttention();
/// Dots and convolutions of float32 on tensor cores.
std::vector<Case> listTensorCases();
/// All kinds of routines with arrays of bf16 and f16.
std::vector<Case> listHalfCases();

/// All of them.
std::vector<Case> listCases();

} // namespace dlc::test
