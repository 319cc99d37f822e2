// Contractions say how a GPU multiplies them; nothing else does. Halves leave no
// choice.
// RUN: dlc-opt %s --choose-precision | FileCheck %s
// RUN: dlc-opt %s --choose-precision=precision=tf32x3 | FileCheck %s --check-prefix THREE
// RUN: dlc-opt %s --choose-precision=precision=ieee | FileCheck %s --check-prefix IEEE

// CHECK: "a" "conv2d" {{.*}}precision = "tf32"
// CHECK: "b" "dot" {{.*}}precision = "tf32"
// CHECK: "c" "pad"
// CHECK-NOT: precision
// THREE: "b" "dot" {{.*}}precision = "tf32x3"
// CHECK: "d" "dot" {{.*}}precision = "bf16"
// CHECK: "e" "dot" {{.*}}precision = "f16"
// CHECK: "g" "attention" {{.*}}precision = "tf32"
// THREE: "d" "dot" {{.*}}precision = "bf16"
// IEEE: "b" "dot"
// IEEE-NOT: precision
// IEEE: "d" "dot" {{.*}}precision = "bf16"
func.func @f(%x: tensor<?x8x8x4xf32>, %k: tensor<3x3x4x8xf32>, %w: tensor<8x10xf32>,
             %h: tensor<?x6x2x8xf32>, %u: tensor<?x8xbf16>, %v: tensor<8x4xbf16>, %p: tensor<?x8xf16>, %q: tensor<8x4xf16>) {
  %0 = kernel.library "a" "conv2d" {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = [[1, 1], [1, 1]], strides = array<i64: 1, 1>} flops 0.0 (%x, %k)
      : (tensor<?x8x8x4xf32>, tensor<3x3x4x8xf32>) -> tensor<?x8x8x8xf32>
  %1 = kernel.library "b" "dot" {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contract = array<i64: 3>, rhs_contract = array<i64: 0>} flops 0.0 (%0, %w)
      : (tensor<?x8x8x8xf32>, tensor<8x10xf32>) -> tensor<?x8x8x10xf32>
  %2 = kernel.library "c" "pad" {low = array<i64: 0, 1, 1, 0>, high = array<i64: 0, 1, 1, 0>, interior = array<i64: 0, 0, 0, 0>, value = 0.0 : f32} flops 0.0 (%1)
      : (tensor<?x8x8x10xf32>) -> tensor<?x10x10x10xf32>
  %3 = kernel.library "d" "dot" {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_contract = array<i64: 0>} flops 0.0 (%u, %v)
      : (tensor<?x8xbf16>, tensor<8x4xbf16>) -> tensor<?x4xbf16>
  %4 = kernel.library "e" "dot" {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_contract = array<i64: 0>} flops 0.0 (%p, %q)
      : (tensor<?x8xf16>, tensor<8x4xf16>) -> tensor<?x4xf16>
  %5:2 = kernel.library "g" "attention" {causal = false, scale = 0.5 : f32, window = 0 : i64, zero_empty = false} flops 0.0 (%h, %h, %h)
      : (tensor<?x6x2x8xf32>, tensor<?x6x2x8xf32>, tensor<?x6x2x8xf32>) -> (tensor<?x6x2x8xf32>, tensor<?x6x2xf32>)
  return
}
