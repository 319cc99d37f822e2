// A layer file that no Keras wrote becomes a model that Keras loads.
// REQUIRES: keras
// RUN: dlc export %s -o %t.keras
// RUN: %python %S/describe.py %t.keras | FileCheck %s
// RUN: dlc import %t.keras -o %t.mlir
// RUN: FileCheck %s --check-prefix=AGAIN --input-file %t.mlir

// CHECK: Functional two_heads
// CHECK: InputLayer image (None, 8, 8, 1)
// CHECK: Conv2D conv (None, 6, 6, 4) relu HeNormal
// CHECK: Functional features
// CHECK: outputs class, side
// CHECK: optimizer SGD 0.5
// CHECK: loss {'class': 'SparseCategoricalCrossentropy', 'side': 'MeanSquaredError'} {'class': 1.0, 'side': 0.25}
// CHECK: parameters 90

// AGAIN: layer.weights = "{{.*}}.weights.h5"
// AGAIN: layer.model @features
// AGAIN: layer.model @two_heads {
// AGAIN: layer.conv2d "conv" %{{.*}} {activation = "relu", filters = 4 : i64, kernel_initializer = "he_normal", kernel_size = [3, 3]}
// AGAIN: layer.output %{{.*}}, %{{.*}} : tensor<?x10xf32>, tensor<?x2xf32>

layer.model @features {
  %0 = layer.input "map" {shape = [6, 6, 4]}
  %1 = layer.global_average_pooling2d "pool" %0 : tensor<?x6x6x4xf32>
  layer.output %1 : tensor<?x4xf32>
}

layer.model @two_heads {
  %0 = layer.input "image" {shape = [8, 8, 1]}
  %1 = layer.conv2d "conv" %0 {filters = 4 : i64, kernel_size = [3, 3],
      activation = "relu", kernel_initializer = "he_normal"}
      : tensor<?x8x8x1xf32>
  %2 = layer.call "features" @features(%1)
      : (tensor<?x6x6x4xf32>) -> tensor<?x4xf32>
  %half = layer.constant 5.0e-01 : f64
  %3 = layer.op_multiply "halve" %2, %half : tensor<?x4xf32>, tensor<f32>
  %4 = layer.dense "class" %3 {units = 10 : i64} : tensor<?x4xf32>
  %5 = layer.op_get_item "side" %4 {key = ["...", {stop = 2 : i64}]}
      : tensor<?x10xf32>
  layer.output %4, %5 : tensor<?x10xf32>, tensor<?x2xf32>
}

layer.compile @two_heads {
  layer.optimizer_sgd {learning_rate = 0.5 : f64}
  layer.loss_sparse_categorical_crossentropy {output = "class",
                                              from_logits = true}
  layer.loss_mean_squared_error {output = "side", loss_weight = 0.25 : f64}
  layer.metric_accuracy "accuracy" {output = "class"}
}
