// Columns side by side, lines of rows, chunks of rows, each in its order.
// RUN: dlc-opt %s --print-cuda -o %t.mlir | FileCheck %s

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#col = affine_map<(d0, d1, d2) -> (d2)>

// CHECK:      // bias: Conv2D conv
// CHECK-NEXT: // Blocks that have left their partial results; zero between launches.
// CHECK-NEXT: __device__ unsigned int bias_conv_done[1];
// CHECK-NEXT: // column_reduction over [n, 576, 64]: cmpf select reduce.addf
// CHECK-NEXT: extern "C" __global__ void __launch_bounds__(256)
// CHECK-NEXT: bias_conv(
// CHECK:        char *scratch, int n) {
// CHECK-NEXT:   const int thread = threadIdx.x % 16, line = threadIdx.x / 16;
// CHECK-NEXT:   const int chunk = blockIdx.x % [[CHUNKS:[0-9]+]];
// CHECK:        float r0[4] = {0.0f, 0.0f, 0.0f, 0.0f};
// CHECK:        for (int row = begin + line; row < end; row += 16) {
// CHECK-NEXT:     const Four<float> x0 = load4(in0 + row * 64 + i0);
// CHECK:            r0[lane] = r0[lane] + [[G:v[0-9]+]];
// CHECK-NEXT:       y1.at[lane] = [[G]];
// CHECK:          store4(out1 + row * 64 + i0, y1);
// CHECK:        __shared__ float lines0[16][16][4];
// CHECK:          for (int other = 1; other < 16; ++other) {
// CHECK:        for (int part = line; part < [[CHUNKS]]; part += 16) {
// CHECK:            r0[i] = r0[i] + __ldcg(parts0 +
// CHECK:        if (line == 0) {
// CHECK:          store4(out0 + i0, y0);
func.func @bias(%x: tensor<?x576x64xf32>, %g: tensor<?x576x64xf32>) {
  %0:2 = kernel.fused "bias" column_reduction over [?, 576, 64] reduced [0, 1]
      maps [#id, #id, #col, #id] (%x, %g)
      : (tensor<?x576x64xf32>, tensor<?x576x64xf32>) -> (tensor<64xf32>, tensor<?x576x64xf32>) {
  ^bb0(%a: f32, %b: f32):
    %zero = arith.constant 0.0 : f32
    %p = arith.cmpf ogt, %a, %zero : f32
    %s = arith.select %p, %b, %zero : f32
    %t = kernel.reduce addf %s : f32
    kernel.yield %t, %s : f32, f32
  } loc("Conv2D conv")
  return
}
