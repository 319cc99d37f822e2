// A row takes some lanes, a warp or a block; long rows that are few take several.
// RUN: dlc-opt %s --print-cuda -o %t.mlir | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#id1 = affine_map<(d0) -> (d0)>
#none1 = affine_map<(d0) -> ()>

// Two walks: what the second needs is kept in registers.
// CHECK:      // softmax: Activation probabilities
// CHECK-NEXT: // row_reduction over [n, 10]: reduce.maximumf subf exp reduce.addf divf
// CHECK-NEXT: extern "C" __global__ void __launch_bounds__(128)
// CHECK-NEXT: softmax_probabilities(const float *__restrict__ in0, float *__restrict__ out0, int n) {
// CHECK-NEXT:   const int thread = threadIdx.x % 16;
// CHECK-NEXT:   const int slot = blockIdx.x * 8 + threadIdx.x / 16;
// CHECK-NEXT:   const bool isActive = slot < n;
// CHECK-NEXT:   const int row = isActive ? slot : 0;
// CHECK-NEXT:   float keep0[1];
// CHECK-NEXT:   float r0 = __int_as_float(0xFF800000);
// CHECK-NEXT:   {
// CHECK-NEXT:     const int j = thread;
// CHECK-NEXT:     if (isActive && j < 10) {
// CHECK-NEXT:       const float x0 = in0[row * 10 + j];
// CHECK-NEXT:       keep0[0] = x0;
// CHECK-NEXT:       r0 = maximum(r0, x0);
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: #pragma unroll
// CHECK-NEXT:   for (int step = 8; step > 0; step /= 2) {
// CHECK-NEXT:     r0 = maximum(r0, __shfl_xor_sync(0xffffffffu, r0, step));
// CHECK-NEXT:   }
// CHECK:            const float v0 = keep0[0] - r0;
// CHECK:            const float [[P:v[0-9]+]] = keep1[0] / r1;
// CHECK-NEXT:       out0[row * 10 + j] = [[P]];
func.func @softmax(%x: tensor<?x10xf32>) {
  %0 = kernel.fused "softmax" row_reduction over [?, 10] reduced [1]
      maps [#id, #id] (%x) : (tensor<?x10xf32>) -> tensor<?x10xf32> {
  ^bb0(%a: f32):
    %m = kernel.reduce maximumf %a : f32
    %s = arith.subf %a, %m : f32
    %e = math.exp %s : f32
    %t = kernel.reduce addf %e : f32
    %p = arith.divf %e, %t : f32
    kernel.yield %p : f32
  } loc("Activation probabilities")
  return
}

// A block a row, by fours; the second walk reads again.
// CHECK:      __launch_bounds__(256)
// CHECK-NEXT: wide(
// CHECK:        const int row = blockIdx.x;
// CHECK:        for (int j = threadIdx.x; j < 5000; j += 256) {
// CHECK-NEXT:     const int [[I:i[0-9]+]] = j * 4;
// CHECK-NEXT:     const Four<float> x0 = load4(in0 + row * 20000 + [[I]]);
// CHECK:        __shared__ float warps0[8];
// CHECK:        __syncthreads();
// CHECK-NEXT:   r0 = warps0[0];
// CHECK:          store4(out0 + row * 20000 +
func.func @wide(%x: tensor<?x20000xf32>) {
  %0 = kernel.fused "wide" row_reduction over [?, 20000] reduced [1]
      maps [#id, #id] (%x) : (tensor<?x20000xf32>) -> tensor<?x20000xf32> {
  ^bb0(%a: f32):
    %t = kernel.reduce addf %a : f32
    %p = arith.divf %a, %t : f32
    kernel.yield %p : f32
  }
  return
}

// One long row: the last block adds up what all blocks have left.
// CHECK:      __device__ unsigned int norm_done[1];
// CHECK:        const int chunk = blockIdx.x % [[CHUNKS:[0-9]+]];
// CHECK:        if (threadIdx.x == 0) {
// CHECK-NEXT:     parts0[chunk] = r0;
// CHECK:        if (!isLastBlock(&norm_done[0], [[CHUNKS]]))
// CHECK-NEXT:     return;
// CHECK:          r0 = r0 + __ldcg(parts0 + part);
// CHECK:        if (threadIdx.x == 0) {
// CHECK-NEXT:     const float [[R:v[0-9]+]] = sqrtf(r0);
// CHECK-NEXT:     out0[0] = [[R]];
func.func @norm(%x: tensor<1000000xf32>) {
  %0 = kernel.fused "norm" row_reduction over [1000000] reduced [0]
      maps [#id1, #none1] (%x) : (tensor<1000000xf32>) -> tensor<f32> {
  ^bb0(%a: f32):
    %q = arith.mulf %a, %a : f32
    %t = kernel.reduce addf %q : f32
    %r = math.sqrt %t : f32
    kernel.yield %r : f32
  }
  return
}
