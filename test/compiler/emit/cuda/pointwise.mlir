// A thread for each point: fours where they are aligned, and what is left over.
// RUN: dlc-opt %s --print-cuda -o %t.mlir | FileCheck %s

#id1 = affine_map<(d0) -> (d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#col = affine_map<(d0, d1) -> (d1)>
#none = affine_map<(d0, d1) -> ()>
#swap = affine_map<(d0, d1) -> (d1, d0)>

// The symbol names the layer, the comment all layers and the ops.
// CHECK:      // k0: Dense fc1
// CHECK-NEXT: // pointwise over [n, 12]: mulf addf maximumf
// CHECK-NEXT: extern "C" __global__ void __launch_bounds__(128)
// CHECK-NEXT: k0_fc1(const float *__restrict__ in0, const float *__restrict__ in1,
// CHECK-SAME: const float *__restrict__ in2,
// CHECK-NEXT:     float *__restrict__ out0, int n) {
// CHECK-NEXT:   const int count = n * 3;
// CHECK-NEXT:   for (int i = blockIdx.x * 128 + threadIdx.x; i < count; i += gridDim.x * 128) {
// CHECK-NEXT:     const int i0 = (i % 3) * 4;
// CHECK-NEXT:     const int above0 = i / 3;
// CHECK-NEXT:     const Four<float> x0 = load4(in0 + above0 * 12 + i0);
// CHECK-NEXT:     const Four<float> x1 = load4(in1 + i0);
// CHECK-NEXT:     const float x2 = in2[0];
// CHECK-NEXT:     Four<float> y0;
// CHECK-NEXT: #pragma unroll
// CHECK-NEXT:     for (int lane = 0; lane < 4; ++lane) {
// CHECK-NEXT:       const float v0 = x0.at[lane] * x2;
// CHECK-NEXT:       const float v1 = v0 + x1.at[lane];
// CHECK-NEXT:       const float v2 = maximum(v1, 0.1f);
// CHECK-NEXT:       y0.at[lane] = v2;
// CHECK-NEXT:     }
// CHECK-NEXT:     store4(out0 + above0 * 12 + i0, y0);
// CHECK-NEXT:   }
// CHECK-NEXT: }
func.func @f(%x: tensor<?x12xf32>, %b: tensor<12xf32>, %s: tensor<f32>,
             %y: tensor<4099xi1>, %z: tensor<6x4xf32>) {
  %0 = kernel.fused "k0" pointwise over [?, 12] reduced []
      maps [#id2, #col, #none, #id2] (%x, %b, %s)
      : (tensor<?x12xf32>, tensor<12xf32>, tensor<f32>) -> tensor<?x12xf32> {
  ^bb0(%a: f32, %c: f32, %d: f32):
    %k = arith.constant 1.0e-1 : f32
    %m = arith.mulf %a, %d : f32
    %t = arith.addf %m, %c : f32
    %r = arith.maximumf %t, %k : f32
    kernel.yield %r : f32
  } loc("Dense fc1")

  // The remainder is peeled.
  // CHECK:      k1(const unsigned char *__restrict__ in0, int *__restrict__ out0, int n) {
  // CHECK-NEXT:   const int whole = 4099;
  // CHECK-NEXT:   const int count = whole / 4;
  // CHECK:          const Four<unsigned char> x0 = load4(in0 + i0);
  // CHECK:            const int v0 = (x0.at[lane] != 0);
  // CHECK:        if (blockIdx.x == 0 && threadIdx.x < whole % 4) {
  // CHECK-NEXT:     const int i = whole / 4 * 4 + threadIdx.x;
  // CHECK-NEXT:     const bool x0 = in0[i] != 0;
  %1 = kernel.fused "k1" pointwise over [4099] reduced [] maps [#id1, #id1] (%y)
      : (tensor<4099xi1>) -> tensor<4099xi32> {
  ^bb0(%a: i1):
    %e = arith.extui %a : i1 to i32
    kernel.yield %e : i32
  }

  // A transpose goes by single elements.
  // CHECK:      k2(
  // CHECK:        const float x0 = in0[above{{[0-9]+}} + i{{[0-9]+}} * 4];
  %2 = kernel.fused "k2" pointwise over [4, 6] reduced [] maps [#swap, #id2] (%z)
      : (tensor<6x4xf32>) -> tensor<4x6xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return
}

// Kernels that are alike share their code.
// CHECK:      // k3: Dense a
// CHECK-NEXT: // k4: Dense b
// CHECK-NEXT: // pointwise
// CHECK:      k3_a(
// CHECK-NOT:  k4
func.func @alike(%x: tensor<8xf32>) {
  %0 = kernel.fused "k3" pointwise over [8] reduced [] maps [#id1, #id1] (%x)
      : (tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%a: f32):
    %e = math.exp %a : f32
    kernel.yield %e : f32
  } loc("Dense a")
  %1 = kernel.fused "k4" pointwise over [8] reduced [] maps [#id1, #id1] (%0)
      : (tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%a: f32):
    %e = math.exp %a : f32
    kernel.yield %e : f32
  } loc("Dense b")
  return
}
