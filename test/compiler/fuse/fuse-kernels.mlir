// What one kernel takes in, and what it leaves to another.
// RUN: dlc-opt %s --fuse-kernels --cse --split-input-file | FileCheck %s

// CHECK-DAG: #[[IJ:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[I:.*]] = affine_map<(d0, d1) -> (d0)>

// A row reduction takes in its prologue and its epilogue.
// CHECK-LABEL: func.func @norm(
// CHECK: kernel.fused "norm_k0" row_reduction over [?, 3] reduced [1]
// CHECK-SAME: maps [#[[IJ]], #[[I]]](%{{.*}})
// CHECK-NEXT: ^bb0(%[[E:.*]]: f32):
// CHECK-NEXT: %[[SQUARE:.*]] = arith.mulf %[[E]], %[[E]]
// CHECK-NEXT: %[[SUM:.*]] = kernel.reduce addf %[[SQUARE]]
// CHECK-NEXT: %[[ROOT:.*]] = math.sqrt %[[SUM]]
// CHECK-NEXT: kernel.yield %[[ROOT]]
func.func @norm(%x: tensor<?x3xf32>) -> tensor<?xf32> {
  %0 = prim.mul %x, %x : tensor<?x3xf32>, tensor<?x3xf32>
  %1 = prim.reduce_sum %0 over [1] : tensor<?x3xf32>
  %2 = prim.sqrt %1 : tensor<?xf32>
  return %2 : tensor<?xf32>
}

// -----

// A log-softmax is one kernel: two reductions between three passes over a row.
// CHECK-LABEL: func.func @log_softmax(
// CHECK: kernel.fused "log_softmax_k0" row_reduction over [?, 3] reduced [1]
// CHECK: %[[MAX:.*]] = kernel.reduce maximumf %[[X:.*]] : f32
// CHECK: %[[SHIFTED:.*]] = arith.subf %[[X]], %[[MAX]]
// CHECK: %[[EXP:.*]] = math.exp %[[SHIFTED]]
// CHECK: %[[SUM:.*]] = kernel.reduce addf %[[EXP]]
// CHECK: %[[LOG:.*]] = math.log %[[SUM]]
// CHECK: arith.subf %[[SHIFTED]], %[[LOG]]
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @log_softmax(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = prim.reduce_max %x over [1] : tensor<?x3xf32>
  %1 = prim.broadcast %0 along [1] : tensor<?xf32> -> tensor<?x3xf32>
  %2 = prim.sub %x, %1 : tensor<?x3xf32>, tensor<?x3xf32>
  %3 = prim.exp %2 : tensor<?x3xf32>
  %4 = prim.reduce_sum %3 over [1] : tensor<?x3xf32>
  %5 = prim.log %4 : tensor<?xf32>
  %6 = prim.broadcast %5 along [1] : tensor<?xf32> -> tensor<?x3xf32>
  %7 = prim.sub %2, %6 : tensor<?x3xf32>, tensor<?x3xf32>
  return %7 : tensor<?x3xf32>
}

// -----

// A value with a user behind the root becomes a second output.
// CHECK-LABEL: func.func @shared(
// CHECK: %[[K:.*]]:2 = kernel.fused "shared_k0" column_reduction over [?, 3] reduced [0]
// CHECK: %[[TANH:.*]] = math.tanh
// CHECK: %[[SUM:.*]] = kernel.reduce addf %[[TANH]]
// CHECK: kernel.yield %[[SUM]], %[[TANH]]
// CHECK-NOT: kernel.fused
// CHECK: return %[[K]]#1, %[[K]]#0
func.func @shared(%x: tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<3xf32>) {
  %0 = prim.tanh %x : tensor<?x3xf32>
  %1 = prim.reduce_sum %0 over [0] : tensor<?x3xf32>
  return %0, %1 : tensor<?x3xf32>, tensor<3xf32>
}

// -----

// A value that a call needs before the root is computed once, for both.
// CHECK-LABEL: func.func @needed_before(
// CHECK: %[[T:.*]] = kernel.fused "needed_before_k0" pointwise
// CHECK: math.tanh
// CHECK: %[[Y:.*]] = kernel.library "needed_before_k1" "dot" {{.*}}(%[[T]],
// CHECK: kernel.fused "needed_before_k2" pointwise {{.*}}(%[[T]], %[[Y]])
// CHECK-NOT: math.tanh
// CHECK: return
func.func @needed_before(%x: tensor<?x3xf32>, %w: tensor<3x3xf32>) -> tensor<?x3xf32> {
  %0 = prim.tanh %x : tensor<?x3xf32>
  %1 = prim.dot %0, %w batch [] x [] contract [1] x [0] : tensor<?x3xf32>, tensor<3x3xf32>
  %2 = prim.add %0, %1 : tensor<?x3xf32>, tensor<?x3xf32>
  return %2 : tensor<?x3xf32>
}

