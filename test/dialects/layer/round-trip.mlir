// Every op prints what it parses, and types follow from configs.
// RUN: dlc-opt %s | dlc-opt | FileCheck %s

// CHECK-LABEL: layer.model @inner
layer.model @inner {
  // CHECK-NEXT: %[[X:.*]] = layer.input "x" {shape = [4]}
  %x = layer.input "x" {shape = [4]}
  // CHECK-NEXT: %[[Y:.*]] = layer.dense "fc" %[[X]] {units = 3 : i64} : tensor<?x4xf32>
  %y = layer.dense "fc" %x {units = 3} : tensor<?x4xf32>
  // CHECK-NEXT: layer.output %[[Y]] named ["y"] : tensor<?x3xf32>
  layer.output %y named ["y"] : tensor<?x3xf32>
}

// CHECK-LABEL: layer.model @layers attributes {keras = {note = "kept"}, kind = "Sequential"}
layer.model @layers attributes {kind = "Sequential", keras = {note = "kept"}} {
  // CHECK: %[[IMAGE:.*]] = layer.input "image" {shape = [8, 8, 3]}
  %image = layer.input "image" {shape = [8, 8, 3]}
  // CHECK: layer.conv2d {{.*}} : tensor<?x8x8x3xf32>
  %a = layer.conv2d "conv" %image {filters = 6, kernel_size = [3, 3], padding = "same", strides = 2, activation = "relu"} : tensor<?x8x8x3xf32>
  // CHECK: layer.batch_normalization {{.*}} : tensor<?x4x4x6xf32>
  %b = layer.batch_normalization "bn" %a {momentum = 0.9} : tensor<?x4x4x6xf32>
  %c = layer.activation "act" %b {activation = "gelu"} : tensor<?x4x4x6xf32>
  %d = layer.relu "relu" %c {max_value = 6, negative_slope = 0.1} : tensor<?x4x4x6xf32>
  // CHECK: layer.max_pooling2d {{.*}} {strides = 1 : i64} : tensor<?x4x4x6xf32>
  %e = layer.max_pooling2d "max" %d {pool_size = 2, strides = 1} : tensor<?x4x4x6xf32>
  // CHECK: layer.average_pooling2d {{.*}} : tensor<?x3x3x6xf32>
  %f = layer.average_pooling2d "average" %e {pool_size = [3, 2], padding = "same"} : tensor<?x3x3x6xf32>
  // CHECK: layer.global_average_pooling2d {{.*}} : tensor<?x1x2x6xf32>
  %g = layer.global_average_pooling2d "global" %f : tensor<?x1x2x6xf32>
  // CHECK: layer.dropout {{.*}} {noise_shape = [unit, 1], rate = 5.000000e-01 : f64} : tensor<?x6xf32>
  %h = layer.dropout "drop" %g {rate = 0.5, noise_shape = [unit, 1]} : tensor<?x6xf32>
  // CHECK: layer.reshape {{.*}} {target_shape = [-1, 2]} : tensor<?x6xf32>
  %i = layer.reshape "reshape" %h {target_shape = [-1, 2]} : tensor<?x6xf32>
  // CHECK: layer.softmax {{.*}} : tensor<?x3x2xf32>
  %j = layer.softmax "softmax" %i {axis = [1, 2]} : tensor<?x3x2xf32>
  // CHECK: layer.flatten {{.*}} : tensor<?x3x2xf32>
  %k = layer.flatten "flatten" %j : tensor<?x3x2xf32>
  // CHECK: layer.add "add" %{{.*}}, %{{.*}} : tensor<?x6xf32>, tensor<?x6xf32>
  %l = layer.add "add" %k, %h : tensor<?x6xf32>, tensor<?x6xf32>
  %m = layer.subtract "subtract" %l, %h : tensor<?x6xf32>, tensor<?x6xf32>
  %n = layer.multiply "multiply" %m, %h, %l : tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>
  // CHECK: layer.concatenate {{.*}} : tensor<?x6xf32>, tensor<?x6xf32>
  %o = layer.concatenate "concatenate" %n, %h : tensor<?x6xf32>, tensor<?x6xf32>
  // CHECK: layer.output {{.*}} : tensor<?x12xf32>
  layer.output %o : tensor<?x12xf32>
}

