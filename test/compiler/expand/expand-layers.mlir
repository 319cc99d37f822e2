// Each layer becomes its formula; inputs and weights become arguments.
// RUN: dlc-opt %s --expand-layers --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[X:.*]]: tensor<?x3xf32> {dlc.input = "x"},
// CHECK-SAME: %[[KERNEL:.*]]: tensor<3x4xf32> {dlc.h5 = "layers/dense/vars/0", dlc.state = "fc/kernel", dlc.trainable},
// CHECK-SAME: %[[BIAS:.*]]: tensor<4xf32> {dlc.h5 = "layers/dense/vars/1", dlc.state = "fc/bias", dlc.trainable})
// CHECK-SAME: -> (tensor<?x4xf32> {dlc.output = "fc"})
// CHECK: %[[XK:.*]] = prim.dot %[[X]], %[[KERNEL]] batch [] x [] contract [1] x [0]
// CHECK: %[[B:.*]] = prim.broadcast %[[BIAS]] along [0]
// CHECK: %[[Z:.*]] = prim.add %[[XK]], %[[B]]
// CHECK: %[[Y:.*]] = prim.tanh %[[Z]]
// CHECK: return %[[Y]]
// CHECK-LABEL: func.func @forward(
layer.model @dense {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 4, activation = "tanh"} : tensor<?x3xf32>
  layer.output %y : tensor<?x4xf32>
}

// -----

// A matrix product over the last dimension; no bias.
// CHECK-LABEL: func.func @predict(
// CHECK: %[[Y:.*]] = prim.dot %{{.*}}, %{{.*}} batch [] x [] contract [2] x [0] : tensor<?x5x3xf32>, tensor<3x4xf32>
// CHECK-NEXT: return %[[Y]]
layer.model @dense {
  %x = layer.input "x" {shape = [5, 3]}
  %y = layer.dense "fc" %x {units = 4, use_bias = false} : tensor<?x5x3xf32>
  layer.output %y : tensor<?x5x4xf32>
}

// -----

// 'same' puts the odd element at the end; channels first are moved.
// CHECK-LABEL: func.func @predict(
// CHECK: %[[X:.*]] = prim.transpose %{{.*}} [0, 2, 3, 1] : tensor<?x3x8x7xf32>
// CHECK: %[[C:.*]] = prim.conv2d %[[X]], %{{.*}} strides [2, 2] padding [0, 1, 1, 1] dilation [1, 1] groups 1
// CHECK: prim.broadcast %{{.*}} along [0, 1, 2] : tensor<6xf32> -> tensor<?x4x4x6xf32>
// CHECK: %[[Y:.*]] = prim.transpose %{{.*}} [0, 3, 1, 2] : tensor<?x4x4x6xf32>
// CHECK: prim.relu %[[Y]]
// CHECK: %[[P:.*]] = prim.transpose
// CHECK: %[[MAX:.*]] = prim.max_pool2d %[[P]] window [3, 2] strides [3, 2] padding [1, 1, 0, 0]
layer.model @conv {
  %x = layer.input "x" {shape = [3, 8, 7]}
  %y = layer.conv2d "conv" %x {filters = 6, kernel_size = 3, strides = 2, padding = "same", data_format = "channels_first", activation = "relu"} : tensor<?x3x8x7xf32>
  %z = layer.max_pooling2d "pool" %y {pool_size = [3, 2], padding = "same", data_format = "channels_first"} : tensor<?x6x4x4xf32>
  layer.output %z : tensor<?x6x2x2xf32>
}

// -----

// CHECK-LABEL: func.func @predict(
// CHECK: %[[A:.*]] = prim.avg_pool2d %{{.*}} window [2, 2] strides [1, 1] padding [0, 0, 0, 0]
// CHECK: %[[S:.*]] = prim.reduce_sum %[[A]] over [1, 2] : tensor<?x3x3x3xf32>
// CHECK: %[[N:.*]] = prim.constant 9.000000e+00 {{.*}}to tensor<?x3xf32>
// CHECK: %[[M:.*]] = prim.div %[[S]], %[[N]]
// CHECK: return %[[M]]
layer.model @pool {
  %x = layer.input "x" {shape = [4, 4, 3]}
  %y = layer.average_pooling2d "pool" %x {pool_size = 2, strides = 1} : tensor<?x4x4x3xf32>
  %z = layer.global_average_pooling2d "global" %y : tensor<?x3x3x3xf32>
  layer.output %z : tensor<?x3xf32>
}

// -----

// Inference is the identity; training draws one number an element.
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32> {dlc.input = "x"})
// CHECK-NEXT: return %[[X]]
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[SEED:[a-z0-9]+]]: tensor<i32> {dlc.kind = "control", dlc.state = "seed"}, %[[STEP:[a-z0-9]+]]: tensor<i32> {dlc.kind = "control", dlc.state = "step"}
// CHECK: %[[U:.*]] = prim.random_uniform %[[SEED]], %[[STEP]] stream 0 {{.*}} -> tensor<?x4xf32>
// CHECK: %[[R:.*]] = prim.constant 2.500000e-01
// CHECK: %[[C:.*]] = prim.compare ge %[[U]], %[[R]]
// CHECK: prim.select %[[C]],
// The second layer shares a number between features.
// CHECK: prim.random_uniform %[[SEED]], %[[STEP]] stream 1 {{.*}} -> tensor<?x1xf32>
layer.model @dropout {
  %x = layer.input "x" {shape = [4]}
  %y = layer.dropout "drop" %x {rate = 0.25} : tensor<?x4xf32>
  %z = layer.dropout "rows" %y {rate = 0.25, noise_shape = [unit, 1]} : tensor<?x4xf32>
  layer.output %z : tensor<?x4xf32>
}

