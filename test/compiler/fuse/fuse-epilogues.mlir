// A contraction or convolution takes its bias and its relu along.
// RUN: dlc-opt %s --fuse-epilogues | FileCheck %s

// CHECK-LABEL: func.func @dense(
// CHECK-SAME: %[[X:.*]]: tensor<?x3xf32>, %[[W:.*]]: tensor<3x4xf32>, %[[B:.*]]: tensor<4xf32>
// CHECK-NOT: prim.{{add|relu|dot}}
// CHECK: kernel.library "" "dot" {activation = "relu", bias = true,
// CHECK-SAME: flops 2.400000e+01(%[[X]], %[[W]], %[[B]])
// CHECK-NOT: prim.{{add|relu|dot}}
// CHECK: return
func.func @dense(%x: tensor<?x3xf32>, %w: tensor<3x4xf32>, %b: tensor<4xf32>) -> tensor<?x4xf32> {
  %0 = prim.dot %x, %w batch [] x [] contract [1] x [0] : tensor<?x3xf32>, tensor<3x4xf32>
  %1 = prim.broadcast %b along [0] : tensor<4xf32> -> tensor<?x4xf32>
  %2 = prim.add %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
  %3 = prim.relu %2 : tensor<?x4xf32>
  return %3 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @conv(
// CHECK: kernel.library "" "conv2d" {bias = true,
// CHECK-NOT: prim.add
// CHECK: return
func.func @conv(%x: tensor<?x5x5x2xf32>, %w: tensor<3x3x2x4xf32>, %b: tensor<4xf32>) -> tensor<?x3x3x4xf32> {
  %0 = prim.conv2d %x, %w strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1 : tensor<?x5x5x2xf32>, tensor<3x3x2x4xf32>
  %1 = prim.broadcast %b along [0, 1, 2] : tensor<4xf32> -> tensor<?x3x3x4xf32>
  %2 = prim.add %1, %0 : tensor<?x3x3x4xf32>, tensor<?x3x3x4xf32>
  return %2 : tensor<?x3x3x4xf32>
}

// A relu goes without a bias too.
// CHECK-LABEL: func.func @no_bias(
// CHECK: kernel.library "" "dot" {activation = "relu", lhs_batch
// CHECK-NOT: prim.relu
func.func @no_bias(%x: tensor<?x3xf32>, %w: tensor<3x4xf32>) -> tensor<?x4xf32> {
  %0 = prim.dot %x, %w batch [] x [] contract [1] x [0] : tensor<?x3xf32>, tensor<3x4xf32>
  %1 = prim.relu %0 : tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// What something else reads too must exist: the relu stays outside.
// CHECK-LABEL: func.func @shared_sum(
// CHECK: %[[SUM:.*]] = kernel.library "" "dot" {bias = true,
// CHECK: %[[RELU:.*]] = prim.relu %[[SUM]]
// CHECK: return %[[SUM]], %[[RELU]]
func.func @shared_sum(%x: tensor<?x3xf32>, %w: tensor<3x4xf32>, %b: tensor<4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %0 = prim.dot %x, %w batch [] x [] contract [1] x [0] : tensor<?x3xf32>, tensor<3x4xf32>
  %1 = prim.broadcast %b along [0] : tensor<4xf32> -> tensor<?x4xf32>
  %2 = prim.add %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
  %3 = prim.relu %2 : tensor<?x4xf32>
  return %2, %3 : tensor<?x4xf32>, tensor<?x4xf32>
}

// Only a vector along the last dim is a bias.
// CHECK-LABEL: func.func @not_a_bias(
// CHECK: prim.dot
// CHECK: prim.add
func.func @not_a_bias(%x: tensor<?x3xf32>, %w: tensor<3x4xf32>, %b: tensor<?xf32>) -> tensor<?x4xf32> {
  %0 = prim.dot %x, %w batch [] x [] contract [1] x [0] : tensor<?x3xf32>, tensor<3x4xf32>
  %1 = prim.broadcast %b along [1] : tensor<?xf32> -> tensor<?x4xf32>
  %2 = prim.add %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
  return %2 : tensor<?x4xf32>
}

// Other routines take no epilogue.
// CHECK-LABEL: func.func @pool(
// CHECK: prim.max_pool2d
// CHECK: prim.relu
func.func @pool(%x: tensor<?x4x4x2xf32>) -> tensor<?x2x2x2xf32> {
  %0 = prim.max_pool2d %x window [2, 2] strides [2, 2] padding [0, 0, 0, 0] : tensor<?x4x4x2xf32>
  %1 = prim.relu %0 : tensor<?x2x2x2xf32>
  return %1 : tensor<?x2x2x2xf32>
}