// CHECK-LABEL: layer.model @nodes
layer.model @nodes {
  %x = layer.input "x" {shape = [4, 6]}
  %i = layer.input "i" {shape = [6], dtype = "int32"}
  // CHECK: layer.call "m" @inner({{.*}}) {trainable = false} : (tensor<?x4xf32>) -> tensor<?x3xf32>
  %col = layer.op_get_item "col" %x {key = [{}, {}, 0]} : tensor<?x4x6xf32>
  %m = layer.call "m" @inner(%col) {trainable = false} : (tensor<?x4xf32>) -> tensor<?x3xf32>
  // CHECK: layer.constant 2 : i64
  %two = layer.constant 2 : i64
  %half = layer.constant 5.0e-1 : f64
  // An integer promotes to f32 where it meets one; the rank grows on the left.
  // CHECK: layer.op_add "a" %{{.*}}, %{{.*}} : tensor<?x4x6xf32>, tensor<i32>
  %a = layer.op_add "a" %x, %two : tensor<?x4x6xf32>, tensor<i32>
  // CHECK: layer.op_subtract "b" {{.*}} : tensor<f32>, tensor<?x4x6xf32>
  %b = layer.op_subtract "b" %half, %a : tensor<f32>, tensor<?x4x6xf32>
  // CHECK: layer.op_multiply "c" {{.*}} : tensor<?x6xi32>, tensor<i32>
  %c = layer.op_multiply "c" %i, %two : tensor<?x6xi32>, tensor<i32>
  // CHECK: layer.op_true_divide "d" {{.*}} : tensor<?x6xi32>, tensor<i32>
  %d = layer.op_true_divide "d" %c, %two : tensor<?x6xi32>, tensor<i32>
  // CHECK: layer.op_divide "e" {{.*}} : tensor<?x6xf32>, tensor<f32>
  %e = layer.op_divide "e" %d, %half : tensor<?x6xf32>, tensor<f32>
  %f = layer.op_power "f" %e, %two : tensor<?x6xf32>, tensor<i32>
  %g = layer.op_maximum "g" %f, %half : tensor<?x6xf32>, tensor<f32>
  %h = layer.op_minimum "h" %g, %half : tensor<?x6xf32>, tensor<f32>
  // CHECK: layer.op_transpose "t" {{.*}} {axes = [0, 2, 1]} : tensor<?x4x6xf32>
  %t = layer.op_transpose "t" %b {axes = [0, 2, 1]} : tensor<?x4x6xf32>
  // CHECK: layer.op_matmul "mm" {{.*}} : tensor<?x4x6xf32>, tensor<?x6x4xf32>
  %mm = layer.op_matmul "mm" %x, %t : tensor<?x4x6xf32>, tensor<?x6x4xf32>
  // CHECK: layer.op_negative "n" {{.*}} : tensor<?x4x4xf32>
  %n = layer.op_negative "n" %mm : tensor<?x4x4xf32>
  %o = layer.op_absolute "o" %n : tensor<?x4x4xf32>
  %p = layer.op_sqrt "p" %o : tensor<?x4x4xf32>
  %q = layer.op_square "q" %p : tensor<?x4x4xf32>
  %r = layer.op_exp "r" %q : tensor<?x4x4xf32>
  %s = layer.op_log "s" %r : tensor<?x4x4xf32>
  %u = layer.op_tanh "u" %s : tensor<?x4x4xf32>
  %v = layer.op_sigmoid "v" %u : tensor<?x4x4xf32>
  %w = layer.op_relu "w" %v : tensor<?x4x4xf32>
  %y = layer.op_softmax "y" %w {axis = 1} : tensor<?x4x4xf32>
  // CHECK: layer.op_mean "z" {{.*}} {axis = [1, 2], keepdims = true} : tensor<?x4x4xf32>
  %z = layer.op_mean "z" %y {axis = [1, 2], keepdims = true} : tensor<?x4x4xf32>
  // CHECK: layer.op_squeeze "sq" {{.*}} {axis = 1 : i64} : tensor<?x1x1xf32>
  %sq = layer.op_squeeze "sq" %z {axis = 1} : tensor<?x1x1xf32>
  // CHECK: layer.op_expand_dims "ed" {{.*}} {axis = -1 : i64} : tensor<?x1xf32>
  %ed = layer.op_expand_dims "ed" %sq {axis = -1} : tensor<?x1xf32>
  // CHECK: layer.op_sum "sum" {{.*}} {axis = -1 : i64} : tensor<?x1x1xf32>
  %sum = layer.op_sum "sum" %ed {axis = -1} : tensor<?x1x1xf32>
  %max = layer.op_max "max" %x {axis = -1} : tensor<?x4x6xf32>
  // CHECK: layer.op_cast "cast" {{.*}} {dtype = "int32"} : tensor<?x4xf32>
  %cast = layer.op_cast "cast" %max {dtype = "int32"} : tensor<?x4xf32>
  // CHECK: layer.op_concatenate "cat" {{.*}} {axis = 1 : i64} : tensor<?x1xf32>, tensor<?x4xi32>
  %cat = layer.op_concatenate "cat" %sum, %cast {axis = 1} : tensor<?x1xf32>, tensor<?x4xi32>
  // CHECK: layer.op_reshape "rs" {{.*}} {newshape = [-1, 5, 1]} : tensor<?x5xf32>
  %rs = layer.op_reshape "rs" %cat {newshape = [-1, 5, 1]} : tensor<?x5xf32>
  // CHECK: layer.op_reshape "rn" {{.*}} {newshape = [unit, 1, -1]} : tensor<?x5xf32>
  %rn = layer.op_reshape "rn" %cat {newshape = [unit, 1, -1]} : tensor<?x5xf32>
  // CHECK: layer.output {{.*}} : tensor<?x5x1xf32>, tensor<?x3xf32>, tensor<?x6xf32>
  layer.output %rs, %m, %h {structure = {b = 1, a = [0, 2]}} : tensor<?x5x1xf32>, tensor<?x3xf32>, tensor<?x6xf32>
}

