// Updates of states go with the sums that they wait for, once no routine can take
// these along any more.
// RUN: dlc-opt %s --merge-kernels=updates --split-input-file | FileCheck %s
// RUN: dlc-opt %s --merge-kernels --split-input-file | FileCheck %s --check-prefix APART

#id = affine_map<(d0) -> (d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func.func @bias(
// CHECK: kernel.fused "bias_k0" column_reduction over [?, 10] reduced [0] {{.*}}(%{{.*}}, %{{.*}}) : (tensor<?x10xf32>, tensor<10xf32>) -> tensor<10xf32>
// CHECK: %[[SUM:.*]] = kernel.reduce addf
// CHECK: %[[NEW:.*]] = arith.subf %{{.*}}, %[[SUM]]
// CHECK: kernel.yield %[[NEW]]
// CHECK-NOT: kernel.fused
// CHECK: return
// APART-LABEL: func.func @bias(
// APART: kernel.fused "bias_k0" column_reduction
// APART: kernel.fused "bias_k1" pointwise
func.func @bias(%b: tensor<10xf32> {dlc.state = "b"}, %g: tensor<?x10xf32>)
    -> (tensor<10xf32> {dlc.state = "b"}) {
  %0 = kernel.fused "k0" column_reduction over [?, 10] reduced [0] maps [#id2, #column] (%g)
      : (tensor<?x10xf32>) -> tensor<10xf32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    kernel.yield %s : f32
  }
  %1 = kernel.fused "k1" pointwise over [10] reduced [] maps [#id, #id, #id] (%b, %0)
      : (tensor<10xf32>, tensor<10xf32>) -> tensor<10xf32> {
  ^bb0(%a: f32, %c: f32):
    %r = arith.subf %a, %c : f32
    kernel.yield %r : f32
  }
  return %1 : tensor<10xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>

// What also writes elements would write the state before it is read for the last
// time, so the update stays outside.
// CHECK-LABEL: func.func @elements(
// CHECK: kernel.fused "elements_k0" column_reduction
// CHECK: kernel.fused "elements_k1" pointwise
func.func @elements(%b: tensor<10xf32> {dlc.state = "b"}, %g: tensor<?x10xf32>)
    -> (tensor<10xf32> {dlc.state = "b"}, tensor<?x10xf32>) {
  %0:2 = kernel.fused "k0" column_reduction over [?, 10] reduced [0] maps [#id2, #column, #id2] (%g)
      : (tensor<?x10xf32>) -> (tensor<10xf32>, tensor<?x10xf32>) {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    %q = arith.mulf %a, %a : f32
    kernel.yield %s, %q : f32, f32
  }
  %1 = kernel.fused "k1" pointwise over [10] reduced [] maps [#id, #id, #id] (%b, %0#0)
      : (tensor<10xf32>, tensor<10xf32>) -> tensor<10xf32> {
  ^bb0(%a: f32, %c: f32):
    %r = arith.subf %a, %c : f32
    kernel.yield %r : f32
  }
  return %1, %0#1 : tensor<10xf32>, tensor<?x10xf32>
}
