// A bias that the normalisation behind it takes away again is not added.
// RUN: dlc-opt %s --cancel-biases | FileCheck %s

// As BatchNormalization expands in training.
// CHECK-LABEL: func.func @normalize(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[B:.*]]: tensor<4xf32>, %[[BETA:.*]]: tensor<4xf32>
// CHECK:      %[[SUM:.*]] = prim.reduce_sum %[[X]] over [0]
// CHECK:      %[[MEAN:.*]] = prim.div %[[SUM]], %{{.*}} : tensor<4xf32>
// CHECK-NEXT: %[[MOVING:.*]] = prim.add %[[MEAN]], %[[B]] : tensor<4xf32>
// CHECK-NEXT: prim.squared_deviations %[[X]] from %[[MEAN]] over [0]
// CHECK:      %[[M:.*]] = prim.mul %[[MEAN]], %[[INV:.*]] : tensor<4xf32>
// CHECK:      %[[INVS:.*]] = prim.broadcast %[[INV]] along [0]
// CHECK:      prim.mul %[[X]], %[[INVS]]
// CHECK:      return %{{.*}}, %[[MOVING]]
func.func @normalize(%x: tensor<?x4xf32>, %bias: tensor<4xf32>, %beta: tensor<4xf32>)
    -> (tensor<?x4xf32>, tensor<4xf32>) {
  %biases = prim.broadcast %bias along [0] : tensor<4xf32> -> tensor<?x4xf32>
  %c = prim.add %x, %biases : tensor<?x4xf32>, tensor<?x4xf32>
  %sum = prim.reduce_sum %c over [0] : tensor<?x4xf32>
  %one = prim.constant 1.0 : f32 to tensor<f32>
  %n = prim.batch_size
  %count = prim.mul %one, %n : tensor<f32>, tensor<f32>
  %counts = prim.broadcast %count along [0] : tensor<f32> -> tensor<4xf32>
  %mean = prim.div %sum, %counts : tensor<4xf32>, tensor<4xf32>
  %squares = prim.squared_deviations %c from %mean over [0] : tensor<?x4xf32>, tensor<4xf32>
  %variance = prim.div %squares, %counts : tensor<4xf32>, tensor<4xf32>
  %inv = prim.rsqrt %variance : tensor<4xf32>
  %product = prim.mul %mean, %inv : tensor<4xf32>, tensor<4xf32>
  %minus = prim.neg %product : tensor<4xf32>
  %shift = prim.add %minus, %beta : tensor<4xf32>, tensor<4xf32>
  %invs = prim.broadcast %inv along [0] : tensor<4xf32> -> tensor<?x4xf32>
  %scaled = prim.mul %c, %invs : tensor<?x4xf32>, tensor<?x4xf32>
  %shifts = prim.broadcast %shift along [0] : tensor<4xf32> -> tensor<?x4xf32>
  %y = prim.add %scaled, %shifts : tensor<?x4xf32>, tensor<?x4xf32>
  return %y, %mean : tensor<?x4xf32>, tensor<4xf32>
}

// Not the mean of this batch: half of it.
// CHECK-LABEL: func.func @half(
// CHECK:      %[[C:.*]] = prim.add %{{.*}}, %{{.*}} : tensor<8x4xf32>
// CHECK-NEXT: prim.reduce_sum %[[C]]
func.func @half(%x: tensor<8x4xf32>, %bias: tensor<4xf32>, %inv: tensor<4xf32>) -> (tensor<8x4xf32>, tensor<4xf32>) {
  %biases = prim.broadcast %bias along [0] : tensor<4xf32> -> tensor<8x4xf32>
  %c = prim.add %x, %biases : tensor<8x4xf32>, tensor<8x4xf32>
  %sum = prim.reduce_sum %c over [0] : tensor<8x4xf32>
  %counts = prim.constant 16.0 : f32 to tensor<4xf32>
  %mean = prim.div %sum, %counts : tensor<4xf32>, tensor<4xf32>
  %squares = prim.squared_deviations %c from %mean over [0] : tensor<8x4xf32>, tensor<4xf32>
  %product = prim.mul %mean, %inv : tensor<4xf32>, tensor<4xf32>
  %minus = prim.neg %product : tensor<4xf32>
  %invs = prim.broadcast %inv along [0] : tensor<4xf32> -> tensor<8x4xf32>
  %scaled = prim.mul %c, %invs : tensor<8x4xf32>, tensor<8x4xf32>
  %shifts = prim.broadcast %minus along [0] : tensor<4xf32> -> tensor<8x4xf32>
  %y = prim.add %scaled, %shifts : tensor<8x4xf32>, tensor<8x4xf32>
  return %y, %squares : tensor<8x4xf32>, tensor<4xf32>
}
