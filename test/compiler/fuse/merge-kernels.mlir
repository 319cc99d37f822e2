// Kernels with the same loops over the same tensors become one.
// RUN: dlc-opt %s --fuse-kernels --merge-kernels --cse --split-input-file | FileCheck %s

// The two sums of a BatchNormalization's gradient, and the gradient itself, which
// a call needs before the second sum was due.
// CHECK-LABEL: func.func @sums(
// CHECK: %[[K:.*]]:3 = kernel.fused "sums_k0" column_reduction over [?, 4] reduced [0]
// CHECK: %[[G:.*]] = arith.select
// CHECK: %[[SUM:.*]] = kernel.reduce addf %[[G]]
// CHECK: %[[GY:.*]] = arith.mulf %[[G]], %{{.*}}
// CHECK: %[[OTHER:.*]] = kernel.reduce addf %[[GY]]
// CHECK: kernel.yield %[[SUM]], %[[G]], %[[OTHER]]
// CHECK: kernel.library "sums_k1" "dot" {{.*}}(%[[K]]#1,
// CHECK-NOT: kernel.fused
// CHECK: return %[[K]]#0, %[[K]]#2
func.func @sums(%dy: tensor<?x4xf32>, %y: tensor<?x4xf32>, %w: tensor<4x4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<?x4xf32>) {
  %z = prim.constant 0.0 : f32 to tensor<?x4xf32>
  %c = prim.compare gt %y, %z : tensor<?x4xf32>, tensor<?x4xf32>
  %g = prim.select %c, %dy, %z : tensor<?x4xi1>, tensor<?x4xf32>, tensor<?x4xf32>
  %0 = prim.reduce_sum %g over [0] : tensor<?x4xf32>
  %1 = prim.mul %g, %y : tensor<?x4xf32>, tensor<?x4xf32>
  %2 = prim.reduce_sum %1 over [0] : tensor<?x4xf32>
  %3 = prim.dot %g, %w batch [] x [] contract [1] x [0] : tensor<?x4xf32>, tensor<4x4xf32>
  return %0, %2, %3 : tensor<4xf32>, tensor<4xf32>, tensor<?x4xf32>
}

// -----

// The variance needs the mean of all rows: the two stay apart.
// CHECK-LABEL: func.func @variance(
// CHECK: kernel.fused "variance_k0" column_reduction
// CHECK: kernel.fused "variance_k1" column_reduction
func.func @variance(%x: tensor<?x3xf32>) -> tensor<3xf32> {
  %0 = prim.reduce_sum %x over [0] : tensor<?x3xf32>
  %1 = prim.broadcast %0 along [0] : tensor<3xf32> -> tensor<?x3xf32>
  %2 = prim.sub %x, %1 : tensor<?x3xf32>, tensor<?x3xf32>
  %3 = prim.reduce_max %2 over [0] : tensor<?x3xf32>
  return %3 : tensor<3xf32>
}

// -----

// A path through another kernel keeps them apart.
// CHECK-LABEL: func.func @path(
// CHECK: kernel.fused "path_k0" column_reduction
// CHECK: kernel.library "path_k1" "dot"
// CHECK: kernel.fused "path_k2" column_reduction
func.func @path(%x: tensor<?x3xf32>, %w: tensor<3x3xf32>) -> tensor<3xf32> {
  %0 = prim.reduce_sum %x over [0] : tensor<?x3xf32>
  %1 = prim.dot %0, %w batch [] x [] contract [0] x [0] : tensor<3xf32>, tensor<3x3xf32>
  %2 = prim.broadcast %1 along [0] : tensor<3xf32> -> tensor<?x3xf32>
  %3 = prim.mul %x, %2 : tensor<?x3xf32>, tensor<?x3xf32>
  %4 = prim.reduce_sum %3 over [0] : tensor<?x3xf32>
  return %4 : tensor<3xf32>
}

// -----

// Kernels that share no tensor gain only a launch, which is little to large ones.
// CHECK-LABEL: func.func @strangers(
// CHECK: kernel.fused "strangers_k0" pointwise
// CHECK: kernel.fused "strangers_k1" pointwise
func.func @strangers(%x: tensor<?x4096xf32>, %y: tensor<?x4096xf32>, %s: tensor<f32>) -> (tensor<?x4096xf32>, tensor<?x4096xf32>) {
  %b = prim.broadcast %s along [0, 1] : tensor<f32> -> tensor<?x4096xf32>
  %0 = prim.mul %x, %b : tensor<?x4096xf32>, tensor<?x4096xf32>
  %1 = prim.mul %y, %b : tensor<?x4096xf32>, tensor<?x4096xf32>
  return %0, %1 : tensor<?x4096xf32>, tensor<?x4096xf32>
}

// -----

// Independent elementwise prims of one tensor do.
// CHECK-LABEL: func.func @pair(
// CHECK: kernel.fused "pair_k0" pointwise over [?, 3] reduced [] {{.*}}(%{{[^,]*}}) :
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @pair(%x: tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
  %0 = prim.exp %x : tensor<?x3xf32>
  %1 = prim.tanh %x : tensor<?x3xf32>
  return %0, %1 : tensor<?x3xf32>, tensor<?x3xf32>
}

// -----

