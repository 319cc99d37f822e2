// A tensor that follows from what a kernel reads anyway is not read.
// RUN: dlc-opt %s --derive-inputs --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>

// The mask of a relu behind a BatchNormalization, in the gradient of both.
// CHECK-LABEL: func.func @mask(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[A:.*]]: tensor<4xf32>, %[[B:.*]]: tensor<4xf32>, %[[G:.*]]: tensor<?x4xf32>
// CHECK: %[[Y:.*]] = kernel.fused "k0"
// CHECK: kernel.fused "k1" column_reduction over [?, 4] reduced [0]
// CHECK-SAME: (%[[G]], %[[X]], %[[A]], %[[B]])
// CHECK: ^bb0(%[[E:.*]]: f32, %[[F:.*]]: f32, %[[S:.*]]: f32, %[[T:.*]]: f32):
// CHECK: %[[P:.*]] = arith.mulf %[[F]], %[[S]]
// CHECK: %[[Q:.*]] = arith.addf %[[P]], %[[T]]
// CHECK: %[[R:.*]] = arith.maximumf %[[Q]]
// CHECK: %[[ON:.*]] = arith.cmpf ogt, %[[R]]
// CHECK: arith.select %[[ON]], %[[E]]
// CHECK: return %[[Y]]
func.func @mask(%x: tensor<?x4xf32>, %a: tensor<4xf32>, %b: tensor<4xf32>, %g: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %y = kernel.fused "k0" pointwise over [?, 4] reduced [] maps [#id, #column, #column, #id] (%x, %a, %b)
      : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32> {
  ^bb0(%e: f32, %s: f32, %t: f32):
    %zero = arith.constant 0.0 : f32
    %p = arith.mulf %e, %s : f32
    %q = arith.addf %p, %t : f32
    %r = arith.maximumf %q, %zero : f32
    kernel.yield %r : f32
  }
  %0:2 = kernel.fused "k1" column_reduction over [?, 4] reduced [0] maps [#id, #id, #id, #column, #column] (%y, %g, %x)
      : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%r: f32, %e: f32, %f: f32):
    %zero = arith.constant 0.0 : f32
    %on = arith.cmpf ogt, %r, %zero : f32
    %m = arith.select %on, %e, %zero : f32
    %mf = arith.mulf %m, %f : f32
    %s = kernel.reduce addf %m : f32
    %t = kernel.reduce addf %mf : f32
    kernel.yield %s, %t : f32, f32
  }
  return %y, %0#0, %0#1 : tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// Two tensors in place of one would be more to read; a function costs more than to
// read its result.
// CHECK-LABEL: func.func @others(
// CHECK: %[[Y:.*]]:2 = kernel.fused "k0"
// CHECK: kernel.fused "k1" {{.*}}(%[[Y]]#0, %[[Y]]#1, %arg0)
func.func @others(%x: tensor<?x4xf32>, %u: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
  %y:2 = kernel.fused "k0" pointwise over [?, 4] reduced [] maps [#id, #id, #id, #id] (%x, %u)
      : (tensor<?x4xf32>, tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  ^bb0(%e: f32, %f: f32):
    %p = arith.addf %e, %f : f32
    %t = math.tanh %e : f32
    kernel.yield %p, %t : f32, f32
  }
  %z = kernel.fused "k1" pointwise over [?, 4] reduced [] maps [#id, #id, #id, #id] (%y#0, %y#1, %x)
      : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32> {
  ^bb0(%p: f32, %t: f32, %e: f32):
    %q = arith.mulf %p, %t : f32
    %r = arith.mulf %q, %e : f32
    kernel.yield %r : f32
  }
  return %y#0, %y#1, %z : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}
