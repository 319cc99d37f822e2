// Launches that leave room run beside others, and what they use stays apart.
// RUN: dlc-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(assign-streams{max-batch=16}))' | FileCheck %s
// RUN: dlc-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(assign-streams{max-batch=16}),plan-memory{max-batch=16},check-plan)' | FileCheck %s --check-prefix=PLAN
// RUN: dlc-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(assign-streams{max-batch=16 streams=1}))' | FileCheck %s --check-prefix=ONE

// ONE-NOT: kernel.stream

#id = affine_map<(d0, d1) -> (d0, d1)>
#first = affine_map<(d0, d1) -> (d0, 0)>

// CHECK-LABEL: func.func @towers(
// CHECK: kernel.fused "left_0" {{.*}}kernel.stream = 0 : i64, kernel.threads
// CHECK: kernel.fused "left_1" {{.*}}kernel.stream = 0 : i64, kernel.threads
// CHECK: kernel.fused "right_0" {{.*}}kernel.stream = 1 : i64, kernel.threads
// CHECK: kernel.fused "right_1" {{.*}}kernel.stream = 1 : i64, kernel.threads
// CHECK: kernel.fused "sum" {{.*}}kernel.stream = 0 : i64, kernel.threads = 128 : i64, kernel.waits = array<i64: 3>}
// One after the other, right_0 would take the place that left_0 had.
// PLAN-LABEL: func.func @towers(
// PLAN-SAME: dlc.max_live_bytes = 2560 : i64
func.func @towers(%x: tensor<?x8xf32> {dlc.input = "x"})
    -> (tensor<?x8xf32> {dlc.output = "z"}) {
  %0 = kernel.fused "left_0" pointwise over [?, 8] reduced []
      maps [#first, #id] (%x) {kernel.threads = 128 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %1 = kernel.fused "left_1" pointwise over [?, 8] reduced []
      maps [#first, #id] (%0) {kernel.threads = 128 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %2 = kernel.fused "right_0" pointwise over [?, 8] reduced []
      maps [#first, #id] (%x) {kernel.threads = 128 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %3 = kernel.fused "right_1" pointwise over [?, 8] reduced []
      maps [#first, #id] (%2) {kernel.threads = 128 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %4 = kernel.fused "sum" pointwise over [?, 8] reduced []
      maps [#id, #id, #id] (%1, %3) {kernel.threads = 128 : i64} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    kernel.yield %s : f32
  }
  return %4 : tensor<?x8xf32>
}

// -----

// Each fills the GPU.
#id = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func.func @full(
// CHECK-NOT: kernel.stream
func.func @full(%x: tensor<?x262144xf32> {dlc.input = "x"}, %y: tensor<?x262144xf32> {dlc.input = "y"})
    -> (tensor<?x262144xf32> {dlc.output = "a"}, tensor<?x262144xf32> {dlc.output = "b"}) {
  %0 = kernel.fused "left" pointwise over [?, 262144] reduced []
      maps [#id, #id] (%x) {kernel.threads = 200000 : i64} : (tensor<?x262144xf32>) -> tensor<?x262144xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %1 = kernel.fused "right" pointwise over [?, 262144] reduced []
      maps [#id, #id] (%y) {kernel.threads = 200000 : i64} : (tensor<?x262144xf32>) -> tensor<?x262144xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return %0, %1 : tensor<?x262144xf32>, tensor<?x262144xf32>
}

// -----

// Their code counts blocks in one place.
#id = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func.func @counting(
// CHECK-NOT: kernel.stream
func.func @counting(%x: tensor<?x8xf32> {dlc.input = "x"}, %y: tensor<?x8xf32> {dlc.input = "y"})
    -> (tensor<?x8xf32> {dlc.output = "a"}, tensor<?x8xf32> {dlc.output = "b"}) {
  %0 = kernel.fused "left" pointwise over [?, 8] reduced []
      maps [#id, #id] (%x) {kernel.shared_code = 5 : i64, kernel.threads = 128 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %1 = kernel.fused "right" pointwise over [?, 8] reduced []
      maps [#id, #id] (%y) {kernel.shared_code = 5 : i64, kernel.threads = 128 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return %0, %1 : tensor<?x8xf32>, tensor<?x8xf32>
}
