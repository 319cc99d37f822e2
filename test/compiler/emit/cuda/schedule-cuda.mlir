// The scratch of a kernel stands in the IR, where the plan finds it.
// RUN: dlc-opt %s --schedule-cuda=max-batch=64 | FileCheck %s
// RUN: dlc-opt %s --pass-pipeline='builtin.module(func.func(schedule-cuda{max-batch=64}),plan-memory{max-batch=64})' | FileCheck %s --check-prefix PLAN

#id = affine_map<(d0, d1) -> (d0, d1)>
#col = affine_map<(d0, d1) -> (d1)>

// CHECK:     kernel.fused "sums" {{.*}} {kernel.scratch = [[BYTES:[0-9]+]] : i64, kernel.shared_code = {{[0-9]+}} : i64, kernel.threads = 2048 : i64}
// CHECK-NOT: kernel.scratch
// CHECK-NOT: kernel.shared_code
// PLAN:      kernel.scratch_place = #kernel.place<"arena", {{[0-9]+}}, {{[0-9]+}}>
func.func @f(%x: tensor<?x512xf32>) {
  %0 = kernel.fused "sums" column_reduction over [?, 512] reduced [0]
      maps [#id, #col] (%x) : (tensor<?x512xf32>) -> tensor<512xf32> {
  ^bb0(%a: f32):
    %t = kernel.reduce addf %a : f32
    kernel.yield %t : f32
  }
  %1 = kernel.fused "copy" pointwise over [?, 512] reduced []
      maps [#id, #id] (%x) : (tensor<?x512xf32>) -> tensor<?x512xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return
}
