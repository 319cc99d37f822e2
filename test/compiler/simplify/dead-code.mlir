// Inputs and weights that no result depends on cost nothing.
// RUN: dlc-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @unused(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %{{.*}}: tensor<4x5xf32>, %{{.*}}: tensor<?x6xf32>
// CHECK-NEXT: %[[Y:.*]] = prim.tanh %[[X]]
// CHECK-NEXT: return %[[Y]]
func.func @unused(%x: tensor<?x4xf32>, %w: tensor<4x5xf32>, %u: tensor<?x6xf32>) -> tensor<?x4xf32> {
  %0 = prim.dot %x, %w batch [] x [] contract [1] x [0] : tensor<?x4xf32>, tensor<4x5xf32>
  %1 = prim.relu %0 : tensor<?x5xf32>
  %2 = prim.reduce_sum %1 over [0] : tensor<?x5xf32>
  %3 = prim.concat %1, %u dim 1 : tensor<?x5xf32>, tensor<?x6xf32>
  %4 = prim.slice %3 from [0, 5] size [-1, 6] by [1, 1] : tensor<?x11xf32>
  %5 = prim.tanh %x : tensor<?x4xf32>
  return %5 : tensor<?x4xf32>
}
