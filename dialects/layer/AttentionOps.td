// Layers of attention: config keys as attributes, no mathematics. The
// parameters of their calls stand beside their shape rules in layers/attention.

#ifndef DLC_ATTENTION_OPS
#define DLC_ATTENTION_OPS

include "dialects/layer/LayerBase.td"

// What is given beside the tensors of one call.
defvar attentionCall = (ins
    DefaultBoolAttr<"false">:$use_causal_mask,
    DefaultBoolAttr<"false">:$return_attention_scores);

// The output, and with return_attention_scores the probabilities before any of
// them is dropped.
defvar attentionResults = (outs LayerTensor:$result,
                                Optional<LayerTensor>:$scores);
defvar attentionDeclarations = [{
  static ::llvm::LogicalResult inferResults(
      std::optional<::mlir::Location> loc, Adaptor layer,
      ::llvm::SmallVectorImpl<::mlir::Type> &types);
}];

//===-- Heads -------------------------------------------------------------===//

class HeadsLayerOp<string mnemonic, string kerasClass, dag config>
    : NamedLayerOp<mnemonic, kerasClass, !con(config, attentionCall),
                   ["weights", "expandAll"]> {
  let results = attentionResults;
  let extraClassDeclaration = attentionDeclarations;
}

// What all projections are built with.
defvar projectionConfig = (ins
    DefaultObjectAttr<"glorot_uniform">:$kernel_initializer,
    DefaultObjectAttr<"zeros">:$bias_initializer,
    NullableObjectAttr:$kernel_regularizer,
    NullableObjectAttr:$bias_regularizer,
    NullableObjectAttr:$activity_regularizer,
    NullableObjectAttr:$kernel_constraint,
    NullableObjectAttr:$bias_constraint,
    DefaultBoolAttr<"false">:$use_gate,
    NullableNumberAttr:$seed);

def MultiHeadAttentionOp
    : HeadsLayerOp<"multi_head_attention", "MultiHeadAttention", !con((ins
          I64Attr:$num_heads, I64Attr:$key_dim, NullableIntAttr:$value_dim,
          DefaultNumberAttr<"0.0">:$dropout, DefaultBoolAttr<"true">:$use_bias,
          NullableIntsAttr:$output_shape, NullableIntsAttr:$attention_axes,
          NullableIntAttr:$sliding_window), projectionConfig)> {
  let summary = "Each head mixes values by how its queries match its keys";
  let description = [{
    The tensors are query, value and, where it is not value, key; then those that
    `arguments` names: value_mask, key_mask and attention_mask, which tell what
    may be attended to.
  }];
}

def GroupQueryAttentionOp
    : HeadsLayerOp<"group_query_attention", "GroupQueryAttention", !con((ins
          I64Attr:$head_dim, I64Attr:$num_query_heads,
          I64Attr:$num_key_value_heads, DefaultNumberAttr<"0.0">:$dropout,
          DefaultBoolAttr<"true">:$use_bias, NullableIntAttr:$sliding_window),
          projectionConfig)> {
  let summary = "MultiHeadAttention whose keys and values serve several heads";
}

//===-- One head ----------------------------------------------------------===//

class OneHeadLayerOp<string mnemonic, string kerasClass, dag config>
    : MergeLayerOp<mnemonic, kerasClass, !con(config, attentionCall),
                   ["weights", "expandAll", "getCallKeys"]> {
  let results = attentionResults;
  let extraClassDeclaration = attentionDeclarations;
  let description = "The tensors are query, value and, where it is not value, key.";
}

def AttentionOp : OneHeadLayerOp<"attention", "Attention", (ins
    DefaultBoolAttr<"false">:$use_scale, DefaultStrAttr<"dot">:$score_mode,
    DefaultNumberAttr<"0.0">:$dropout, NullableNumberAttr:$seed)> {
  let summary = "Values mixed by how queries match keys, by products or sums";
}

def AdditiveAttentionOp
    : OneHeadLayerOp<"additive_attention", "AdditiveAttention", (ins
          DefaultBoolAttr<"true">:$use_scale, DefaultNumberAttr<"0.0">:$dropout,
          NullableNumberAttr:$seed)> {
  let summary = "Values mixed by a learnt sum of tanh(query + key)";
}

#endif // DLC_ATTENTION_OPS