// -----

// Training takes the moments of the batch and moves the averages.
// CHECK-LABEL: func.func @predict(
// CHECK-NOT: prim.reduce_sum
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: dlc.state = "bn/gamma", dlc.trainable
// CHECK-SAME: {dlc.h5 = "layers/batch_normalization/vars/2", dlc.state = "bn/moving_mean"}
// CHECK-SAME: -> (tensor<?x2x4xf32> {dlc.output = "bn"}, tensor<4xf32> {dlc.state = "bn/moving_mean"}, tensor<4xf32> {dlc.state = "bn/moving_variance"})
// CHECK: prim.reduce_sum %{{.*}} over [0, 1]
// CHECK: prim.batch_size
// CHECK: prim.squared_deviations %{{.*}} from %{{.*}} over [0, 1]
// CHECK: prim.rsqrt
layer.model @bn {
  %x = layer.input "x" {shape = [2, 4]}
  %y = layer.batch_normalization "bn" %x : tensor<?x2x4xf32>
  layer.output %y : tensor<?x2x4xf32>
}

// -----

// Frozen, it does neither, and its weights are not trained.
// CHECK-LABEL: func.func @forward(
// CHECK-NOT: dlc.trainable
// CHECK-NOT: prim.reduce_sum
// CHECK-SAME: -> (tensor<?x4xf32> {dlc.output = "bn"}) {
layer.model @frozen {
  %x = layer.input "x" {shape = [4]}
  %y = layer.batch_normalization "bn" %x {trainable = false} : tensor<?x4xf32>
  layer.output %y : tensor<?x4xf32>
}

// -----

// A shared layer has one weight and one regulariser, counted in both functions;
// a frozen one has none.
// CHECK-LABEL: func.func @predict(
// CHECK-COUNT-1: dlc.state = "fc/kernel"
// CHECK-SAME: -> (tensor<?x3xf32> {dlc.output = "last"}, tensor<f32> {dlc.loss = "fc/kernel"}, tensor<f32> {dlc.loss = "fc/activity"}, tensor<f32> {dlc.loss = "fc/activity"})
// CHECK: %[[L1:.*]] = prim.abs %[[K:.*]] : tensor<3x3xf32>
// CHECK: prim.reduce_sum %[[L1]] over [0, 1]
// CHECK: prim.mul %[[K]], %[[K]]
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: dlc.loss = "fc/kernel"
layer.model @shared {
  %x = layer.input "x" {shape = [3]}
  %a = layer.dense "fc" %x {units = 3, use_bias = false, kernel_regularizer = {class_name = "L1L2", config = {l1 = 0.1, l2 = 0.2}}, activity_regularizer = "l2"} : tensor<?x3xf32>
  %b = layer.dense "fc" %a {units = 3, use_bias = false, kernel_regularizer = {class_name = "L1L2", config = {l1 = 0.1, l2 = 0.2}}, activity_regularizer = "l2"} : tensor<?x3xf32>
  %c = layer.dense "last" %b {units = 3, kernel_regularizer = "l2", trainable = false} : tensor<?x3xf32>
  layer.output %c : tensor<?x3xf32>
}

// -----

// numpy's broadcasting, and Keras' for layers: new dimensions behind the batch.
// CHECK-LABEL: func.func @predict(
// CHECK: prim.broadcast %{{.*}} along [1, 2] : tensor<?x6xf32> -> tensor<?x4x5x6xf32>
// CHECK: prim.convert %{{.*}} : tensor<i32> -> tensor<f32>
// CHECK: prim.broadcast %{{.*}} along [0, 1, 2, 3] : tensor<f32> -> tensor<?x4x5x6xf32>
// CHECK: prim.slice %{{.*}} from [0, 1, 0, 5] size [-1, 2, 5, 1] by [1, 1, 1, 1] : tensor<?x4x5x6xf32>
// CHECK: prim.reshape %{{.*}} : tensor<?x2x5x1xf32> -> tensor<?x2x5xf32>
layer.model @broadcast {
  %x = layer.input "x" {shape = [4, 5, 6]}
  %v = layer.input "v" {shape = [6]}
  %a = layer.add "add" %x, %v : tensor<?x4x5x6xf32>, tensor<?x6xf32>
  %one = layer.constant 1 : i64
  %b = layer.op_subtract "s" %a, %one : tensor<?x4x5x6xf32>, tensor<i32>
  %c = layer.op_get_item "item" %b {key = [{}, {start = 1, stop = 3}, "...", -1]} : tensor<?x4x5x6xf32>
  layer.output %c : tensor<?x2x5xf32>
}

// -----

// Losses and metrics learn the name of the model's one output.
// CHECK-LABEL: func.func @predict(
// CHECK: layer.compile @m
// CHECK: layer.loss_mean_squared_error {output = "fc"}
// CHECK: layer.metric_accuracy "accuracy" {output = "fc"}
layer.model @m {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 4} : tensor<?x3xf32>
  layer.output %y : tensor<?x4xf32>
}
layer.compile @m {
  layer.optimizer_sgd
  layer.loss_mean_squared_error
  layer.metric_accuracy "accuracy"
}

// -----

// A number merges with a tensor of any rank.
// CHECK-LABEL: func.func @predict(
// CHECK: prim.broadcast %{{.*}} along [0, 1] : tensor<f32> -> tensor<?x3xf32>
layer.model @number {
  %x = layer.input "x" {shape = [3]}
  %c = layer.constant 2.0 : f64
  %y = layer.add "add" %c, %x : tensor<f32>, tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}
