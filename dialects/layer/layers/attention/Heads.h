// What MultiHeadAttention and GroupQueryAttention say alike: projections to
// heads, their scores, and a projection of what the heads found.
#pragma once

#include "dialects/layer/layers/Tensors.h"

namespace dlc::layer {

/// The config of a layer of heads, with its defaults resolved against the shape
/// of its query.
struct Heads {
  int64_t queries, keys; // heads; keys and values have as many
  int64_t keyDim, valueDim;
  /// The dimensions of the tensors over which to attend, ascending.
  llvm::SmallVector<int64_t> axes;
  /// What a place of the output holds.
  llvm::SmallVector<int64_t> output;
  std::optional<int64_t> window;
  double dropout;
  bool useBias, useGate, causal, returnScores;
  mlir::Attribute kernelInitializer, biasInitializer;
  mlir::Attribute kernelRegularizer, biasRegularizer, activityRegularizer;
  /// GroupQueryAttention, which takes tensors of rank 3 and names the layers
  /// within "_query_dense" in Keras' weights file, not "query_dense".
  bool isGrouped;
};

/// The keys that both classes have.
template <typename Layer> Heads readCommon(Layer layer) {
  Heads heads;
  heads.window = layer.getSlidingWindow();
  heads.dropout = layer.getDropout();
  heads.useBias = layer.getUseBias();
  heads.useGate = layer.getUseGate();
  heads.causal = layer.getUseCausalMask();
  heads.returnScores = layer.getReturnAttentionScores();
  heads.kernelInitializer = layer.getKernelInitializer();
  heads.biasInitializer = layer.getBiasInitializer();
  heads.kernelRegularizer = layer.getKernelRegularizerAttr();
  heads.biasRegularizer = layer.getBiasRegularizerAttr();
  heads.activityRegularizer = layer.getActivityRegularizerAttr();
  return heads;
}

/// The parameters of both classes' call, and those that are attributes.
llvm::ArrayRef<llvm::StringRef> getHeadsParameters();
llvm::ArrayRef<llvm::StringRef> getHeadsCallKeys();

/// What an error says of sizes and shapes that do not fit; empty if they do.
/// `tensors` hold query and value.
std::string findHeadsProblem(const Heads &heads, const Tensors &tensors);

/// Types of the output and, where they are returned, of the scores.
llvm::SmallVector<mlir::Type> inferHeads(const Heads &heads,
                                         const Tensors &tensors);

/// query, key, gate, value and attention_output, as Keras makes them.
llvm::SmallVector<WeightSpec> listHeadsWeights(const Heads &heads,
                                               const Tensors &tensors);

/// The output and, where they are returned, the scores.
llvm::SmallVector<mlir::Value> expandHeads(mlir::ImplicitLocOpBuilder &b,
                                           ExpandContext &ctx,
                                           const Heads &heads,
                                           const Tensors &tensors);

} // namespace dlc::layer
