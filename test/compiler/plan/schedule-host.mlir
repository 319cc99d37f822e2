// Which loops run side by side, and what is cut in chunks.
// RUN: dlc-opt %s --schedule-host | FileCheck %s

#id2 = affine_map<(d0, d1) -> (d0, d1)>
#row2 = affine_map<(d0, d1) -> (d0)>
#col2 = affine_map<(d0, d1) -> (d1)>
#none2 = affine_map<(d0, d1) -> ()>
#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#last3 = affine_map<(d0, d1, d2) -> (d2)>
#outer3 = affine_map<(d0, d1, d2) -> (d0, d2)>

// All loops are one if nothing is broadcast; with a bias the innermost stays
// whole.
// CHECK-LABEL: @pointwise
// CHECK: "a" pointwise {{.*}} schedule <parallel = 3, chunks = 1, scratch = 0>
// CHECK: "b" pointwise {{.*}} schedule <parallel = 2, chunks = 1, scratch = 0>
func.func @pointwise(%x: tensor<?x28x32xf32>, %b: tensor<32xf32>) {
  %0 = kernel.fused "a" pointwise over [?, 28, 32] reduced [] maps [#id3, #id3] (%x)
      : (tensor<?x28x32xf32>) -> tensor<?x28x32xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %1 = kernel.fused "b" pointwise over [?, 28, 32] reduced [] maps [#id3, #last3, #id3] (%x, %b)
      : (tensor<?x28x32xf32>, tensor<32xf32>) -> tensor<?x28x32xf32> {
  ^bb0(%a: f32, %c: f32):
    %s = arith.addf %a, %c : f32
    kernel.yield %s : f32
  }
  return
}

// Rows run side by side. The sum of all elements has none: large, it is cut in
// chunks that each leave four bytes a reduction, small, it is not.
// CHECK-LABEL: @rows
// CHECK: "a" row_reduction {{.*}} schedule <parallel = 1, chunks = 1, scratch = 0>
// CHECK: "b" row_reduction {{.*}} schedule <parallel = 0, chunks = 8, scratch = 32>
// CHECK: "c" row_reduction {{.*}} schedule <parallel = 0, chunks = 1, scratch = 0>
func.func @rows(%x: tensor<?x8192xf32>, %y: tensor<?x10xf32>) {
  %0 = kernel.fused "a" row_reduction over [?, 8192] reduced [1] maps [#id2, #row2] (%x)
      : (tensor<?x8192xf32>) -> tensor<?xf32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    kernel.yield %s : f32
  }
  %1 = kernel.fused "b" row_reduction over [?, 8192] reduced [0, 1] maps [#id2, #none2] (%x)
      : (tensor<?x8192xf32>) -> tensor<f32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    kernel.yield %s : f32
  }
  %2 = kernel.fused "c" row_reduction over [?, 10] reduced [0, 1] maps [#id2, #none2] (%y)
      : (tensor<?x10xf32>) -> tensor<f32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    kernel.yield %s : f32
  }
  return
}

// Columns are cut along their rows, here in 24 chunks of two reductions over 32
// columns; kept loops before the rows make that needless.
// CHECK-LABEL: @columns
// CHECK: "a" column_reduction {{.*}} schedule <parallel = 0, chunks = 24, scratch = 6144>
// CHECK: "b" column_reduction {{.*}} schedule <parallel = 1, chunks = 1, scratch = 0>
func.func @columns(%x: tensor<?x784x32xf32>) {
  %0:2 = kernel.fused "a" column_reduction over [?, 784, 32] reduced [0, 1] maps [#id3, #last3, #last3] (%x)
      : (tensor<?x784x32xf32>) -> (tensor<32xf32>, tensor<32xf32>) {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    %p = arith.mulf %a, %a : f32
    %t = kernel.reduce addf %p : f32
    kernel.yield %s, %t : f32, f32
  }
  %1 = kernel.fused "b" column_reduction over [?, 784, 32] reduced [1] maps [#id3, #outer3] (%x)
      : (tensor<?x784x32xf32>) -> tensor<?x32xf32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    kernel.yield %s : f32
  }
  return
}
