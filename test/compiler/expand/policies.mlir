// Dtype policies: floats come in as what the layer computes in, weights stay f32.
// RUN: dlc-opt %s --expand-layers --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x3xf32> {dlc.input = "x"}
// CHECK-SAME: %[[W:[^:]*]]: tensor<3x4xf32> {{{.*}}dlc.state = "a/kernel"
// CHECK-DAG:  %[[XH:.*]] = prim.convert %[[X]] : tensor<?x3xf32> -> tensor<?x3xbf16>
// CHECK-DAG:  prim.convert %[[W]] : tensor<3x4xf32> -> tensor<3x4xbf16>
// CHECK:      prim.dot {{.*}} : tensor<?x3xbf16>, tensor<3x4xbf16>
// The second layer computes in f16, and what leaves the model is f32.
// CHECK:      prim.dot {{.*}} : tensor<?x4xf16>, tensor<4x2xf16>
// CHECK:      return {{.*}} : tensor<?x2xf32>
layer.model @mixed {
  %x = layer.input "x" {shape = [3]}
  %h = layer.dense "a" %x {units = 4, dtype = "mixed_bfloat16", use_bias = false} : tensor<?x3xf32>
  %y = layer.dense "b" %h {units = 2, dtype = "mixed_float16", use_bias = false} : tensor<?x4xbf16>
  layer.output %y : tensor<?x2xf16>
}

// -----

// BatchNormalization computes in f32 with weights that nobody rounds.
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[M:[^:]*]]: tensor<4xf32> {{{.*}}dlc.state = "n/moving_mean"
// CHECK-NOT:  prim.convert %[[M]]
// CHECK:      return
layer.model @norm {
  %x = layer.input "x" {shape = [4]}
  %y = layer.batch_normalization "n" %x {dtype = "mixed_float16", center = false, scale = false} : tensor<?x4xf32>
  layer.output %y : tensor<?x4xf16>
}

// -----

// A function of keras.ops gives what its operands are; a number in the code is weak.
// CHECK-LABEL: func.func @predict(
// CHECK:      return
layer.model @nodes {
  %x = layer.input "x" {shape = [4]}
  %h = layer.relu "r" %x {dtype = "mixed_bfloat16"} : tensor<?x4xf32>
  %two = layer.constant 2.0
  %y = layer.op_multiply "m" %h, %two : tensor<?x4xbf16>, tensor<f32>
  %z = layer.op_add "a" %y, %x : tensor<?x4xbf16>, tensor<?x4xf32>
  layer.output %z : tensor<?x4xf32>
}
