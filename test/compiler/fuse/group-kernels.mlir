// Kernels that do not wait for each other share a launch.
// RUN: dlc-opt %s --pass-pipeline='builtin.module(func.func(group-kernels{max-batch=64}))' --split-input-file | FileCheck %s

#id = affine_map<(d0) -> (d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>

// The updates of all weights stand together behind the last gradient.
// CHECK-LABEL: func.func @updates(
// CHECK-SAME: %[[W:.*]]: tensor<5x4xf32> {dlc.state = "w"}, %[[B:.*]]: tensor<4xf32> {dlc.state = "b"}, %[[DW:.*]]: tensor<5x4xf32>, %[[X:.*]]: tensor<1x4xf32>
// CHECK-NEXT: %[[DB:.*]] = kernel.library "updates_k0" "dot"
// CHECK-NEXT: %[[NEW:.*]]:2 = kernel.group "updates_k1"(%[[W]], %[[DW]], %[[B]], %[[DB]])
// CHECK-SAME: -> (tensor<5x4xf32>, tensor<4xf32>) {
// CHECK-NEXT: ^bb0(%[[A0:.*]]: tensor<5x4xf32>, %[[A1:.*]]: tensor<5x4xf32>, %[[A2:.*]]: tensor<4xf32>, %[[A3:.*]]: tensor<4xf32>):
// CHECK-NEXT: %[[M0:.*]] = kernel.fused "updates_k1_0" pointwise over [5, 4] {{.*}}(%[[A0]], %[[A1]])
// CHECK:      %[[M1:.*]] = kernel.fused "updates_k1_1" pointwise over [4] {{.*}}(%[[A2]], %[[A3]])
// CHECK:      kernel.yield %[[M0]], %[[M1]] : tensor<5x4xf32>, tensor<4xf32>
// CHECK:      return %[[NEW]]#0, %[[NEW]]#1
func.func @updates(%w: tensor<5x4xf32> {dlc.state = "w"}, %b: tensor<4xf32> {dlc.state = "b"},
                   %dw: tensor<5x4xf32>, %x: tensor<1x4xf32>, %one: tensor<1xf32>)
    -> (tensor<5x4xf32> {dlc.state = "w"}, tensor<4xf32> {dlc.state = "b"}) {
  %0 = kernel.fused "k0" pointwise over [5, 4] reduced [] maps [#id2, #id2, #id2] (%w, %dw)
      : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32> {
  ^bb0(%a: f32, %g: f32):
    %r = arith.subf %a, %g : f32
    kernel.yield %r : f32
  }
  %1 = kernel.library "k1" "dot" {} flops 8.0 (%one, %x) : (tensor<1xf32>, tensor<1x4xf32>) -> tensor<4xf32>
  %2 = kernel.fused "k2" pointwise over [4] reduced [] maps [#id, #id, #id] (%b, %1)
      : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32, %g: f32):
    %r = arith.subf %a, %g : f32
    kernel.yield %r : f32
  }
  return %0, %2 : tensor<5x4xf32>, tensor<4xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// What others need stands before them: the first two may share a launch, the
// third one needs a result of theirs.
// CHECK-LABEL: func.func @between(
// CHECK-NEXT: %[[K:.*]]:2 = kernel.group "between_k0"
// CHECK: kernel.fused "between_k1" {{.*}}(%[[K]]#0, %[[K]]#1)
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @between(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = kernel.fused "k0" pointwise over [4] reduced [] maps [#id, #id] (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    %r = math.exp %a : f32
    kernel.yield %r : f32
  }
  %1 = kernel.fused "k1" pointwise over [4] reduced [] maps [#id, #id] (%y) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    %r = math.log %a : f32
    kernel.yield %r : f32
  }
  %2 = kernel.fused "k2" pointwise over [4] reduced [] maps [#id, #id, #id] (%0, %1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32, %b: f32):
    %r = arith.addf %a, %b : f32
    kernel.yield %r : f32
  }
  return %2 : tensor<4xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// A view of a result follows it.
// CHECK-LABEL: func.func @views(
// CHECK-NEXT: %[[K:.*]]:2 = kernel.group
// CHECK: %[[V:.*]] = kernel.view %[[K]]#0
// CHECK: return %[[V]], %[[K]]#1
func.func @views(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<2x2xf32>, tensor<4xf32>) {
  %0 = kernel.fused "k0" pointwise over [4] reduced [] maps [#id, #id] (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    %r = math.exp %a : f32
    kernel.yield %r : f32
  }
  %1 = kernel.view %0 : tensor<4xf32> -> tensor<2x2xf32>
  %2 = kernel.fused "k1" pointwise over [4] reduced [] maps [#id, #id] (%y) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    %r = math.log %a : f32
    kernel.yield %r : f32
  }
  return %1, %2 : tensor<2x2xf32>, tensor<4xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// The mean reads w before it is written over: the two may not run side by side.
// The mean may not wait behind the update either.
// CHECK-LABEL: func.func @race(
// CHECK: kernel.fused "race_k0" {{.*}}(%[[MEAN:.*]], %[[W:.*]]) :
// CHECK: kernel.library "race_k1" {{.*}}(%[[W]],
// CHECK: kernel.group "race_k2"(%[[W]], %{{.*}}, %{{.*}}, %{{.*}}) :
func.func @race(%w: tensor<4xf32> {dlc.state = "w"}, %mean: tensor<4xf32> {dlc.state = "mean"},
                %t: tensor<4xf32> {dlc.state = "t"}, %g: tensor<4xf32>, %x: tensor<4x4xf32>)
    -> (tensor<4xf32> {dlc.state = "mean"}, tensor<4xf32> {dlc.state = "w"}, tensor<4xf32> {dlc.state = "t"}) {
  %0 = kernel.fused "k0" pointwise over [4] reduced [] maps [#id, #id, #id] (%mean, %w)
      : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32, %b: f32):
    %r = arith.addf %a, %b : f32
    kernel.yield %r : f32
  }
  %1 = kernel.library "k1" "dot" {} flops 8.0 (%w, %x) : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4xf32>
  %2 = kernel.fused "k2" pointwise over [4] reduced [] maps [#id, #id, #id] (%w, %1)
      : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32, %b: f32):
    %r = arith.subf %a, %b : f32
    kernel.yield %r : f32
  }
  %3 = kernel.fused "k3" pointwise over [4] reduced [] maps [#id, #id, #id] (%t, %g)
      : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32, %b: f32):
    %r = arith.subf %a, %b : f32
    kernel.yield %r : f32
  }
  return %0, %2, %3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

#id2 = affine_map<(d0, d1) -> (d0, d1)>

// A gradient of 1537 x 1024 floats, and activations of 64 x 16385, do not wait; a
// gradient of 1536 x 1024 does.
// CHECK-LABEL: func.func @large(
// CHECK: kernel.fused "large_k0" pointwise over [1537, 1024]
// CHECK: kernel.fused "large_k1" pointwise over [?, 16385]
// CHECK: kernel.group "large_k2"
// CHECK: kernel.fused "large_k2_0" pointwise over [1536, 1024]
// CHECK: kernel.fused "large_k2_1" pointwise over [1536, 1024]
func.func @large(%w0: tensor<1537x1024xf32> {dlc.state = "w0"}, %g0: tensor<1537x1024xf32>, %x: tensor<?x16385xf32>,
                 %w1: tensor<1536x1024xf32> {dlc.state = "w1"}, %g1: tensor<1536x1024xf32>,
                 %w2: tensor<1536x1024xf32> {dlc.state = "w2"}, %g2: tensor<1536x1024xf32>)
    -> (tensor<1537x1024xf32> {dlc.state = "w0"}, tensor<?x16385xf32>,
        tensor<1536x1024xf32> {dlc.state = "w1"}, tensor<1536x1024xf32> {dlc.state = "w2"}) {
  %0 = kernel.fused "k0" pointwise over [1537, 1024] reduced [] maps [#id2, #id2, #id2] (%w0, %g0)
      : (tensor<1537x1024xf32>, tensor<1537x1024xf32>) -> tensor<1537x1024xf32> {
  ^bb0(%a: f32, %b: f32):
    %r = arith.subf %a, %b : f32
    kernel.yield %r : f32
  }
  %1 = kernel.fused "k1" pointwise over [?, 16385] reduced [] maps [#id2, #id2] (%x)
      : (tensor<?x16385xf32>) -> tensor<?x16385xf32> {
  ^bb0(%a: f32):
    %r = math.exp %a : f32
    kernel.yield %r : f32
  }
  %2 = kernel.fused "k2" pointwise over [1536, 1024] reduced [] maps [#id2, #id2, #id2] (%w1, %g1)
      : (tensor<1536x1024xf32>, tensor<1536x1024xf32>) -> tensor<1536x1024xf32> {
  ^bb0(%a: f32, %b: f32):
    %r = arith.subf %a, %b : f32
    kernel.yield %r : f32
  }
  %3 = kernel.fused "k3" pointwise over [1536, 1024] reduced [] maps [#id2, #id2, #id2] (%w2, %g2)
      : (tensor<1536x1024xf32>, tensor<1536x1024xf32>) -> tensor<1536x1024xf32> {
  ^bb0(%a: f32, %b: f32):
    %r = arith.subf %a, %b : f32
    kernel.yield %r : f32
  }
  return %0, %1, %2, %3 : tensor<1537x1024xf32>, tensor<?x16385xf32>, tensor<1536x1024xf32>, tensor<1536x1024xf32>
}

// -----

#none = affine_map<() -> ()>
#id = affine_map<(d0) -> (d0)>
#one = affine_map<(d0) -> ()>

// What needs no other kernel may also come earlier, even if it changes a state
// that nobody else reads; what changes one that is read before may not.
// CHECK-LABEL: func.func @early(
// CHECK-NEXT: kernel.group "early_k0"
// CHECK-NEXT: ^bb0
// CHECK-NEXT: kernel.fused "early_k0_0" {{.*}}() :
// CHECK:      kernel.fused "early_k0_1" {{.*}}tensor<i32>
// CHECK-NOT:  early_k0_2
// CHECK:      kernel.fused "early_k1" pointwise over [4]
// CHECK:      kernel.fused "early_k2" pointwise over []
func.func @early(%x: tensor<4xf32>, %step: tensor<i32> {dlc.state = "step"}, %seen: tensor<f32> {dlc.state = "seen"})
    -> (tensor<4xf32>, tensor<i32> {dlc.state = "step"}, tensor<f32> {dlc.state = "seen"}, tensor<4xf32>) {
  %0 = kernel.fused "k0" pointwise over [] reduced [] maps [#none] () : () -> tensor<f32> {
    %n = kernel.batch_size
    kernel.yield %n : f32
  }
  %1 = kernel.fused "k1" pointwise over [4] reduced [] maps [#id, #one, #one, #id] (%x, %0, %seen)
      : (tensor<4xf32>, tensor<f32>, tensor<f32>) -> tensor<4xf32> {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %q = arith.divf %a, %b : f32
    %r = arith.mulf %q, %c : f32
    kernel.yield %r : f32
  }
  %2:2 = kernel.fused "k2" pointwise over [] reduced [] maps [#none, #none, #none] (%step)
      : (tensor<i32>) -> (tensor<i32>, tensor<f32>) {
  ^bb0(%a: i32):
    %c = arith.constant 1 : i32
    %r = arith.addi %a, %c : i32
    %f = arith.sitofp %r : i32 to f32
    kernel.yield %r, %f : i32, f32
  }
  %3:2 = kernel.fused "k3" pointwise over [] reduced [] maps [#none, #none, #none] (%seen)
      : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: f32):
    %r = arith.addf %a, %a : f32
    kernel.yield %r, %r : f32, f32
  }
  %4 = kernel.library "k4" "dot" {} flops 8.0 (%2#1, %3#1) : (tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %1, %2#0, %3#0, %4 : tensor<4xf32>, tensor<i32>, tensor<f32>, tensor<4xf32>
}

// -----

#id2 = affine_map<(d0, d1) -> (d0, d1)>

// The gradient of a large weight is made late, of little that waits for that, and its
// update shares the launch of the small ones.
// CHECK-LABEL: func.func @late(
// CHECK: kernel.library "late_k0" "concat"
// CHECK: %[[G:.*]] = kernel.library "late_k1" "dot"
// CHECK-NEXT: kernel.group "late_k2"({{.*}}, %[[G]])
// CHECK: kernel.fused "late_k2_1" pointwise over [1537, 1024]
func.func @late(%w0: tensor<1537x1024xf32> {dlc.state = "w0"}, %x: tensor<8x1537xf32>, %y: tensor<8x1024xf32>,
                %w1: tensor<4x4xf32> {dlc.state = "w1"}, %g1: tensor<4x4xf32>)
    -> (tensor<1537x1024xf32> {dlc.state = "w0"}, tensor<4x4xf32> {dlc.state = "w1"}) {
  %g0 = kernel.library "k0" "dot" {} flops 8.0 (%x, %y) : (tensor<8x1537xf32>, tensor<8x1024xf32>) -> tensor<1537x1024xf32>
  %0 = kernel.fused "k1" pointwise over [1537, 1024] reduced [] maps [#id2, #id2, #id2] (%w0, %g0)
      : (tensor<1537x1024xf32>, tensor<1537x1024xf32>) -> tensor<1537x1024xf32> {
  ^bb0(%a: f32, %b: f32):
    %r = arith.subf %a, %b : f32
    kernel.yield %r : f32
  }
  %h = kernel.library "k2" "concat" {axis = 0 : i64} flops 0.0 (%g1) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = kernel.fused "k3" pointwise over [4, 4] reduced [] maps [#id2, #id2, #id2] (%w1, %h)
      : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32> {
  ^bb0(%a: f32, %b: f32):
    %r = arith.subf %a, %b : f32
    kernel.yield %r : f32
  }
  return %0, %1 : tensor<1537x1024xf32>, tensor<4x4xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>
#all = affine_map<(d0) -> ()>

// Short sums are members, and wait for each other: what only the updates read may
// come right before them. A sum that takes many blocks has its own launch.
// CHECK-LABEL: func.func @sums(
// CHECK: kernel.group "sums_k0"
// CHECK: kernel.fused "sums_k0_0" row_reduction over [?] reduced [0]
// CHECK: kernel.fused "sums_k0_1" column_reduction over [?, 10] reduced [0]
// CHECK: kernel.fused "sums_k1" row_reduction over [?, 200]
// CHECK: kernel.group "sums_k2"
// CHECK: kernel.fused "sums_k2_0" pointwise over []
// CHECK: kernel.fused "sums_k2_1" pointwise over [10]
// CHECK-NOT: kernel.fused
// CHECK: return
func.func @sums(%b: tensor<10xf32> {dlc.state = "b"}, %total: tensor<f32> {dlc.state = "total"},
                %loss: tensor<?xf32>, %g: tensor<?x10xf32>, %h: tensor<?x200xf32>)
    -> (tensor<10xf32> {dlc.state = "b"}, tensor<f32> {dlc.state = "total"}, tensor<f32>) {
  %0 = kernel.fused "k0" row_reduction over [?] reduced [0] maps [#id, #all] (%loss)
      : (tensor<?xf32>) -> tensor<f32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    kernel.yield %s : f32
  }
  %1 = kernel.fused "k1" pointwise over [] reduced [] maps [affine_map<() -> ()>, affine_map<() -> ()>, affine_map<() -> ()>] (%total, %0)
      : (tensor<f32>, tensor<f32>) -> tensor<f32> {
  ^bb0(%a: f32, %c: f32):
    %r = arith.addf %a, %c : f32
    kernel.yield %r : f32
  }
  %2 = kernel.fused "k2" column_reduction over [?, 10] reduced [0] maps [#id2, #column] (%g)
      : (tensor<?x10xf32>) -> tensor<10xf32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    kernel.yield %s : f32
  }
  %3 = kernel.fused "k3" row_reduction over [?, 200] reduced [0, 1] maps [#id2, affine_map<(d0, d1) -> ()>] (%h)
      : (tensor<?x200xf32>) -> tensor<f32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    kernel.yield %s : f32
  }
  %4 = kernel.fused "k4" pointwise over [10] reduced [] maps [#id, #id, #id] (%b, %2)
      : (tensor<10xf32>, tensor<10xf32>) -> tensor<10xf32> {
  ^bb0(%a: f32, %c: f32):
    %r = arith.subf %a, %c : f32
    kernel.yield %r : f32
  }
  return %4, %1, %3 : tensor<10xf32>, tensor<f32>, tensor<f32>
}

// -----

#id2 = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// Eight folds make a group, the others another one.
// CHECK-LABEL: func.func @folds(
// CHECK: kernel.group "folds_k0"
// CHECK-NOT: "folds_k0_2"
// CHECK: kernel.group "folds_k1"
// CHECK: "folds_k1_1"
// CHECK-NOT: kernel.fused "folds_k2"
// CHECK: return
func.func @folds(%x: tensor<2x9xf32>)
    -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %0 = kernel.fused "k0" row_reduction over [2, 9] reduced [1] maps [#id2, #row] (%x)
      : (tensor<2x9xf32>) -> tensor<2xf32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    %t = kernel.reduce mulf %a : f32
    %u = kernel.reduce maximumf %a : f32
    %v = kernel.reduce minimumf %a : f32
    %p = arith.addf %s, %t : f32
    %q = arith.addf %p, %u : f32
    %r = arith.addf %q, %v : f32
    kernel.yield %r : f32
  }
  %1 = kernel.fused "k1" row_reduction over [2, 9] reduced [1] maps [#id2, #row] (%x)
      : (tensor<2x9xf32>) -> tensor<2xf32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    %t = kernel.reduce mulf %a : f32
    %u = kernel.reduce maximumf %a : f32
    %v = kernel.reduce minimumf %a : f32
    %p = arith.addf %s, %t : f32
    %q = arith.addf %p, %u : f32
    %r = arith.addf %q, %v : f32
    kernel.yield %r : f32
  }
  %2 = kernel.fused "k2" row_reduction over [2, 9] reduced [1] maps [#id2, #row] (%x)
      : (tensor<2x9xf32>) -> tensor<2xf32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    %t = kernel.reduce mulf %a : f32
    %u = kernel.reduce maximumf %a : f32
    %v = kernel.reduce minimumf %a : f32
    %p = arith.addf %s, %t : f32
    %q = arith.addf %p, %u : f32
    %r = arith.addf %q, %v : f32
    kernel.yield %r : f32
  }
  %3 = kernel.fused "k3" row_reduction over [2, 9] reduced [1] maps [#id2, #row] (%x)
      : (tensor<2x9xf32>) -> tensor<2xf32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    %t = kernel.reduce mulf %a : f32
    %u = kernel.reduce maximumf %a : f32
    %v = kernel.reduce minimumf %a : f32
    %p = arith.addf %s, %t : f32
    %q = arith.addf %p, %u : f32
    %r = arith.addf %q, %v : f32
    kernel.yield %r : f32
  }
  return %0, %1, %2, %3 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}
