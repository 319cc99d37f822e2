// States have one place in all functions; the arena is used again.
// RUN: dlc-opt %s --plan-memory=max-batch=16 --check-plan | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#first = affine_map<(d0, d1) -> (d0, 0)>
#row = affine_map<(d0, d1) -> (d0)>
#id1 = affine_map<(d0) -> (d0)>

// CHECK: module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 64 : i64}

// Four tensors of 16 * 8 * 4 = 512 bytes, of which two are live at a time: every
// kernel spreads the first column, so none may write over what it reads.
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
      maps [#first, #id] (%x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %1 = kernel.fused "k1" pointwise over [?, 8] reduced []
      maps [#first, #id] (%0) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %2 = kernel.fused "k2" pointwise over [?, 8] reduced []
      maps [#first, #id] (%1) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return %2 : tensor<?x8xf32>
}

// Both kernels read each element where they write it: all in one place.
// CHECK-LABEL: func.func @in_place(
// CHECK-SAME: dlc.place = #kernel.place<"arena", 0, 512>
// CHECK-SAME: dlc.arena_bytes = 512 : i64, dlc.max_live_bytes = 512 : i64
// CHECK: kernel.fused "i0" {{.*}} {kernel.places = [#kernel.place<"arena", 0, 512>]}
// CHECK: kernel.fused "i1" {{.*}} {kernel.places = [#kernel.place<"arena", 0, 512>]}
func.func @in_place(%x: tensor<?x8xf32> {dlc.input = "x"})
    -> (tensor<?x8xf32> {dlc.output = "y"}) {
  %0 = kernel.fused "i0" pointwise over [?, 8] reduced []
      maps [#id, #id] (%x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %1 = kernel.fused "i1" row_reduction over [?, 8] reduced [1]
      maps [#id, #id] (%0) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    %q = arith.divf %a, %s : f32
    kernel.yield %q : f32
  }
  return %1 : tensor<?x8xf32>
}

// A member of a group writes over what only it reads; not over what another
// member reads at the same time.
// CHECK-LABEL: func.func @group(
// CHECK-SAME: dlc.place = #kernel.place<"arena", 0, 32>
// CHECK-SAME: dlc.place = #kernel.place<"arena", 64, 32>
// CHECK: kernel.group "g"{{.*}} {kernel.places = [#kernel.place<"arena", 0, 32>, #kernel.place<"arena", 128, 32>, #kernel.place<"arena", 192, 32>]}
func.func @group(%x: tensor<8xf32> {dlc.input = "x"},
                 %y: tensor<8xf32> {dlc.input = "y"})
    -> (tensor<8xf32> {dlc.output = "p"}, tensor<8xf32> {dlc.output = "q"},
        tensor<8xf32> {dlc.output = "r"}) {
  %0:3 = kernel.group "g" (%x, %y, %y)
      : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
      -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  ^bb0(%a: tensor<8xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>):
    %1 = kernel.fused "g_0" pointwise over [8] reduced [] maps [#id1, #id1] (%a)
        : (tensor<8xf32>) -> tensor<8xf32> {
    ^bb0(%e: f32):
      kernel.yield %e : f32
    }
    %2 = kernel.fused "g_1" pointwise over [8] reduced [] maps [#id1, #id1] (%b)
        : (tensor<8xf32>) -> tensor<8xf32> {
    ^bb0(%e: f32):
      kernel.yield %e : f32
    }
    %3 = kernel.fused "g_2" pointwise over [8] reduced [] maps [#id1, #id1] (%c)
        : (tensor<8xf32>) -> tensor<8xf32> {
    ^bb0(%e: f32):
      kernel.yield %e : f32
    }
    kernel.yield %1, %2, %3 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
  }
  return %0#0, %0#1, %0#2 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

// Not in place: r0 because x is read later, r1 because it reads x at two maps,
// r2 because a mask has other elements, r3 because it writes sums a row with
// elements behind them.
// CHECK-LABEL: func.func @needs_another(
// CHECK-SAME: dlc.place = #kernel.place<"arena", [[X:[0-9]+]], 512>
// CHECK: kernel.fused "r0"
// CHECK-NOT: kernel.places = [#kernel.place<"arena", [[X]],
// CHECK: kernel.fused "r1"
// CHECK-NOT: kernel.places = [#kernel.place<"arena", [[X]], 512>
// CHECK: kernel.fused "r2"
// CHECK-SAME: kernel.places = [#kernel.place<"arena", [[MASK:[0-9]+]], 128>]
// CHECK: kernel.fused "r3"
// CHECK-SAME: kernel.places = [#kernel.place<"arena", [[E:[0-9]+]], 512>, #kernel.place<"arena", [[S:[0-9]+]], 64>]
func.func @needs_another(%x: tensor<?x8xf32> {dlc.input = "x"},
                         %r: tensor<?xf32> {dlc.input = "r"})
    -> (tensor<?x8xf32> {dlc.output = "y"}, tensor<?xf32> {dlc.output = "s"},
        tensor<?x8xi1> {dlc.output = "m"}) {
  %0 = kernel.fused "r0" pointwise over [?, 8] reduced []
      maps [#id, #id] (%x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %1 = kernel.fused "r1" pointwise over [?, 8] reduced []
      maps [#id, #first, #id] (%x, %x)
      : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32, %b: f32):
    %c = arith.addf %a, %b : f32
    kernel.yield %c : f32
  }
  %2 = kernel.fused "r2" pointwise over [?, 8] reduced []
      maps [#id, #id, #id] (%0, %1)
      : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xi1> {
  ^bb0(%a: f32, %b: f32):
    %c = arith.cmpf olt, %a, %b : f32
    kernel.yield %c : i1
  }
  %3:2 = kernel.fused "r3" row_reduction over [?, 8] reduced [1]
      maps [#row, #row, #id, #row] (%r, %r)
      : (tensor<?xf32>, tensor<?xf32>) -> (tensor<?x8xf32>, tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32):
    %s = kernel.reduce addf %a : f32
    kernel.yield %b, %s : f32, f32
  }
  return %3#0, %3#1, %2 : tensor<?x8xf32>, tensor<?xf32>, tensor<?x8xi1>
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
