// Mistakes in layers of attention and in functions of keras.ops for masks.
// RUN: dlc-opt %s --split-input-file --verify-diagnostics

layer.model @no_value {
  %x = layer.input "x" {shape = [5, 6]}
  // expected-error @+1 {{layer.multi_head_attention "a": is given no value but computes with one; give it}}
  %y = layer.multi_head_attention "a" %x {num_heads = 2, key_dim = 3} : tensor<?x5x6xf32>
  layer.output %y : tensor<?x5x6xf32>
}

// -----

layer.model @unknown_tensor {
  %x = layer.input "x" {shape = [5, 6]}
  // expected-error @+1 {{layer.multi_head_attention "a": is given the tensor "values" but its call takes query, value, key, query_mask, value_mask, key_mask, attention_mask; choose one of these}}
  %y = layer.multi_head_attention "a" %x, %x {num_heads = 2, key_dim = 3, arguments = ["query", "values"]} : tensor<?x5x6xf32>, tensor<?x5x6xf32>
  layer.output %y : tensor<?x5x6xf32>
}

// -----

layer.model @heads {
  %x = layer.input "x" {shape = [5, 6]}
  // expected-error @+1 {{layer.multi_head_attention "a": the number of heads is 0 but must be at least 1; give a positive number}}
  %y = layer.multi_head_attention "a" %x, %x {num_heads = 0, key_dim = 3} : tensor<?x5x6xf32>, tensor<?x5x6xf32>
  layer.output %y : tensor<?x5x6xf32>
}

// -----

layer.model @rank {
  %x = layer.input "x" {shape = [6]}
  // expected-error @+1 {{layer.multi_head_attention "a": is given the query 'tensor<?x6xf32>' but queries have the batch, places and features: a rank of at least 3; reshape it}}
  %y = layer.multi_head_attention "a" %x, %x {num_heads = 1, key_dim = 3} : tensor<?x6xf32>, tensor<?x6xf32>
  layer.output %y : tensor<?x6xf32>
}

// -----

layer.model @keys {
  %x = layer.input "x" {shape = [5, 6]}
  %k = layer.input "k" {shape = [4, 6]}
  // expected-error @+1 {{layer.multi_head_attention "a": is given the query tensor<?x5x6xf32>, the value tensor<?x5x6xf32> and the key tensor<?x4x6xf32> but each value has a key; give as many of both}}
  %y = layer.multi_head_attention "a" %x, %x, %k {num_heads = 1, key_dim = 3} : tensor<?x5x6xf32>, tensor<?x5x6xf32>, tensor<?x4x6xf32>
  layer.output %y : tensor<?x5x6xf32>
}

// -----

layer.model @axes {
  %x = layer.input "x" {shape = [5, 6]}
  // expected-error @+1 {{but attention_axes are none of their places; choose from 1 to 1}}
  %y = layer.multi_head_attention "a" %x, %x {num_heads = 1, key_dim = 3, attention_axes = 2} : tensor<?x5x6xf32>, tensor<?x5x6xf32>
  layer.output %y : tensor<?x5x6xf32>
}

// -----

layer.model @mask {
  %x = layer.input "x" {shape = [5, 6]}
  %m = layer.input "m" {shape = [4, 5]}
  // expected-error @+1 {{layer.multi_head_attention "a": attention_mask is tensor<?x4x5xf32> but the scores are tensor<?x2x5x5xf32>; give a mask of their places, for each sample or head}}
  %y = layer.multi_head_attention "a" %x, %x, %m {num_heads = 2, key_dim = 3, arguments = ["query", "value", "attention_mask"]} : tensor<?x5x6xf32>, tensor<?x5x6xf32>, tensor<?x4x5xf32>
  layer.output %y : tensor<?x5x6xf32>
}

// -----

layer.model @shared_heads {
  %x = layer.input "x" {shape = [5, 6]}
  // expected-error @+1 {{layer.group_query_attention "a": 3 heads of queries share 2 of keys and values but each of these serves as many; choose a multiple}}
  %y = layer.group_query_attention "a" %x, %x {head_dim = 2, num_query_heads = 3, num_key_value_heads = 2} : tensor<?x5x6xf32>, tensor<?x5x6xf32>
  layer.output %y : tensor<?x5x6xf32>
}

// -----

layer.model @one_head {
  %x = layer.input "x" {shape = [5, 6]}
  %v = layer.input "v" {shape = [5, 4]}
  // expected-error @+1 {{layer.attention "a": is given 'tensor<?x5x6xf32>', 'tensor<?x5x4xf32>' but queries [n, t, c] meet keys [n, s, c] of values [n, s, v]; reshape or project them}}
  %y = layer.attention "a" %x, %v : tensor<?x5x6xf32>, tensor<?x5x4xf32>
  layer.output %y : tensor<?x5x4xf32>
}

// -----

layer.model @pooled {
  %x = layer.input "x" {shape = [5, 6]}
  %m = layer.input "m" {shape = [6]}
  // expected-error @+1 {{layer.global_average_pooling1d "g": mask is 'tensor<?x6xf32>' but its input is 'tensor<?x5x6xf32>'; give one number for each step}}
  %y = layer.global_average_pooling1d "g" %x, %m : tensor<?x5x6xf32>, tensor<?x6xf32>
  layer.output %y : tensor<?x6xf32>
}

// -----

layer.model @cumsum {
  %x = layer.input "x" {shape = [5]}
  // expected-error @+1 {{layer.op_cumsum "c": axis is null, which sums over all of 'tensor<?x5xf32>' but samples are independent; choose a dimension beside the batch}}
  %y = layer.op_cumsum "c" %x : tensor<?x5xf32>
  layer.output %y : tensor<?x5xf32>
}

// -----

// Calls of one layer share its config, but not how they are called.
layer.model @shared {
  %x = layer.input "x" {shape = [5, 6]}
  %a = layer.multi_head_attention "a" %x, %x {num_heads = 2, key_dim = 3, use_causal_mask = true} : tensor<?x5x6xf32>, tensor<?x5x6xf32>
  %b = layer.multi_head_attention "a" %a, %x, %x {num_heads = 2, key_dim = 3} : tensor<?x5x6xf32>, tensor<?x5x6xf32>, tensor<?x5x6xf32>
  // expected-error @+1 {{layer.multi_head_attention "a": has another config than its first call but calls of one layer share it; repeat the config or rename one of them}}
  %c = layer.multi_head_attention "a" %b, %x {num_heads = 3, key_dim = 2} : tensor<?x5x6xf32>, tensor<?x5x6xf32>
  layer.output %c : tensor<?x5x6xf32>
}