// -----

// The gradient of a bias, with the update as its epilogue: one element a column.
// CHECK-LABEL: func.func @bias_gradient(
// CHECK: kernel.fused "bias_gradient_k0" column_reduction over [?, 3] reduced [0]
// CHECK: %[[SUM:.*]] = kernel.reduce addf %{{.*}}
// CHECK: %[[STEP:.*]] = arith.mulf %[[SUM]], %{{.*}}
// CHECK: arith.subf %{{.*}}, %[[STEP]]
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @bias_gradient(%g: tensor<?x3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %rate = prim.constant 0.5 : f32 to tensor<3xf32>
  %0 = prim.reduce_sum %g over [0] : tensor<?x3xf32>
  %1 = prim.mul %0, %rate : tensor<3xf32>, tensor<3xf32>
  %2 = prim.sub %b, %1 : tensor<3xf32>, tensor<3xf32>
  return %2 : tensor<3xf32>
}

// -----

// Statistics over n, h, w: columns are complete only at the end, so the variance
// is a second kernel. The mean is divided once, behind its sum.
// CHECK-LABEL: func.func @statistics(
// CHECK: %[[MEAN:.*]] = kernel.fused "statistics_k0" column_reduction over [?, 2, 2, 3] reduced [0, 1, 2]
// CHECK: kernel.reduce addf
// CHECK: kernel.batch_size
// CHECK: arith.divf
// CHECK: kernel.fused "statistics_k1" column_reduction over [?, 2, 2, 3] reduced [0, 1, 2] {{.*}}(%{{.*}}, %[[MEAN]])
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[M:.*]]: f32):
// CHECK-NEXT: %[[D:.*]] = arith.subf %[[X]], %[[M]]
// CHECK-NEXT: %[[S:.*]] = arith.mulf %[[D]], %[[D]]
// CHECK-NEXT: kernel.reduce addf %[[S]]
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @statistics(%x: tensor<?x2x2x3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %n = prim.batch_size
  %nb = prim.broadcast %n along [0] : tensor<f32> -> tensor<3xf32>
  %0 = prim.reduce_sum %x over [0, 1, 2] : tensor<?x2x2x3xf32>
  %mean = prim.div %0, %nb : tensor<3xf32>, tensor<3xf32>
  %2 = prim.broadcast %mean along [0, 1, 2] : tensor<3xf32> -> tensor<?x2x2x3xf32>
  %3 = prim.sub %x, %2 : tensor<?x2x2x3xf32>, tensor<?x2x2x3xf32>
  %4 = prim.mul %3, %3 : tensor<?x2x2x3xf32>, tensor<?x2x2x3xf32>
  %5 = prim.reduce_sum %4 over [0, 1, 2] : tensor<?x2x2x3xf32>
  %variance = prim.div %5, %nb : tensor<3xf32>, tensor<3xf32>
  return %mean, %variance : tensor<3xf32>, tensor<3xf32>
}

// -----

// Everything into one number: no element sees the sum in the same kernel.
// CHECK-LABEL: func.func @clip(
// CHECK: %[[SUM:.*]] = kernel.fused "clip_k0" row_reduction over [4, 3] reduced [0, 1]
// CHECK: math.rsqrt
// CHECK: kernel.fused "clip_k1" pointwise over [4, 3] reduced [] {{.*}}%[[SUM]])
// CHECK-NOT: math.rsqrt
// CHECK: return
func.func @clip(%g: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = prim.mul %g, %g : tensor<4x3xf32>, tensor<4x3xf32>
  %1 = prim.reduce_sum %0 over [0, 1] : tensor<4x3xf32>
  %2 = prim.rsqrt %1 : tensor<f32>
  %3 = prim.broadcast %2 along [0, 1] : tensor<f32> -> tensor<4x3xf32>
  %4 = prim.mul %g, %3 : tensor<4x3xf32>, tensor<4x3xf32>
  return %4 : tensor<4x3xf32>
}

// -----

// CHECK-DAG: #[[READ:.*]] = affine_map<(d0, d1, d2) -> (d0, d2 + 1, d1 * 3)>

