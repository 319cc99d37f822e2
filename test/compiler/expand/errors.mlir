// What expansion cannot honour is an error that names the layer and the key.
// RUN: dlc-opt %s --expand-layers --split-input-file --verify-diagnostics

layer.model @policy {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.dense "fc": dtype is {class_name = "DTypePolicy", config = {name = "float64"}} but weights are float32 in dlc; build the layer with dtype="mixed_bfloat16", "mixed_float16" or "float32"}}
  %y = layer.dense "fc" %x {units = 3, dtype = {class_name = "DTypePolicy", config = {name = "float64"}}} : tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @policy_aside {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.dense "fc": keras.dtype is "mixed_float16" but a policy is a key of the layer itself; write dtype = ... beside keras}}
  %y = layer.dense "fc" %x {units = 3, keras = {dtype = "mixed_float16"}} : tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @constraint {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.dense "fc": bias_constraint is "non_neg" but the layer has no such weight; remove the constraint}}
  %y = layer.dense "fc" %x {units = 3, use_bias = false, bias_constraint = "non_neg"} : tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

// Where the windows end is no 64-bit number.
layer.model @window_beyond_arithmetic {
  %x = layer.input "x" {shape = [6, 6, 3]}
  // expected-error @+1 {{layer.max_pooling2d "pool": pool_size is [9223372036854775807, 2] but dlc takes at most 2^22 there; make it smaller}}
  %y = layer.max_pooling2d "pool" %x {pool_size = [9223372036854775807, 2], strides = 2, padding = "same"} : tensor<?x6x6x3xf32>
  layer.output %y : tensor<?x3x3x3xf32>
}

// -----

// Borders may be pairs.
layer.model @border_beyond_arithmetic {
  %x = layer.input "x" {shape = [6, 6, 3]}
  // expected-error @+1 {{layer.zero_padding2d "pad": padding is [[0, 4194305], [1, 1]] but dlc takes at most 2^22 there; make it smaller}}
  %y = layer.zero_padding2d "pad" %x {padding = [[0, 4194305], [1, 1]]} : tensor<?x6x6x3xf32>
  layer.output %y : tensor<?x4194311x8x3xf32>
}

// -----

// Each size may be, but not all of them together.
layer.model @window_beyond_use {
  %x = layer.input "x" {shape = [6, 6, 3]}
  // expected-error @+1 {{layer.average_pooling2d "pool": pool_size is [4194304, 2] but a window has at most 2^22 elements; make it smaller}}
  %y = layer.average_pooling2d "pool" %x {pool_size = [4194304, 2], strides = 2, padding = "same"} : tensor<?x6x6x3xf32>
  layer.output %y : tensor<?x3x3x3xf32>
}

// -----

layer.model @kernel_beyond_use {
  %x = layer.input "x" {shape = [6, 6, 1]}
  // expected-error @+1 {{layer.conv2d "conv": kernel_size is 2049 : i64 but a window has at most 2^22 elements; make it smaller}}
  %y = layer.conv2d "conv" %x {filters = 1, kernel_size = 2049, padding = "same"} : tensor<?x6x6x1xf32>
  layer.output %y : tensor<?x6x6x1xf32>
}

// -----

layer.model @mask_used {
  %x = layer.input "x" {shape = [3], dtype = "int32"}
  // expected-error @+1 {{layer.embedding "e": mask_zero is true and its mask reaches layer.softmax "s" but that computes with no mask in dlc; build the embedding with mask_zero=False, or flatten what it gives}}
  %e = layer.embedding "e" %x {input_dim = 4, output_dim = 2, mask_zero = true} : tensor<?x3xi32>
  %d = layer.dense "d" %e {units = 2} : tensor<?x3x2xf32>
  %y = layer.softmax "s" %d : tensor<?x3x2xf32>
  layer.output %y : tensor<?x3x2xf32>
}

// -----

