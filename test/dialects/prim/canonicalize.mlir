// What is trivially the same becomes the same.
// RUN: dlc-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @neutral
// CHECK-SAME:    (%[[X:.*]]: tensor<?x2xf32>)
// CHECK-NEXT:    return %[[X]] : tensor<?x2xf32>
func.func @neutral(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %zero = prim.constant 0.0 : f32 to tensor<?x2xf32>
  %scalar = prim.constant 1.0 : f32 to tensor<f32>
  %one = prim.broadcast %scalar along [0, 1] : tensor<f32> -> tensor<?x2xf32>
  %0 = prim.add %x, %zero : tensor<?x2xf32>, tensor<?x2xf32>
  %1 = prim.add %zero, %0 : tensor<?x2xf32>, tensor<?x2xf32>
  %2 = prim.sub %1, %zero : tensor<?x2xf32>, tensor<?x2xf32>
  %3 = prim.mul %2, %one : tensor<?x2xf32>, tensor<?x2xf32>
  %4 = prim.mul %one, %3 : tensor<?x2xf32>, tensor<?x2xf32>
  %5 = prim.div %4, %one : tensor<?x2xf32>, tensor<?x2xf32>
  return %5 : tensor<?x2xf32>
}

// 0 - x and 1 / x are not x.
// CHECK-LABEL: func.func @sides
// CHECK:         prim.sub
// CHECK:         prim.div
func.func @sides(%x: tensor<2xf32>) -> tensor<2xf32> {
  %zero = prim.constant 0.0 : f32 to tensor<2xf32>
  %one = prim.constant 1.0 : f32 to tensor<2xf32>
  %0 = prim.sub %zero, %x : tensor<2xf32>, tensor<2xf32>
  %1 = prim.div %one, %0 : tensor<2xf32>, tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: func.func @views
// CHECK-SAME:    (%[[X:.*]]: tensor<?x2x3xf32>)
// CHECK-NEXT:    return %[[X]] : tensor<?x2x3xf32>
func.func @views(%x: tensor<?x2x3xf32>) -> tensor<?x2x3xf32> {
  %0 = prim.reshape %x : tensor<?x2x3xf32> -> tensor<?x6xf32>
  %1 = prim.reshape %0 : tensor<?x6xf32> -> tensor<?x3x2xf32>
  %2 = prim.reshape %1 : tensor<?x3x2xf32> -> tensor<?x2x3xf32>
  %3 = prim.transpose %2 [0, 1, 2] : tensor<?x2x3xf32>
  %4 = prim.convert %3 : tensor<?x2x3xf32> -> tensor<?x2x3xf32>
  %5 = prim.broadcast %4 along [] : tensor<?x2x3xf32> -> tensor<?x2x3xf32>
  %6 = prim.reduce_max %5 over [] : tensor<?x2x3xf32>
  return %6 : tensor<?x2x3xf32>
}

// CHECK-LABEL: func.func @reshapes
// CHECK-SAME:    (%[[X:.*]]: tensor<?x2x3xf32>)
// CHECK-NEXT:    %[[Y:.*]] = prim.reshape %[[X]] : tensor<?x2x3xf32> -> tensor<?x3x2xf32>
// CHECK-NEXT:    return %[[Y]]
func.func @reshapes(%x: tensor<?x2x3xf32>) -> tensor<?x3x2xf32> {
  %0 = prim.reshape %x : tensor<?x2x3xf32> -> tensor<?x6xf32>
  %1 = prim.reshape %0 : tensor<?x6xf32> -> tensor<?x3x2xf32>
  return %1 : tensor<?x3x2xf32>
}

// CHECK-LABEL: func.func @select
// CHECK-SAME:    (%[[T:.*]]: tensor<2xf32>, %[[F:.*]]: tensor<2xf32>, %[[C:.*]]: tensor<2xi1>)
// CHECK-NEXT:    return %[[T]], %[[F]], %[[F]]
func.func @select(%t: tensor<2xf32>, %f: tensor<2xf32>, %c: tensor<2xi1>)
    -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %yes = prim.constant true to tensor<2xi1>
  %no = prim.constant false to tensor<2xi1>
  %0 = prim.select %yes, %t, %f : tensor<2xi1>, tensor<2xf32>, tensor<2xf32>
  %1 = prim.select %no, %t, %f : tensor<2xi1>, tensor<2xf32>, tensor<2xf32>
  %2 = prim.select %c, %f, %f : tensor<2xi1>, tensor<2xf32>, tensor<2xf32>
  return %0, %1, %2 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// CHECK-LABEL: func.func @broadcast
// CHECK-NEXT:    %[[C:.*]] = prim.constant 2.500000e+00 : f32 to tensor<?x3xf32>
// CHECK-NEXT:    return %[[C]]
func.func @broadcast() -> tensor<?x3xf32> {
  %0 = prim.constant 2.5 : f32 to tensor<3xf32>
  %1 = prim.broadcast %0 along [0] : tensor<3xf32> -> tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}
