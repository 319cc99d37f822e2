// Scalar algebra that is exact, also for NaN and infinity.
// RUN: dlc-opt %s --fold-algebra | FileCheck %s

// CHECK-LABEL: func.func @signs(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x4xf32>
// CHECK-DAG:  %[[D:.*]] = prim.sub %[[X]], %[[Y]]
// CHECK-DAG:  %[[C:.*]] = prim.constant 1.250000e-01 : f32
// CHECK:      %[[M:.*]] = prim.mul %[[D]], %[[C]]
// CHECK:      %[[A:.*]] = prim.add %[[M]], %[[Y]]
// CHECK:      return %[[A]], %[[X]]
func.func @signs(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %eights = prim.constant 8.0 : f32 to tensor<?x4xf32>
  %0 = prim.neg %y : tensor<?x4xf32>
  %1 = prim.add %x, %0 : tensor<?x4xf32>, tensor<?x4xf32>
  %2 = prim.div %1, %eights : tensor<?x4xf32>, tensor<?x4xf32>
  %3 = prim.sub %2, %0 : tensor<?x4xf32>, tensor<?x4xf32>
  %4 = prim.neg %x : tensor<?x4xf32>
  %5 = prim.neg %4 : tensor<?x4xf32>
  return %3, %5 : tensor<?x4xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: func.func @logic(
// CHECK-SAME: %[[P:.*]]: tensor<4xi1>, %[[X:.*]]: tensor<4xf32>, %[[Y:.*]]: tensor<4xf32>
// CHECK:      %[[NO:.*]] = prim.constant false
// CHECK:      %[[S:.*]] = prim.select %[[P]], %[[Y]], %[[X]]
// CHECK:      return %[[P]], %[[NO]], %[[P]], %[[P]], %[[S]]
func.func @logic(%p: tensor<4xi1>, %x: tensor<4xf32>, %y: tensor<4xf32>)
    -> (tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xf32>) {
  %yes = prim.constant true to tensor<4xi1>
  %no = prim.constant false to tensor<4xi1>
  %0 = prim.and %yes, %p : tensor<4xi1>, tensor<4xi1>
  %1 = prim.and %p, %no : tensor<4xi1>, tensor<4xi1>
  %2 = prim.or %p, %no : tensor<4xi1>, tensor<4xi1>
  %3 = prim.or %p, %p : tensor<4xi1>, tensor<4xi1>
  %4 = prim.not %p : tensor<4xi1>
  %5 = prim.select %4, %x, %y : tensor<4xi1>, tensor<4xf32>, tensor<4xf32>
  return %0, %1, %2, %3, %5 : tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xf32>
}

// CHECK-LABEL: func.func @casts(
// CHECK-SAME: %[[P:.*]]: tensor<4xi1>
// CHECK:      %[[F:.*]] = prim.convert %[[P]] : tensor<4xi1> -> tensor<4xf32>
// CHECK:      return %[[F]], %[[P]]
func.func @casts(%p: tensor<4xi1>) -> (tensor<4xf32>, tensor<4xi1>) {
  %0 = prim.convert %p : tensor<4xi1> -> tensor<4xi32>
  %1 = prim.convert %0 : tensor<4xi32> -> tensor<4xf32>
  %2 = prim.convert %1 : tensor<4xf32> -> tensor<4xi1>
  return %1, %2 : tensor<4xf32>, tensor<4xi1>
}

// x * 0 is NaN where x is; 1 / 3 and i32 as f32 are rounded; x - x of infinity
// is NaN.
// CHECK-LABEL: func.func @inexact(
// CHECK:      prim.mul %{{.*}} : tensor<4xf32>
// CHECK:      prim.div
// CHECK:      %[[F:.*]] = prim.convert %{{.*}} : tensor<4xi32> -> tensor<4xf32>
// CHECK:      prim.convert %[[F]] : tensor<4xf32> -> tensor<4xi32>
// CHECK:      prim.sub
// CHECK-NOT:  prim.mul
// CHECK:      return
func.func @inexact(%x: tensor<4xf32>, %i: tensor<4xi32>)
    -> (tensor<4xf32>, tensor<4xf32>, tensor<4xi32>, tensor<4xf32>, tensor<4xi32>) {
  %zero = prim.constant 0.0 : f32 to tensor<4xf32>
  %three = prim.constant 3.0 : f32 to tensor<4xf32>
  %none = prim.constant 0 : i32 to tensor<4xi32>
  %0 = prim.mul %x, %zero : tensor<4xf32>, tensor<4xf32>
  %1 = prim.div %x, %three : tensor<4xf32>, tensor<4xf32>
  %2 = prim.convert %i : tensor<4xi32> -> tensor<4xf32>
  %3 = prim.convert %2 : tensor<4xf32> -> tensor<4xi32>
  %4 = prim.sub %x, %x : tensor<4xf32>, tensor<4xf32>
  %5 = prim.mul %i, %none : tensor<4xi32>, tensor<4xi32>
  return %0, %1, %3, %4, %5 : tensor<4xf32>, tensor<4xf32>, tensor<4xi32>, tensor<4xf32>, tensor<4xi32>
}