// CHECK-LABEL: layer.compile @nodes
// CHECK-SAME: attributes {keras = {jit_compile = true}}
layer.compile @nodes attributes {keras = {jit_compile = true}} {
  // CHECK-NEXT: layer.optimizer_adam {learning_rate = 1.000000e-02 : f64}
  layer.optimizer_adam {learning_rate = 0.01}
  // CHECK-NEXT: layer.loss_mean_squared_error {output = "rs"}
  layer.loss_mean_squared_error {output = "rs"}
  // CHECK-NEXT: layer.loss_sparse_categorical_crossentropy {from_logits = true, loss_weight = 5.000000e-01 : f64, output = "m"}
  layer.loss_sparse_categorical_crossentropy {output = "m", from_logits = true, loss_weight = 0.5}
  layer.loss_categorical_crossentropy {output = "h", label_smoothing = 0.1}
  layer.loss_binary_crossentropy {output = "h", label_smoothing = 0.1}
  // CHECK: layer.metric_accuracy "acc" {output = "m"}
  layer.metric_accuracy "acc" {output = "m"}
  layer.metric_binary_accuracy "binary" {output = "h", threshold = 0.4}
  layer.metric_categorical_accuracy "categorical" {output = "h"}
  layer.metric_sparse_categorical_accuracy "sparse" {output = "m"}
}

layer.compile @nodes {
  // CHECK: layer.optimizer_adam {ema_overwrite_frequency = 3 : i64, gradient_accumulation_steps = 2 : i64, use_ema = true}
  layer.optimizer_adam {gradient_accumulation_steps = 2, use_ema = true, ema_overwrite_frequency = 3}
  // CHECK-NEXT: layer.schedule_cosine_decay {decay_steps = 9 : i64, initial_learning_rate = 1.000000e-01 : f64}
  layer.schedule_cosine_decay {initial_learning_rate = 0.1, decay_steps = 9, alpha = 0.0}
  // CHECK-NEXT: layer.loss_sparse_categorical_crossentropy {ignore_class = 255 : i64, reduction = "sum"}
  layer.loss_sparse_categorical_crossentropy {ignore_class = 255, reduction = "sum"}
  // CHECK-NEXT: layer.metric_accuracy "acc" {weighted = true}
  layer.metric_accuracy "acc" {weighted = true}
}
layer.compile @nodes {
  // CHECK: layer.optimizer_sgd {momentum = 9.000000e-01 : f64, nesterov = true}
  layer.optimizer_sgd {momentum = 0.9, nesterov = true}
}
layer.compile @nodes {
  // CHECK: layer.optimizer_adamw{{$}}
  layer.optimizer_adamw {weight_decay = 0.004}
}
layer.compile @nodes {
  // CHECK: layer.optimizer_rmsprop {centered = true, clipnorm = 1 : i64}
  layer.optimizer_rmsprop {centered = true, clipnorm = 1}
}

// Tensors by name, and a second result.
// CHECK-LABEL: layer.model @attention
layer.model @attention {
  %x = layer.input "x" {shape = [5, 6]}
  %m = layer.input "m" {shape = [5], dtype = "bool"}
  // CHECK: %[[Y:.*]], %[[S:.*]] = layer.multi_head_attention "mha" %[[X:.*]], %[[X]], %[[M:.*]] {arguments = ["query", "value", "value_mask"], key_dim = 3 : i64, num_heads = 2 : i64, return_attention_scores = true} : tensor<?x5x6xf32>, tensor<?x5x6xf32>, tensor<?x5xi1>
  %y, %s = layer.multi_head_attention "mha" %x, %x, %m {num_heads = 2, key_dim = 3, arguments = ["query", "value", "value_mask"], return_attention_scores = true} : tensor<?x5x6xf32>, tensor<?x5x6xf32>, tensor<?x5xi1>
  // CHECK: layer.attention "one" %[[Y]], %[[X]] {use_causal_mask = true} : tensor<?x5x6xf32>, tensor<?x5x6xf32>
  %one = layer.attention "one" %y, %x {use_causal_mask = true} : tensor<?x5x6xf32>, tensor<?x5x6xf32>
  // CHECK: layer.global_average_pooling1d "mean" %{{.*}}, %[[M]] : tensor<?x5x6xf32>, tensor<?x5xi1>
  %mean = layer.global_average_pooling1d "mean" %one, %m : tensor<?x5x6xf32>, tensor<?x5xi1>
  // CHECK: layer.output %{{.*}}, %[[S]] : tensor<?x6xf32>, tensor<?x2x5x5xf32>
  layer.output %mean, %s : tensor<?x6xf32>, tensor<?x2x5x5xf32>
}
