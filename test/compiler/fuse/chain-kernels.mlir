// A routine goes on with its elements where they are made.
// RUN: dlc-opt %s --chain-kernels --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>

// The gradient behind a relu, with that of the bias.
// CHECK-LABEL: func.func @mask(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<8x4xf32>, %[[Y:.*]]: tensor<?x8xf32>)
// CHECK: %[[K:.*]]:2 = kernel.chain "mask_k0"(%[[X]], %[[W]], %[[Y]])
// CHECK: ^bb0(%[[A:.*]]: tensor<?x4xf32>, %[[B:.*]]: tensor<8x4xf32>, %[[C:.*]]: tensor<?x8xf32>):
// CHECK: %[[G:.*]] = kernel.library "mask_k0" "dot" {{.*}}(%[[A]], %[[B]])
// CHECK: %[[F:.*]]:2 = kernel.fused "mask_k0" column_reduction over [?, 8] reduced [0]
// CHECK-SAME: (%[[G]], %[[C]])
// CHECK: kernel.yield %[[F]]#0, %[[F]]#1 : tensor<?x8xf32>, tensor<8xf32>
// CHECK: return %[[K]]#0, %[[K]]#1
func.func @mask(%x: tensor<?x4xf32>, %w: tensor<8x4xf32>, %y: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<8xf32>) {
  %g = kernel.library "k0" "dot" {lhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_batch = array<i64>, rhs_contract = array<i64: 1>} flops 64.0 (%x, %w)
      : (tensor<?x4xf32>, tensor<8x4xf32>) -> tensor<?x8xf32>
  %0:2 = kernel.fused "k1" column_reduction over [?, 8] reduced [0] maps [#id, #id, #id, #column] (%g, %y)
      : (tensor<?x8xf32>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<8xf32>) {
  ^bb0(%e: f32, %a: f32):
    %zero = arith.constant 0.0 : f32
    %on = arith.cmpf ogt, %a, %zero : f32
    %m = arith.select %on, %e, %zero : f32
    %s = kernel.reduce addf %m : f32
    kernel.yield %m, %s : f32, f32
  }
  return %0#0, %0#1 : tensor<?x8xf32>, tensor<8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#id3 = affine_map<(i, j, k) -> (i, j, k)>

// Through a view; another reader gets the result as an output, as it was.
// CHECK-LABEL: func.func @view(
// CHECK: %[[K:.*]]:2 = kernel.chain "view_k0"
// CHECK: %[[G:.*]] = kernel.library
// CHECK: %[[V:.*]] = kernel.view %[[G]] : tensor<?x8xf32> -> tensor<?x2x4xf32>
// CHECK: kernel.fused "view_k0" pointwise over [?, 2, 4] reduced [] maps [#{{.*}}, #{{.*}}, #{{.*}}](%[[V]])
// CHECK: ^bb0(%[[E:.*]]: f32):
// CHECK: %[[S:.*]] = arith.mulf
// CHECK: kernel.yield %[[S]], %[[E]] : f32, f32
// CHECK: %[[BACK:.*]] = kernel.view %[[K]]#1 : tensor<?x2x4xf32> -> tensor<?x8xf32>
// CHECK: return %[[K]]#0, %[[BACK]]
func.func @view(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>) -> (tensor<?x2x4xf32>, tensor<?x8xf32>) {
  %g = kernel.library "k0" "dot" {lhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_batch = array<i64>, rhs_contract = array<i64: 0>} flops 64.0 (%x, %w)
      : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
  %v = kernel.view %g : tensor<?x8xf32> -> tensor<?x2x4xf32>
  %0 = kernel.fused "k1" pointwise over [?, 2, 4] reduced [] maps [#id3, #id3] (%v) : (tensor<?x2x4xf32>) -> tensor<?x2x4xf32> {
  ^bb0(%e: f32):
    %s = arith.mulf %e, %e : f32
    kernel.yield %s : f32
  }
  return %0, %g : tensor<?x2x4xf32>, tensor<?x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// Two results meet: the later call takes the kernel.
// CHECK-LABEL: func.func @meet(
// CHECK: kernel.library "meet_k0" "dot"
// CHECK: kernel.chain "meet_k1"
// CHECK-NOT: kernel.chain
func.func @meet(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>, %u: tensor<4x8xf32>) -> tensor<?x8xf32> {
  %0 = kernel.library "k0" "dot" {lhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_batch = array<i64>, rhs_contract = array<i64: 0>} flops 64.0 (%x, %w)
      : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
  %1 = kernel.library "k1" "dot" {lhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_batch = array<i64>, rhs_contract = array<i64: 0>} flops 64.0 (%x, %u)
      : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
  %2 = kernel.fused "k2" pointwise over [?, 8] reduced [] maps [#id, #id, #id] (%0, %1) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    kernel.yield %s : f32
  }
  return %2 : tensor<?x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// The weight that the call reads is updated before the kernel can run: sunk, the
// call would read the new one. The update itself writes a state by elements.
// CHECK-LABEL: func.func @state(
// CHECK-NOT: kernel.chain
func.func @state(%x: tensor<?x4xf32>, %w: tensor<4x8xf32> {dlc.state = "w"}) -> (tensor<?x8xf32>, tensor<4x8xf32> {dlc.state = "w"}) {
  %y = kernel.library "k0" "dot" {lhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_batch = array<i64>, rhs_contract = array<i64: 0>} flops 64.0 (%x, %w)
      : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
  %g = kernel.library "k1" "dot" {lhs_batch = array<i64>, lhs_contract = array<i64: 0>, rhs_batch = array<i64>, rhs_contract = array<i64: 0>} flops 64.0 (%x, %y)
      : (tensor<?x4xf32>, tensor<?x8xf32>) -> tensor<4x8xf32>
  %n = kernel.fused "k2" pointwise over [4, 8] reduced [] maps [#id, #id, #id] (%w, %g) : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%a: f32, %b: f32):
    %s = arith.subf %a, %b : f32
    kernel.yield %s : f32
  }
  %t = kernel.library "k3" "dot" {lhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_batch = array<i64>, rhs_contract = array<i64: 0>} flops 64.0 (%x, %n)
      : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
  %z = kernel.library "k4" "concat" {axis = 0 : i64} flops 0.0 (%t) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %2 = kernel.fused "k5" pointwise over [?, 8] reduced [] maps [#id, #id, #id] (%y, %z) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    kernel.yield %s : f32
  }
  return %2, %n : tensor<?x8xf32>, tensor<4x8xf32>
}

// -----

#row = affine_map<(i, j) -> (i)>
#id = affine_map<(i, j) -> (i, j)>
#swap = affine_map<(i, j) -> (j, i)>

// Sums of rows, other orders and sums of other columns stay outside.
// CHECK-LABEL: func.func @others(
// CHECK-NOT: kernel.chain
func.func @others(%x: tensor<8x4xf32>, %w: tensor<4x8xf32>) -> (tensor<8xf32>, tensor<8x8xf32>) {
  %g = kernel.library "k0" "dot" {lhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_batch = array<i64>, rhs_contract = array<i64: 0>} flops 64.0 (%x, %w)
      : (tensor<8x4xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
  %0 = kernel.fused "k1" row_reduction over [8, 8] reduced [1] maps [#id, #row] (%g) : (tensor<8x8xf32>) -> tensor<8xf32> {
  ^bb0(%e: f32):
    %s = kernel.reduce addf %e : f32
    kernel.yield %s : f32
  }
  %1 = kernel.fused "k2" pointwise over [8, 8] reduced [] maps [#swap, #id] (%g) : (tensor<8x8xf32>) -> tensor<8x8xf32> {
  ^bb0(%e: f32):
    %s = arith.mulf %e, %e : f32
    kernel.yield %s : f32
  }
  return %0, %1 : tensor<8xf32>, tensor<8x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// The first columns alone: the loops have no place for the others that the call makes,
// neither in what they write nor for another reader of the result.
// CHECK-LABEL: func.func @slice(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4x8xf32>)
// CHECK-NOT: kernel.chain
// CHECK: %[[G:.*]] = kernel.library "slice_k0" "dot" {{.*}}(%[[X]], %[[W]])
// CHECK: %[[F:.*]] = kernel.fused "slice_k1" pointwise over [?, 7] reduced [] maps [#{{.*}}, #{{.*}}](%[[G]]) : (tensor<?x8xf32>) -> tensor<?x7xf32>
// CHECK: return %[[F]], %[[G]]
func.func @slice(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>) -> (tensor<?x7xf32>, tensor<?x8xf32>) {
  %g = kernel.library "k0" "dot" {lhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_batch = array<i64>, rhs_contract = array<i64: 0>} flops 64.0 (%x, %w)
      : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
  %0 = kernel.fused "k1" pointwise over [?, 7] reduced [] maps [#id, #id] (%g) : (tensor<?x8xf32>) -> tensor<?x7xf32> {
  ^bb0(%e: f32):
    %s = arith.mulf %e, %e : f32
    kernel.yield %s : f32
  }
  return %0, %g : tensor<?x7xf32>, tensor<?x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>

// Sums over the first rows alone, and nobody else reads the result.
// CHECK-LABEL: func.func @slice_of_rows(
// CHECK-NOT: kernel.chain
func.func @slice_of_rows(%x: tensor<8x4xf32>, %w: tensor<4x8xf32>) -> tensor<8xf32> {
  %g = kernel.library "k0" "dot" {lhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_batch = array<i64>, rhs_contract = array<i64: 0>} flops 512.0 (%x, %w)
      : (tensor<8x4xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
  %0 = kernel.fused "k1" column_reduction over [5, 8] reduced [0] maps [#id, #column] (%g) : (tensor<8x8xf32>) -> tensor<8xf32> {
  ^bb0(%e: f32):
    %s = kernel.reduce addf %e : f32
    kernel.yield %s : f32
  }
  return %0 : tensor<8xf32>
}
