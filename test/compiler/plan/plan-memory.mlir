// States have one place in all functions; the arena is used again.
// RUN: dlc-opt %s --plan-memory=max-batch=16 | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>

// CHECK: module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 64 : i64}

// Four tensors of 16 * 8 * 4 = 512 bytes, of which two are live at a time.
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: dlc.place = #kernel.place<"arena", 0, 512>
// CHECK-SAME: dlc.place = #kernel.place<"state", 0, 32>
// CHECK-SAME: dlc.arena_bytes = 1024 : i64, dlc.max_live_bytes = 1024 : i64
// CHECK: kernel.fused "k0" {{.*}} {kernel.places = [#kernel.place<"arena", 512, 512>]}
// CHECK: kernel.fused "k1" {{.*}} {kernel.places = [#kernel.place<"arena", 0, 512>]}
// CHECK: kernel.fused "k2" {{.*}} {kernel.places = [#kernel.place<"arena", 512, 512>]}
func.func @chain(%x: tensor<?x8xf32> {dlc.input = "x"},
                 %w: tensor<8xf32> {dlc.state = "w"})
    -> (tensor<?x8xf32> {dlc.output = "y"}) {
  %0 = kernel.fused "k0" pointwise over [?, 8] reduced []
      maps [#id, #id] (%x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %1 = kernel.fused "k1" pointwise over [?, 8] reduced []
      maps [#id, #id] (%0) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %2 = kernel.fused "k2" pointwise over [?, 8] reduced []
      maps [#id, #id] (%1) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return %2 : tensor<?x8xf32>
}

// A view lies where its operand lies and keeps it alive; the same state again.
// CHECK-LABEL: func.func @view(
// CHECK-SAME: dlc.place = #kernel.place<"state", 0, 32>
// CHECK: kernel.view {{.*}} {kernel.places = [#kernel.place<"state", 0, 32>]}
// CHECK: kernel.fused "v0" {{.*}} {kernel.places = [#kernel.place<"arena", 0, 32>]}
func.func @view(%w: tensor<8xf32> {dlc.state = "w"})
    -> (tensor<2x4xf32> {dlc.output = "y"}) {
  %0 = kernel.view %w : tensor<8xf32> -> tensor<2x4xf32>
  %1 = kernel.fused "v0" pointwise over [2, 4] reduced []
      maps [#id, #id] (%0) : (tensor<2x4xf32>) -> tensor<2x4xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return %1 : tensor<2x4xf32>
}
