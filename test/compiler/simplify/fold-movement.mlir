// Movements of movements become one, those of nothing none.
// RUN: dlc-opt %s --fold-movement | FileCheck %s

// CHECK-LABEL: func.func @parts(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x6xf32>
// CHECK-DAG:  %[[C:.*]] = prim.concat
// CHECK-DAG:  %[[S:.*]] = prim.slice %[[Y]] from [0, 1] size [-1, 2] by [1, 3] : tensor<?x6xf32>
// CHECK-DAG:  %[[T:.*]] = prim.slice %[[C]] from [0, 3] size [-1, 2] by [1, 1]
// CHECK:      return %[[S]], %[[X]], %[[T]]
func.func @parts(%x: tensor<?x4xf32>, %y: tensor<?x6xf32>)
    -> (tensor<?x2xf32>, tensor<?x4xf32>, tensor<?x2xf32>) {
  %0 = prim.concat %x, %y dim 1 : tensor<?x4xf32>, tensor<?x6xf32>
  %1 = prim.slice %0 from [0, 5] size [-1, 2] by [1, 3] : tensor<?x10xf32>
  %2 = prim.slice %0 from [0, 0] size [-1, 4] by [1, 1] : tensor<?x10xf32>
  %3 = prim.slice %0 from [0, 3] size [-1, 2] by [1, 1] : tensor<?x10xf32>
  return %1, %2, %3 : tensor<?x2xf32>, tensor<?x4xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: func.func @slices(
// CHECK-NEXT: %[[S:.*]] = prim.slice %{{.*}} from [7] size [2] by [6] : tensor<20xf32>
// CHECK-NEXT: return %[[S]]
func.func @slices(%x: tensor<20xf32>) -> tensor<2xf32> {
  %0 = prim.slice %x from [1] size [9] by [2] : tensor<20xf32>
  %1 = prim.slice %0 from [3] size [2] by [3] : tensor<9xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: func.func @nothing(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
// CHECK-NEXT: return %[[X]]
func.func @nothing(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = prim.concat %x dim 1 : tensor<?x4xf32>
  %1 = prim.pad %0 low [0, 0] high [0, 0] interior [0, 0] : tensor<?x4xf32>
  %2 = prim.slice %1 from [0, 0] size [-1, 4] by [1, 1] : tensor<?x4xf32>
  %3 = prim.transpose %2 [1, 0] : tensor<?x4xf32>
  %4 = prim.transpose %3 [1, 0] : tensor<4x?xf32>
  return %4 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @merged(
// CHECK-SAME: %[[X:.*]]: tensor<2x3x4xf32>, %[[V:.*]]: tensor<3xf32>
// CHECK-DAG:  %[[T:.*]] = prim.transpose %[[X]] [1, 2, 0]
// CHECK-DAG:  %[[B:.*]] = prim.broadcast %[[V]] along [0, 1, 3] : tensor<3xf32> -> tensor<?x2x3x4xf32>
// CHECK:      return %[[T]], %[[B]]
func.func @merged(%x: tensor<2x3x4xf32>, %v: tensor<3xf32>) -> (tensor<3x4x2xf32>, tensor<?x2x3x4xf32>) {
  %0 = prim.transpose %x [2, 0, 1] : tensor<2x3x4xf32>
  %1 = prim.transpose %0 [2, 0, 1] : tensor<4x2x3xf32>
  %2 = prim.broadcast %v along [0, 2] : tensor<3xf32> -> tensor<2x3x4xf32>
  %3 = prim.broadcast %2 along [0] : tensor<2x3x4xf32> -> tensor<?x2x3x4xf32>
  return %1, %3 : tensor<3x4x2xf32>, tensor<?x2x3x4xf32>
}

// CHECK-LABEL: func.func @constants(
// CHECK-NEXT: %[[C:.*]] = prim.constant 2.000000e+00 : f32 to tensor<3x2xf32>
// CHECK-NEXT: return %[[C]]
func.func @constants() -> tensor<3x2xf32> {
  %0 = prim.constant 2.0 : f32 to tensor<24xf32>
  %1 = prim.reshape %0 : tensor<24xf32> -> tensor<4x6xf32>
  %2 = prim.slice %1 from [1, 0] size [2, 3] by [1, 2] : tensor<4x6xf32>
  %3 = prim.transpose %2 [1, 0] : tensor<2x3xf32>
  return %3 : tensor<3x2xf32>
}

// The second one would change the order of the dims that are left over.
// CHECK-LABEL: func.func @dots(
// CHECK-SAME: %[[X:.*]]: tensor<?x3x4xf32>, %[[W:.*]]: tensor<5x4xf32>
// CHECK-DAG:  %[[T:.*]] = prim.transpose %[[X]] [0, 2, 1]
// CHECK-DAG:  prim.dot %[[X]], %[[W]] batch [] x [] contract [2] x [1] : tensor<?x3x4xf32>, tensor<5x4xf32>
// CHECK-DAG:  prim.dot %[[X]], %[[X]] batch [0] x [0] contract [2] x [2]
// CHECK-DAG:  prim.dot %[[T]], %{{.*}} batch [] x [] contract [] x []
func.func @dots(%x: tensor<?x3x4xf32>, %w: tensor<5x4xf32>, %s: tensor<f32>)
    -> (tensor<?x3x5xf32>, tensor<?x3x3xf32>, tensor<?x4x3xf32>) {
  %0 = prim.transpose %w [1, 0] : tensor<5x4xf32>
  %1 = prim.dot %x, %0 batch [] x [] contract [2] x [0] : tensor<?x3x4xf32>, tensor<4x5xf32>
  %2 = prim.transpose %x [0, 2, 1] : tensor<?x3x4xf32>
  %3 = prim.dot %x, %2 batch [0] x [0] contract [2] x [1] : tensor<?x3x4xf32>, tensor<?x4x3xf32>
  %4 = prim.dot %2, %s batch [] x [] contract [] x [] : tensor<?x4x3xf32>, tensor<f32>
  return %1, %3, %4 : tensor<?x3x5xf32>, tensor<?x3x3xf32>, tensor<?x4x3xf32>
}
