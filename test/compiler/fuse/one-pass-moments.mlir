// The variance of columns comes from the reading that makes their mean.
// RUN: dlc-opt %s --one-pass-moments --merge-kernels --cse --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>

// As BatchNormalization makes them: one kernel, and one sum of the elements.
// CHECK-LABEL: func.func @moments(
// CHECK: %[[K:.*]]:2 = kernel.fused "moments_k0" column_reduction over [?, 8] reduced [0]
// CHECK-SAME: (%arg0)
// CHECK: ^bb0(%[[X:.*]]: f32):
// CHECK: %[[W:.*]] = arith.extf %[[X]] : f32 to f64
// CHECK: %[[SUM:.*]] = kernel.reduce addf %[[W]] : f64
// CHECK: %[[S:.*]] = arith.truncf %[[SUM]] : f64 to f32
// CHECK: %[[MEAN:.*]] = arith.divf %[[S]], %[[N:.*]] : f32
// CHECK: %[[WW:.*]] = arith.mulf %[[W]], %[[W]] : f64
// CHECK: %[[ALL:.*]] = kernel.reduce addf %[[WW]] : f64
// CHECK: %[[NN:.*]] = arith.extf %[[N]] : f32 to f64
// CHECK: %[[M:.*]] = arith.divf %[[SUM]], %[[NN]] : f64
// CHECK: %[[SM:.*]] = arith.mulf %[[SUM]], %[[M]] : f64
// CHECK: %[[REST:.*]] = arith.subf %[[ALL]], %[[SM]] : f64
// CHECK: %[[BELOW:.*]] = arith.cmpf olt, %[[REST]]
// CHECK: %[[CLAMPED:.*]] = arith.select %[[BELOW]], %{{.*}}, %[[REST]] : f64
// CHECK: %[[SQUARES:.*]] = arith.truncf %[[CLAMPED]] : f64 to f32
// CHECK: %[[VARIANCE:.*]] = arith.divf %[[SQUARES]], %[[N]] : f32
// CHECK: kernel.yield %[[MEAN]], %[[VARIANCE]]
// CHECK-NOT: kernel.fused
func.func @moments(%x: tensor<?x8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %mean = kernel.fused "k0" column_reduction over [?, 8] reduced [0] maps [#id, #column] (%x) : (tensor<?x8xf32>) -> tensor<8xf32> {
  ^bb0(%e: f32):
    %s = kernel.reduce addf %e : f32
    %n = kernel.batch_size
    %m = arith.divf %s, %n : f32
    kernel.yield %m : f32
  }
  %variance = kernel.fused "k1" column_reduction over [?, 8] reduced [0] maps [#id, #column, #column] (%x, %mean) : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%e: f32, %m: f32):
    %d = arith.subf %e, %m : f32
    %dd = arith.mulf %d, %d : f32
    %s = kernel.reduce addf %dd : f32
    %n = kernel.batch_size
    %v = arith.divf %s, %n : f32
    kernel.yield %v : f32
  }
  return %mean, %variance : tensor<8xf32>, tensor<8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>

// Deviations from something else than the mean of the same elements.
// CHECK-LABEL: func.func @other(
// CHECK-NOT: f64
func.func @other(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %mean = kernel.fused "k0" column_reduction over [?, 8] reduced [0] maps [#id, #column] (%y) : (tensor<?x8xf32>) -> tensor<8xf32> {
  ^bb0(%e: f32):
    %s = kernel.reduce addf %e : f32
    %n = kernel.batch_size
    %m = arith.divf %s, %n : f32
    kernel.yield %m : f32
  }
  %variance = kernel.fused "k1" column_reduction over [?, 8] reduced [0] maps [#id, #column, #column] (%x, %mean) : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%e: f32, %m: f32):
    %d = arith.subf %e, %m : f32
    %dd = arith.mulf %d, %d : f32
    %s = kernel.reduce addf %dd : f32
    kernel.yield %s : f32
  }
  return %mean, %variance : tensor<8xf32>, tensor<8xf32>
}