// A transpose of a slice is a way of reading; an index counts in its own prim.
// CHECK-LABEL: func.func @move(
// CHECK: kernel.fused "move_k0" pointwise over [?, 2, 3] reduced [] maps [#[[READ]],
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32):
// CHECK-DAG: %[[J:.*]] = kernel.index 1
// CHECK-DAG: %[[EXP:.*]] = math.exp %[[X]]
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @move(%x: tensor<?x5x6xf32>) -> tensor<?x2x3xf32> {
  %0 = prim.slice %x from [0, 1, 0] size [-1, 3, 2] by [1, 1, 3] : tensor<?x5x6xf32>
  %1 = prim.transpose %0 [0, 2, 1] : tensor<?x3x2xf32>
  %2 = prim.exp %1 : tensor<?x2x3xf32>
  %i = prim.iota 1 : tensor<?x2x3xi32>
  %f = prim.convert %i : tensor<?x2x3xi32> -> tensor<?x2x3xf32>
  %3 = prim.add %f, %2 : tensor<?x2x3xf32>, tensor<?x2x3xf32>
  return %3 : tensor<?x2x3xf32>
}

// -----

// The position of a sliced iota is that in the whole: 2 j + 1.
// CHECK-LABEL: func.func @index(
// CHECK: %[[J:.*]] = kernel.index 0
// CHECK: %[[TWO:.*]] = arith.constant 2 : i32
// CHECK: %[[DOUBLE:.*]] = arith.muli %[[J]], %[[TWO]]
// CHECK: %[[ONE:.*]] = arith.constant 1 : i32
// CHECK: %[[SUM:.*]] = arith.addi %[[DOUBLE]], %[[ONE]]
// CHECK: kernel.yield %[[SUM]]
func.func @index() -> tensor<3xi32> {
  %0 = prim.iota 0 : tensor<7xi32>
  %1 = prim.slice %0 from [1] size [3] by [2] : tensor<7xi32>
  return %1 : tensor<3xi32>
}

// -----

// Two overlapping slices do not compute their common elements twice.
// CHECK-LABEL: func.func @differences(
// CHECK: %[[EXP:.*]] = kernel.fused "differences_k0" pointwise over [7]
// CHECK: math.exp
// CHECK: kernel.fused "differences_k1" pointwise over [6] {{.*}}(%[[EXP]], %[[EXP]])
// CHECK-NOT: math.exp
// CHECK: return
func.func @differences(%x: tensor<7xf32>) -> tensor<6xf32> {
  %0 = prim.exp %x : tensor<7xf32>
  %1 = prim.slice %0 from [1] size [6] by [1] : tensor<7xf32>
  %2 = prim.slice %0 from [0] size [6] by [1] : tensor<7xf32>
  %3 = prim.sub %1, %2 : tensor<6xf32>, tensor<6xf32>
  return %3 : tensor<6xf32>
}

// -----

// An update of Adam: the step size once, then one kernel a weight, three outputs.
// CHECK-LABEL: func.func @adam(
// CHECK: %[[G:.*]] = kernel.library "adam_k0" "dot"
// CHECK: %[[ALPHA:.*]] = kernel.fused "adam_k1" pointwise over [] reduced []
// CHECK: %[[NEW:.*]]:3 = kernel.fused "adam_k2" pointwise over [5, 4] reduced []
// CHECK-SAME: %[[ALPHA]]
// CHECK-NOT: kernel.fused
// CHECK: return %[[NEW]]#0, %[[NEW]]#1, %[[NEW]]#2
func.func @adam(%w: tensor<5x4xf32>, %m: tensor<5x4xf32>, %v: tensor<5x4xf32>, %x: tensor<?x5xf32>, %dy: tensor<?x4xf32>, %rate: tensor<f32>, %t: tensor<f32>) -> (tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>) {
  %g = prim.dot %x, %dy batch [] x [] contract [0] x [0] : tensor<?x5xf32>, tensor<?x4xf32>
  %beta = prim.constant 0.9 : f32 to tensor<f32>
  %power = prim.pow %beta, %t : tensor<f32>, tensor<f32>
  %one = prim.constant 1.0 : f32 to tensor<f32>
  %unbias = prim.sub %one, %power : tensor<f32>, tensor<f32>
  %alpha = prim.div %rate, %unbias : tensor<f32>, tensor<f32>
  %k = prim.constant 0.1 : f32 to tensor<5x4xf32>
  %dm = prim.sub %g, %m : tensor<5x4xf32>, tensor<5x4xf32>
  %dmk = prim.mul %dm, %k : tensor<5x4xf32>, tensor<5x4xf32>
  %m2 = prim.add %m, %dmk : tensor<5x4xf32>, tensor<5x4xf32>
  %gg = prim.mul %g, %g : tensor<5x4xf32>, tensor<5x4xf32>
  %dv = prim.sub %gg, %v : tensor<5x4xf32>, tensor<5x4xf32>
  %dvk = prim.mul %dv, %k : tensor<5x4xf32>, tensor<5x4xf32>
  %v2 = prim.add %v, %dvk : tensor<5x4xf32>, tensor<5x4xf32>
  %root = prim.sqrt %v2 : tensor<5x4xf32>
  %step = prim.broadcast %alpha along [0, 1] : tensor<f32> -> tensor<5x4xf32>
  %u = prim.mul %step, %m2 : tensor<5x4xf32>, tensor<5x4xf32>
  %du = prim.div %u, %root : tensor<5x4xf32>, tensor<5x4xf32>
  %w2 = prim.sub %w, %du : tensor<5x4xf32>, tensor<5x4xf32>
  return %w2, %m2, %v2 : tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>
}