layer.model @given_mask_used {
  %x = layer.input "x" {shape = [3, 2]}
  %m = layer.input "m" {shape = [3]}
  // expected-error @+1 {{layer.batch_normalization "bn": is given a mask, which reaches layer.softmax "s" but that computes with no mask in dlc; call the layer without a mask, or flatten what it gives}}
  %n = layer.batch_normalization "bn" %x, %m {arguments = ["inputs", "mask"]} : tensor<?x3x2xf32>, tensor<?x3xf32>
  %y = layer.softmax "s" %n : tensor<?x3x2xf32>
  layer.output %y : tensor<?x3x2xf32>
}

// -----

// Keras' mask of a sequence is none of steps that come last.
layer.model @mask_of_features {
  %x = layer.input "x" {shape = [3], dtype = "int32"}
  // expected-error @+1 {{layer.embedding "e": mask_zero is true and its mask reaches layer.global_average_pooling1d "g" but that computes with no mask in dlc}}
  %e = layer.embedding "e" %x {input_dim = 4, output_dim = 2, mask_zero = true} : tensor<?x3xi32>
  %y = layer.global_average_pooling1d "g" %e {data_format = "channels_first"} : tensor<?x3x2xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @inner {
  %x = layer.input "x" {shape = [3], dtype = "int32"}
  // expected-error @+1 {{layer.embedding "e": mask_zero is true and its mask reaches layer.output but that computes with no mask in dlc; build the embedding with mask_zero=False, or flatten what it gives}}
  %e = layer.embedding "e" %x {input_dim = 4, output_dim = 2, mask_zero = true} : tensor<?x3xi32>
  layer.output %e : tensor<?x3x2xf32>
}
layer.model @mask_leaves_a_nested_model {
  %x = layer.input "x" {shape = [3], dtype = "int32"}
  %y = layer.call "inner" @inner(%x) : (tensor<?x3xi32>) -> tensor<?x3x2xf32>
  layer.output %y : tensor<?x3x2xf32>
}

// -----

layer.model @regularizer {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.dense "fc": the regularizer is "orthogonal" but dlc knows l1, l2 and l1_l2; use one of these}}
  %y = layer.dense "fc" %x {units = 3, kernel_regularizer = "orthogonal"} : tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @factor {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.dense "fc": the regularizer's "l2" is "a" but factors are numbers; give one}}
  %y = layer.dense "fc" %x {units = 3, kernel_regularizer = {class_name = "L2", config = {l2 = "a"}}} : tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @huge {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.dense "fc": makes 'tensor<?x4611686018427387904xf32>' but a tensor holds at most 2^40 elements a sample; make it smaller}}
  %y = layer.dense "fc" %x {units = 4611686018427387904} : tensor<?x3xf32>
  layer.output %y : tensor<?x4611686018427387904xf32>
}

// -----

layer.model @output {
  %x = layer.input "x" {shape = [3]}
  layer.output %x, %x : tensor<?x3xf32>, tensor<?x3xf32>
}
layer.compile @output {
  // expected-error @+1 {{layer.loss_mean_squared_error: names no output but the model has 2: x, x_1; set output}}
  layer.loss_mean_squared_error
}

// -----

// expected-error @+1 {{has 2 layer.models that no layer.call uses but just one of these is the model; keep one, or call the others from it}}
module {
  layer.model @a {
    %x = layer.input "x" {shape = [3]}
    layer.output %x : tensor<?x3xf32>
  }
  layer.model @b {
    %x = layer.input "x" {shape = [3]}
    layer.output %x : tensor<?x3xf32>
  }
}

// -----

layer.model @inner {
  %x = layer.input "x" {shape = [3]}
  %y = layer.relu "r" %x : tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}
layer.model @regularized_model {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.call "m": activity_regularizer is "l2" but dlc has these on layers, not on models; put it on the model's last layer}}
  %y = layer.call "m" @inner(%x) {keras = {activity_regularizer = "l2"}} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @regularized_numbers {
  %x = layer.input "x" {shape = [3, 2], dtype = "int32"}
  // expected-error @+1 {{layer.flatten "f": activity_regularizer is "l2" but the layer gives whole numbers, for which Keras makes its factors whole too; put it on a layer that gives floats}}
  %y = layer.flatten "f" %x {keras = {activity_regularizer = "l2"}} : tensor<?x3x2xi32>
  layer.output %y : tensor<?x6xi32>
}
