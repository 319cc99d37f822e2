// What depends on constants alone is computed by the compiler.
// RUN: dlc-opt %s --fold-constants | FileCheck %s
// RUN: dlc-opt %s --fold-constants=max-steps=0 | FileCheck %s --check-prefix=NONE

// CHECK-LABEL: func.func @arithmetic(
// CHECK:      %[[C:.*]] = prim.constant 4.000000e+00 : f32 to tensor<?x4xf32>
// CHECK-NEXT: return %[[C]]
// The limit is looked at before each prim.
// NONE-LABEL: func.func @arithmetic(
// NONE:       prim.mul
func.func @arithmetic() -> tensor<?x4xf32> {
  %0 = prim.constant 3.0 : f32 to tensor<?x4xf32>
  %1 = prim.constant 1.0 : f32 to tensor<?x4xf32>
  %2 = prim.sub %1, %0 : tensor<?x4xf32>, tensor<?x4xf32>
  %3 = prim.mul %2, %2 : tensor<?x4xf32>, tensor<?x4xf32>
  return %3 : tensor<?x4xf32>
}

// A mask of a rate, a maximum over the batch, a function.
// CHECK-LABEL: func.func @more(
// CHECK:      %[[M:.*]] = prim.constant true to tensor<?x4xi1>
// CHECK:      %[[X:.*]] = prim.constant 3.000000e+00 : f32 to tensor<4xf32>
// CHECK:      %[[F:.*]] = prim.constant 1.000000e+00 : f32 to tensor<4xf32>
// CHECK:      %[[I:.*]] = prim.constant 3 : i32 to tensor<4xi32>
// CHECK:      return %[[M]], %[[X]], %[[F]], %[[I]]
func.func @more() -> (tensor<?x4xi1>, tensor<4xf32>, tensor<4xf32>, tensor<4xi32>) {
  %0 = prim.constant 3.0 : f32 to tensor<4xf32>
  %1 = prim.broadcast %0 along [0] : tensor<4xf32> -> tensor<?x4xf32>
  %2 = prim.constant 1.0 : f32 to tensor<?x4xf32>
  %3 = prim.compare gt %1, %2 : tensor<?x4xf32>, tensor<?x4xf32>
  %4 = prim.reduce_max %1 over [0] : tensor<?x4xf32>
  %5 = prim.sub %4, %0 : tensor<4xf32>, tensor<4xf32>
  %6 = prim.exp %5 : tensor<4xf32>
  %7 = prim.convert %4 : tensor<4xf32> -> tensor<4xi32>
  return %3, %4, %6, %7 : tensor<?x4xi1>, tensor<4xf32>, tensor<4xf32>, tensor<4xi32>
}

// Nobody knows the batch, the position or the random number yet, and sums are
// the machine's.
// CHECK-LABEL: func.func @unknown(
// CHECK:      prim.batch_size
// CHECK:      prim.iota
// CHECK:      prim.random_uniform
// CHECK:      prim.reduce_sum
func.func @unknown() -> (tensor<f32>, tensor<4xi32>, tensor<4xf32>, tensor<f32>) {
  %0 = prim.batch_size
  %1 = prim.iota 0 : tensor<4xi32>
  %s = prim.constant 1 : i32 to tensor<i32>
  %2 = prim.random_uniform %s, %s stream 0 : tensor<i32>, tensor<i32> -> tensor<4xf32>
  %t = prim.constant 1.0e-1 : f32 to tensor<4xf32>
  %3 = prim.reduce_sum %t over [0] : tensor<4xf32>
  return %0, %1, %2, %3 : tensor<f32>, tensor<4xi32>, tensor<4xf32>, tensor<f32>
}