// An elementwise kernel goes on with the rows of the one before it; the scalar
// that it needs is made earlier for it.
// CHECK-LABEL: func.func @rows(
// CHECK: %[[S:.*]] = kernel.fused "rows_k0" pointwise over []
// CHECK: %[[K:.*]]:2 = kernel.fused "rows_k1" row_reduction over [?, 3] reduced [1]
// CHECK: %[[SUM:.*]] = kernel.reduce addf
// CHECK: arith.mulf
// CHECK: kernel.fused "rows_k2" row_reduction over [?] reduced [0]
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @rows(%x: tensor<?x3xf32>, %t: tensor<f32>, %w: tensor<?x2xf32>) -> (tensor<f32>, tensor<2x3xf32>) {
  %0 = prim.exp %x : tensor<?x3xf32>
  %1 = prim.reduce_sum %0 over [1] : tensor<?x3xf32>
  %2 = prim.reduce_max %1 over [0] : tensor<?xf32>
  %3 = prim.tanh %t : tensor<f32>
  %4 = prim.broadcast %3 along [0, 1] : tensor<f32> -> tensor<?x3xf32>
  %5 = prim.mul %0, %4 : tensor<?x3xf32>, tensor<?x3xf32>
  %6 = prim.broadcast %1 along [1] : tensor<?xf32> -> tensor<?x3xf32>
  %7 = prim.div %5, %6 : tensor<?x3xf32>, tensor<?x3xf32>
  %8 = prim.dot %w, %7 batch [] x [] contract [0] x [0] : tensor<?x2xf32>, tensor<?x3xf32>
  return %2, %8 : tensor<f32>, tensor<2x3xf32>
}

// -----

// Scalars share one launch.
// CHECK-LABEL: func.func @scalars(
// CHECK: kernel.fused "scalars_k0" pointwise over []
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @scalars(%x: tensor<f32>, %y: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %0 = prim.exp %x : tensor<f32>
  %1 = prim.tanh %y : tensor<f32>
  return %0, %1 : tensor<f32>, tensor<f32>
}

// -----

// The new value of a state stays out of a kernel that folds: in place it can be
// written only by one that does not.
// CHECK-LABEL: func.func @update(
// CHECK: kernel.fused "update_k0" row_reduction over [4, 3] reduced [0, 1]
// CHECK: kernel.fused "update_k1" pointwise over [4, 3]
func.func @update(%w: tensor<4x3xf32> {dlc.state = "w"})
    -> (tensor<f32>, tensor<4x3xf32> {dlc.state = "w"}) {
  %0 = prim.reduce_max %w over [0, 1] : tensor<4x3xf32>
  %1 = prim.tanh %w : tensor<4x3xf32>
  return %0, %1 : tensor<f32>, tensor<4x3xf32>
}

// -----

// What is computed for each row goes along with a fold of the rows.
// CHECK-LABEL: func.func @lifted(
// CHECK: kernel.fused "lifted_k0" row_reduction over [8, 3] reduced [1]
// CHECK: kernel.reduce addf
// CHECK: math.tanh
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @lifted(%x: tensor<8x3xf32>, %r: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = prim.reduce_sum %x over [1] : tensor<8x3xf32>
  %1 = prim.tanh %r : tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// -----

// Where rows are complete only at the very end, it would be computed again in
// each iteration.
// CHECK-LABEL: func.func @late(
// CHECK: kernel.fused "late_k0" pointwise over [3]
// CHECK: kernel.fused "late_k1" column_reduction over [?, 3] reduced [0]
func.func @late(%x: tensor<?x3xf32>, %c: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %0 = prim.tanh %c : tensor<3xf32>
  %1 = prim.broadcast %0 along [0] : tensor<3xf32> -> tensor<?x3xf32>
  %2 = prim.mul %x, %1 : tensor<?x3xf32>, tensor<?x3xf32>
  %3 = prim.reduce_sum %2 over [0] : tensor<?x3xf32>
  return %3, %0 : tensor<3xf32>, tensor<3xf32>
}

// -----

// What follows from complete rows alone is computed behind their end.
// CHECK-LABEL: func.func @end(
// CHECK: kernel.fused "end_k0" column_reduction over [?, 3] reduced [0]
// CHECK: %[[SUM:.*]] = kernel.reduce addf
// CHECK: math.rsqrt %[[SUM]]
// CHECK: kernel.fused "end_k1" pointwise over [?, 3]
// CHECK-NOT: kernel.fused
func.func @end(%x: tensor<?x3xf32>, %c: tensor<3xf32>) -> (tensor<3xf32>, tensor<?x3xf32>) {
  %0 = prim.mul %x, %x : tensor<?x3xf32>, tensor<?x3xf32>
  %1 = prim.reduce_sum %0 over [0] : tensor<?x3xf32>
  %2 = prim.rsqrt %1 : tensor<3xf32>
  %3 = prim.mul %2, %c : tensor<3xf32>, tensor<3xf32>
  %4 = prim.broadcast %3 along [0] : tensor<3xf32> -> tensor<?x3xf32>
  %5 = prim.mul %x, %4 : tensor<?x3xf32>, tensor<?x3xf32>
  return %2, %5 : tensor<3xf32>, tensor<?x3xf32>
}
