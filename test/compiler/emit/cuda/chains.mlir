// A product goes on with its elements: a mask, a sum of each column, both stored.
// RUN: dlc-opt %s --print-cuda='max-batch=4096' -o %t.mlir | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>

// The result has no array of its own; its scalars are written as those of any
// other kernel.
// CHECK:      __device__ unsigned int k0_columns[
// CHECK:      k0(const float *__restrict__ lhs, const float *__restrict__ rhs, const float *__restrict__ in1, float *__restrict__ out0, float *__restrict__ out1, float *__restrict__ scratch, int n) {
// CHECK-NEXT:   // dot: [n, 36], [20, 36] -> [n, 20]
// CHECK-NEXT:   // column_reduction over [n, 20]: cmpf select reduce.addf
// CHECK:        float r0[{{[0-9]+}}] = {};
// CHECK:            const Four<float> x0 = {value.x, value.y, value.z, value.w};
// CHECK-NEXT:       const Four<float> x1 = load4(in1 + offset);
// CHECK:              const bool v0 = x1.at[lane] > 0.0f;
// CHECK-NEXT:         const float v1 = v0 ? x0.at[lane] : 0.0f;
// CHECK-NEXT:         r0[j + lane] += v1;
// CHECK:            store4(out0 + offset, y0);

// A block's lines in their order, then all blocks.
// CHECK:        lines[threadIdx.x / {{[0-9]+}}][{{.*}}] = r0[j];
// CHECK-NEXT:   __syncthreads();
// CHECK:        sums[block * 20] = total;
// CHECK:        if (!isLastBlock(&k0_columns[{{.*}}], blocks))
// CHECK-NEXT:     return;
// CHECK:        for (int other = helper; other < (helps ? blocks : 0); other += 4) {
// CHECK-NEXT:     total0 += __ldcg(&sums[other * 20]);
// CHECK:        lines[helper][threadIdx.x % {{[0-9]+}}] = total0;
// CHECK:        out1[column] = total0;
func.func @mask(%x: tensor<?x36xf32>, %w: tensor<20x36xf32>, %y: tensor<?x20xf32>) {
  %0:2 = kernel.chain "k0" (%x, %w, %y) : (tensor<?x36xf32>, tensor<20x36xf32>, tensor<?x20xf32>) -> (tensor<?x20xf32>, tensor<20xf32>) {
  ^bb0(%a: tensor<?x36xf32>, %b: tensor<20x36xf32>, %c: tensor<?x20xf32>):
    %g = kernel.library "k0" "dot" {lhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_batch = array<i64>, rhs_contract = array<i64: 1>} flops 1440.0 (%a, %b)
        : (tensor<?x36xf32>, tensor<20x36xf32>) -> tensor<?x20xf32>
    %1:2 = kernel.fused "k0" column_reduction over [?, 20] reduced [0] maps [#id, #id, #id, #column] (%g, %c)
        : (tensor<?x20xf32>, tensor<?x20xf32>) -> (tensor<?x20xf32>, tensor<20xf32>) {
    ^bb1(%e: f32, %r: f32):
      %zero = arith.constant 0.0 : f32
      %on = arith.cmpf ogt, %r, %zero : f32
      %m = arith.select %on, %e, %zero : f32
      %s = kernel.reduce addf %m : f32
      kernel.yield %m, %s : f32, f32
    }
    kernel.yield %1#0, %1#1 : tensor<?x20xf32>, tensor<20xf32>
  }
  return
}