// -----

// A reshape is another shape of the same place.
// CHECK-LABEL: func.func @reshape(
// CHECK: kernel.view %{{.*}} : tensor<?x4xf32> -> tensor<?x2x2xf32>
func.func @reshape(%x: tensor<?x4xf32>) -> tensor<?x2x2xf32> {
  %0 = prim.reshape %x : tensor<?x4xf32> -> tensor<?x2x2xf32>
  return %0 : tensor<?x2x2xf32>
}

// -----

// What two kernels need and costs little is computed in both rather than stored:
// each reads %x, and nobody writes the differences.
// CHECK-LABEL: func.func @recomputed(
// CHECK-SAME: %[[X:.*]]: tensor<?x3xf32>, %[[M:.*]]: tensor<3xf32>, %[[DY:.*]]: tensor<?x3xf32>
// CHECK: %[[SUM:.*]] = kernel.fused "recomputed_k0" column_reduction {{.*}}(%[[X]], %[[M]]) : (tensor<?x3xf32>, tensor<3xf32>) -> tensor<3xf32>
// CHECK: arith.subf
// CHECK: kernel.fused "recomputed_k1" pointwise {{.*}}%[[X]]
// CHECK: arith.subf
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @recomputed(%x: tensor<?x3xf32>, %m: tensor<3xf32>, %dy: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %mb = prim.broadcast %m along [0] : tensor<3xf32> -> tensor<?x3xf32>
  %d = prim.sub %x, %mb : tensor<?x3xf32>, tensor<?x3xf32>
  %dd = prim.mul %d, %d : tensor<?x3xf32>, tensor<?x3xf32>
  %sum = prim.reduce_sum %dd over [0] : tensor<?x3xf32>
  %sb = prim.broadcast %sum along [0] : tensor<3xf32> -> tensor<?x3xf32>
  %0 = prim.mul %d, %sb : tensor<?x3xf32>, tensor<?x3xf32>
  %1 = prim.mul %0, %dy : tensor<?x3xf32>, tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}

// -----

// The mask of a relu is summed where it is applied, not where the sum is used.
// CHECK-LABEL: func.func @stays(
// CHECK: %[[K:.*]]:2 = kernel.fused "stays_k0" column_reduction over [?, 3] reduced [0]
// CHECK: %[[G:.*]] = arith.select
// CHECK: %[[SUM:.*]] = kernel.reduce addf %[[G]]
// CHECK: kernel.yield %[[SUM]], %[[G]]
// CHECK: kernel.library "stays_k1" "dot" {{.*}}(%[[K]]#1,
// CHECK: kernel.fused "stays_k2" pointwise over [3] reduced [] {{.*}}%[[K]]#0
func.func @stays(%y: tensor<?x3xf32>, %dy: tensor<?x3xf32>, %w: tensor<3x3xf32>, %b: tensor<3xf32>) -> (tensor<?x3xf32>, tensor<3xf32>) {
  %z = prim.constant 0.0 : f32 to tensor<?x3xf32>
  %c = prim.compare gt %y, %z : tensor<?x3xf32>, tensor<?x3xf32>
  %g = prim.select %c, %dy, %z : tensor<?x3xi1>, tensor<?x3xf32>, tensor<?x3xf32>
  %0 = prim.reduce_sum %g over [0] : tensor<?x3xf32>
  %1 = prim.dot %g, %w batch [] x [] contract [1] x [0] : tensor<?x3xf32>, tensor<3x3xf32>
  %2 = prim.sub %b, %0 : tensor<3xf32>, tensor<3xf32>
  return %1, %2 : tensor<?x3xf32>, tensor<3xf32>
}
