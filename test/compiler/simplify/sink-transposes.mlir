// Transposes move behind elementwise prims and reductions, and cancel there.
// RUN: dlc-opt %s --sink-transposes --fold-movement | FileCheck %s

// CHECK-LABEL: func.func @between(
// CHECK-SAME: %[[X:.*]]: tensor<?x5x6x4xf32>
// CHECK-NEXT: %[[Y:.*]] = prim.tanh %[[X]] : tensor<?x5x6x4xf32>
// CHECK-NEXT: return %[[Y]]
func.func @between(%x: tensor<?x5x6x4xf32>) -> tensor<?x5x6x4xf32> {
  %0 = prim.transpose %x [0, 3, 1, 2] : tensor<?x5x6x4xf32>
  %1 = prim.tanh %0 : tensor<?x4x5x6xf32>
  %2 = prim.transpose %1 [0, 2, 3, 1] : tensor<?x4x5x6xf32>
  return %2 : tensor<?x5x6x4xf32>
}

// Statistics of channels, a bias, a relu: as in a network with channels first.
// CHECK-LABEL: func.func @normalize(
// CHECK-SAME: %[[X:.*]]: tensor<?x5x6x4xf32>, %[[B:.*]]: tensor<4xf32>
// CHECK-NOT:  prim.transpose
// CHECK:      %[[S:.*]] = prim.reduce_sum %[[X]] over [0, 1, 2]
// CHECK:      prim.broadcast %[[S]] along [0, 1, 2] : tensor<4xf32> -> tensor<?x5x6x4xf32>
// CHECK-NOT:  prim.transpose
// CHECK:      prim.compare gt
// CHECK:      prim.select
// CHECK-NOT:  prim.transpose
// CHECK:      return
func.func @normalize(%x: tensor<?x5x6x4xf32>, %b: tensor<4xf32>) -> tensor<?x5x6x4xf32> {
  %0 = prim.transpose %x [0, 3, 1, 2] : tensor<?x5x6x4xf32>
  %1 = prim.reduce_sum %0 over [0, 2, 3] : tensor<?x4x5x6xf32>
  %2 = prim.broadcast %1 along [0, 2, 3] : tensor<4xf32> -> tensor<?x4x5x6xf32>
  %3 = prim.sub %0, %2 : tensor<?x4x5x6xf32>, tensor<?x4x5x6xf32>
  %4 = prim.broadcast %b along [0, 2, 3] : tensor<4xf32> -> tensor<?x4x5x6xf32>
  %5 = prim.add %3, %4 : tensor<?x4x5x6xf32>, tensor<?x4x5x6xf32>
  %zero = prim.constant 0.0 : f32 to tensor<?x4x5x6xf32>
  %6 = prim.compare gt %5, %zero : tensor<?x4x5x6xf32>, tensor<?x4x5x6xf32>
  %7 = prim.select %6, %5, %zero : tensor<?x4x5x6xi1>, tensor<?x4x5x6xf32>, tensor<?x4x5x6xf32>
  %8 = prim.transpose %7 [0, 2, 3, 1] : tensor<?x4x5x6xf32>
  return %8 : tensor<?x5x6x4xf32>
}

// What is left of a reduction is turned, if it has to be.
// CHECK-LABEL: func.func @rows(
// CHECK-SAME: %[[X:.*]]: tensor<2x3x4xf32>
// CHECK-NEXT: %[[R:.*]] = prim.reduce_max %[[X]] over [1] : tensor<2x3x4xf32>
// CHECK-NEXT: %[[T:.*]] = prim.transpose %[[R]] [1, 0] : tensor<2x4xf32>
// CHECK-NEXT: return %[[T]]
func.func @rows(%x: tensor<2x3x4xf32>) -> tensor<4x2xf32> {
  %0 = prim.transpose %x [2, 1, 0] : tensor<2x3x4xf32>
  %1 = prim.reduce_max %0 over [1] : tensor<4x3x2xf32>
  return %1 : tensor<4x2xf32>
}

// Two orders, and a tensor that has none.
// CHECK-LABEL: func.func @mixed(
// CHECK-COUNT-2: prim.transpose
// CHECK:      prim.add
// CHECK:      prim.mul
func.func @mixed(%x: tensor<3x3x3xf32>, %y: tensor<3x3x3xf32>) -> tensor<3x3x3xf32> {
  %0 = prim.transpose %x [2, 1, 0] : tensor<3x3x3xf32>
  %1 = prim.transpose %x [1, 2, 0] : tensor<3x3x3xf32>
  %2 = prim.add %0, %1 : tensor<3x3x3xf32>, tensor<3x3x3xf32>
  %3 = prim.mul %2, %y : tensor<3x3x3xf32>, tensor<3x3x3xf32>
  return %3 : tensor<3x3x3xf32>
}
