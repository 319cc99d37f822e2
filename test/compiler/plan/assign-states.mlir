// When a state's new value is written over the old one, and when it is copied.
// RUN: dlc-opt %s --assign-states | FileCheck %s

#id = affine_map<(d0) -> (d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>

// Nothing reads w after the kernel that makes its new value: no copy.
// CHECK-LABEL: func.func @in_place(
// CHECK: %[[NEW:.*]] = kernel.fused "update"
// CHECK-NOT: kernel.fused
// CHECK: return %[[NEW]]
func.func @in_place(%w: tensor<4xf32> {dlc.state = "w"},
                    %g: tensor<4xf32> {dlc.input = "g"})
    -> (tensor<4xf32> {dlc.state = "w"}) {
  %0 = kernel.fused "update" pointwise over [4] reduced []
      maps [#id, #id, #id] (%w, %g)
      : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32, %b: f32):
    %1 = arith.subf %a, %b : f32
    kernel.yield %1 : f32
  }
  return %0 : tensor<4xf32>
}

// The old value is read once more: the new one waits in the arena.
// CHECK-LABEL: func.func @read_later(
// CHECK-SAME: %[[W:[a-z0-9]*]]: tensor<4xf32> {dlc.state = "w"}
// CHECK: %[[NEW:.*]] = kernel.fused "update"
// CHECK: kernel.fused "reader"
// CHECK: %[[COPY:.*]] = kernel.fused "read_later_copy0" {{.*}}(%[[NEW]])
// CHECK: return %[[COPY]]
func.func @read_later(%w: tensor<4xf32> {dlc.state = "w"})
    -> (tensor<4xf32> {dlc.state = "w"}, tensor<4xf32> {dlc.output = "y"}) {
  %0 = kernel.fused "update" pointwise over [4] reduced []
      maps [#id, #id] (%w) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    %1 = arith.addf %a, %a : f32
    kernel.yield %1 : f32
  }
  %2 = kernel.fused "reader" pointwise over [4] reduced []
      maps [#id, #id] (%w) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    %1 = arith.mulf %a, %a : f32
    kernel.yield %1 : f32
  }
  return %0, %2 : tensor<4xf32>, tensor<4xf32>
}

// A library routine writes where it likes: its result is copied.
// CHECK-LABEL: func.func @library(
// CHECK: %[[NEW:.*]] = kernel.library "k0"
// CHECK: %[[COPY:.*]] = kernel.fused "library_copy0" {{.*}}(%[[NEW]])
// CHECK: return %[[COPY]]
func.func @library(%w: tensor<4xf32> {dlc.state = "w"})
    -> (tensor<4xf32> {dlc.state = "w"}) {
  %0 = kernel.library "k0" "pad" {} flops 0.0 (%w) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Two states change places: both are read before either is written.
// CHECK-LABEL: func.func @swap(
// CHECK-SAME: %[[A:[a-z0-9]*]]: tensor<4xf32> {dlc.state = "a"}, %[[B:[a-z0-9]*]]: tensor<4xf32> {dlc.state = "b"}
// CHECK: %[[KEEP_B:.*]] = kernel.fused {{.*}}(%[[B]])
// CHECK: %[[KEEP_A:.*]] = kernel.fused {{.*}}(%[[A]])
// CHECK: %[[NEW_A:.*]] = kernel.fused {{.*}}(%[[KEEP_B]])
// CHECK: %[[NEW_B:.*]] = kernel.fused {{.*}}(%[[KEEP_A]])
// CHECK: return %[[NEW_A]], %[[NEW_B]]
func.func @swap(%a: tensor<4xf32> {dlc.state = "a"},
                %b: tensor<4xf32> {dlc.state = "b"})
    -> (tensor<4xf32> {dlc.state = "a"}, tensor<4xf32> {dlc.state = "b"}) {
  return %b, %a : tensor<4xf32>, tensor<4xf32>
}

// In a group only the member that writes a state may read it: v is written in
// place, w is copied, for the second member may still read it.
// CHECK-LABEL: func.func @group(
// CHECK: %[[NEW:.*]]:2 = kernel.group "k0"
// CHECK: %[[COPY:.*]] = kernel.fused "group_copy0" {{.*}}(%[[NEW]]#0)
// CHECK: return %[[COPY]], %[[NEW]]#1
func.func @group(%w: tensor<4xf32> {dlc.state = "w"}, %v: tensor<4xf32> {dlc.state = "v"})
    -> (tensor<4xf32> {dlc.state = "w"}, tensor<4xf32> {dlc.state = "v"}) {
  %0:2 = kernel.group "k0" (%w, %v, %w) : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>):
    %1 = kernel.fused "k0_0" pointwise over [4] reduced [] maps [#id, #id] (%a) : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%x: f32):
      %r = arith.addf %x, %x : f32
      kernel.yield %r : f32
    }
    %2 = kernel.fused "k0_1" pointwise over [4] reduced [] maps [#id, #id, #id] (%b, %c) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%x: f32, %y: f32):
      %r = arith.addf %x, %y : f32
      kernel.yield %r : f32
    }
    kernel.yield %1, %2 : tensor<4xf32>, tensor<4xf32>
  }
  return %0#0, %0#1 : tensor<4xf32>, tensor<4xf32>
}

// A chain reads an element of m for the last time when its column is complete; of
// w, which the routine reads, no one knows when.
// CHECK-LABEL: func.func @chain(
// CHECK: %[[NEW:.*]]:2 = kernel.chain "k0"
// CHECK: %[[COPY:.*]] = kernel.fused "chain_copy{{[0-9]}}" {{.*}}(%[[NEW]]#1)
// CHECK: return %[[NEW]]#0, %[[COPY]]
func.func @chain(%x: tensor<?x4xf32> {dlc.input = "x"},
                 %w: tensor<4x8xf32>, %b: tensor<8xf32> {dlc.state = "b"},
                 %m: tensor<8xf32> {dlc.state = "m"})
    -> (tensor<8xf32> {dlc.state = "m"}, tensor<8xf32> {dlc.state = "b"}) {
  %0:2 = kernel.chain "k0" (%x, %w, %b, %m)
      : (tensor<?x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  ^bb0(%a: tensor<?x4xf32>, %c: tensor<4x8xf32>, %d: tensor<8xf32>, %e: tensor<8xf32>):
    %y = kernel.library "k0" "dot" {bias = true} flops 64.0 (%a, %c, %d)
        : (tensor<?x4xf32>, tensor<4x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    %1:2 = kernel.fused "k0" column_reduction over [?, 8] reduced [0]
        maps [#id2, #column, #column, #column] (%y, %e)
        : (tensor<?x8xf32>, tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
    ^bb1(%f: f32, %old: f32):
      %s = kernel.reduce addf %f : f32
      %n = arith.addf %old, %s : f32
      kernel.yield %n, %s : f32, f32
    }
    kernel.yield %1#0, %1#1 : tensor<8xf32>, tensor<8xf32>
  }
  return %0#0, %0#1 : tensor<8xf32>, tensor<8xf32>
}
