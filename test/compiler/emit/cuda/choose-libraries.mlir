// A product goes to cuBLASLt where a GPU is predicted to be done earlier, with all
// that the library does not take along.
// RUN: env DLC_CUBLASLT=%cublaslt dlc-opt %s --choose-libraries='max-batch=2048 capability=90' | FileCheck %s --check-prefixes CHECK,H100
// RUN: env DLC_CUBLASLT=%cublaslt dlc-opt %s --choose-libraries='max-batch=2048 capability=80' | FileCheck %s --check-prefixes CHECK,A100
// RUN: env DLC_CUBLASLT=/nowhere dlc-opt %s --choose-libraries='max-batch=2048 capability=90' | FileCheck %s --check-prefixes CHECK,A100
// RUN: env DLC_CUBLASLT=/nowhere dlc-opt %s --choose-libraries='max-batch=2048 always' | FileCheck %s --check-prefixes ALWAYS
// RUN: dlc-opt %s --choose-libraries='max-batch=2048 always' --schedule-cuda=max-batch=2048 | FileCheck %s --check-prefix PLAN

#id = affine_map<(d0, d1) -> (d0, d1)>
#col = affine_map<(d0, d1) -> (d1)>

// A large one, with a bias and ReLU: the library has both.
// CHECK-LABEL:  @large
// H100:         kernel.library "k0" "dot" {{.*}} {kernel.by = "cublaslt"}
// A100-NOT:     kernel.by
// CHECK:        return
// ALWAYS-LABEL: @large
// ALWAYS:       kernel.by = "cublaslt"
// PLAN-LABEL:   @large
// PLAN:         {kernel.by = "cublaslt", kernel.scratch = 4194304 : i64, kernel.threads = 65536 : i64}
func.func @large(%x: tensor<?x2048xf32>, %w: tensor<2048x2048xf32>, %b: tensor<2048xf32>)
    -> tensor<?x2048xf32> {
  %0 = kernel.library "k0" "dot" {activation = "relu", bias = true, lhs_batch = array<i64>,
      rhs_batch = array<i64>, lhs_contract = array<i64: 1>, rhs_contract = array<i64: 0>,
      precision = "tf32"} flops 0.0 (%x, %w, %b)
      : (tensor<?x2048xf32>, tensor<2048x2048xf32>, tensor<2048xf32>) -> tensor<?x2048xf32>
  return %0 : tensor<?x2048xf32>
}

// Weights that are read once: both wait for memory.
// CHECK-LABEL:  @narrow
// CHECK-NOT:    kernel.by
// CHECK:        return
// ALWAYS-LABEL: @narrow
// ALWAYS:       kernel.by = "cublaslt"
func.func @narrow(%x: tensor<16x4096xf32>, %w: tensor<4096x4096xf32>) -> tensor<16x4096xf32> {
  %0 = kernel.library "k0" "dot" {lhs_batch = array<i64>, rhs_batch = array<i64>,
      lhs_contract = array<i64: 1>, rhs_contract = array<i64: 0>, precision = "tf32"} flops 0.0
      (%x, %w) : (tensor<16x4096xf32>, tensor<4096x4096xf32>) -> tensor<16x4096xf32>
  return %0 : tensor<16x4096xf32>
}

// The ordinary multipliers are as busy with our tiles, and three products for one the
// library has not.
// CHECK-LABEL:  @exact
// CHECK-NOT:    kernel.by
// CHECK:        return
// ALWAYS-LABEL: @exact
// ALWAYS:       kernel.by = "cublaslt"
// ALWAYS-NOT:   kernel.by
// ALWAYS:       return
func.func @exact(%x: tensor<?x2048xf32>, %w: tensor<2048x2048xf32>)
    -> (tensor<?x2048xf32>, tensor<?x2048xf32>) {
  %0 = kernel.library "k0" "dot" {lhs_batch = array<i64>, rhs_batch = array<i64>,
      lhs_contract = array<i64: 1>, rhs_contract = array<i64: 0>} flops 0.0
      (%x, %w) : (tensor<?x2048xf32>, tensor<2048x2048xf32>) -> tensor<?x2048xf32>
  %1 = kernel.library "k1" "dot" {lhs_batch = array<i64>, rhs_batch = array<i64>,
      lhs_contract = array<i64: 1>, rhs_contract = array<i64: 0>, precision = "tf32x3"} flops 0.0
      (%x, %w) : (tensor<?x2048xf32>, tensor<2048x2048xf32>) -> tensor<?x2048xf32>
  return %0, %1 : tensor<?x2048xf32>, tensor<?x2048xf32>
}

// What follows costs less than the product gains: the chain comes apart, and who
// else read its element reads the product.
// CHECK-LABEL: @apart
// H100:        %[[Y:.*]] = kernel.library "k0" "dot" {{.*}} {kernel.by = "cublaslt"}
// H100:        %[[Z:.*]] = kernel.fused "k0" pointwise over [?, 2048] {{.*}}(%[[Y]], %{{[a-z0-9]+}}) : (tensor<?x2048xf32>, tensor<?x2048xf32>) -> tensor<?x2048xf32>
// H100:        return %[[Z]], %[[Y]]
// A100:        kernel.chain "k0"
func.func @apart(%x: tensor<?x2048xf32>, %w: tensor<2048x2048xf32>, %r: tensor<?x2048xf32>)
    -> (tensor<?x2048xf32>, tensor<?x2048xf32>) {
  %0:2 = kernel.chain "k0" (%x, %w, %r) : (tensor<?x2048xf32>, tensor<2048x2048xf32>,
      tensor<?x2048xf32>) -> (tensor<?x2048xf32>, tensor<?x2048xf32>) {
  ^bb0(%a: tensor<?x2048xf32>, %b: tensor<2048x2048xf32>, %c: tensor<?x2048xf32>):
    %1 = kernel.library "k0" "dot" {lhs_batch = array<i64>, rhs_batch = array<i64>,
        lhs_contract = array<i64: 1>, rhs_contract = array<i64: 0>, precision = "tf32"} flops 0.0
        (%a, %b) : (tensor<?x2048xf32>, tensor<2048x2048xf32>) -> tensor<?x2048xf32>
    %2:2 = kernel.fused "k0" pointwise over [?, 2048] reduced [] maps [#id, #id, #id, #id]
        (%1, %c) : (tensor<?x2048xf32>, tensor<?x2048xf32>)
        -> (tensor<?x2048xf32>, tensor<?x2048xf32>) {
    ^bb0(%e: f32, %f: f32):
      %g = arith.addf %e, %f : f32
      kernel.yield %g, %e : f32, f32
    }
    kernel.yield %2#0, %2#1 : tensor<?x2048xf32>, tensor<?x2048xf32>
  }
  return %0#0, %0#1 : tensor<?x2048xf32>, tensor<?x2048xf32>
}

// What follows would be read and written again for longer than the product gains.
// CHECK-LABEL:  @together
// CHECK:        kernel.chain "k0"
// CHECK-NOT:    kernel.by
// CHECK:        return
// ALWAYS-LABEL: @together
// ALWAYS-NOT:   kernel.chain
// ALWAYS:       kernel.library "k0" "dot" {{.*}} {kernel.by = "cublaslt"}
// ALWAYS:       kernel.fused "k0" column_reduction
func.func @together(%x: tensor<?x64xf32>, %w: tensor<64x2048xf32>, %r: tensor<?x2048xf32>)
    -> (tensor<?x2048xf32>, tensor<2048xf32>) {
  %0:2 = kernel.chain "k0" (%x, %w, %r) : (tensor<?x64xf32>, tensor<64x2048xf32>,
      tensor<?x2048xf32>) -> (tensor<?x2048xf32>, tensor<2048xf32>) {
  ^bb0(%a: tensor<?x64xf32>, %b: tensor<64x2048xf32>, %c: tensor<?x2048xf32>):
    %1 = kernel.library "k0" "dot" {lhs_batch = array<i64>, rhs_batch = array<i64>,
        lhs_contract = array<i64: 1>, rhs_contract = array<i64: 0>, precision = "tf32"} flops 0.0
        (%a, %b) : (tensor<?x64xf32>, tensor<64x2048xf32>) -> tensor<?x2048xf32>
    %2:2 = kernel.fused "k0" column_reduction over [?, 2048] reduced [0]
        maps [#id, #id, #id, #col] (%1, %c) : (tensor<?x2048xf32>, tensor<?x2048xf32>)
        -> (tensor<?x2048xf32>, tensor<2048xf32>) {
    ^bb0(%e: f32, %f: f32):
      %g = arith.mulf %e, %f : f32
      %h = kernel.reduce addf %g : f32
      kernel.yield %g, %h : f32, f32
    }
    kernel.yield %2#0, %2#1 : tensor<?x2048xf32>, tensor<2048xf32>
  }
  return %0#0, %0#1 : tensor<?x2048xf32>, tensor<2048xf32>
}

// Heads side by side: a product for each part.
// ALWAYS-LABEL: @parts
// ALWAYS:       kernel.by = "cublaslt"
// Rows of two dimensions that no one stride walks.
// ALWAYS-LABEL: @scattered
// ALWAYS-NOT:   kernel.by
// ALWAYS:       return
func.func @parts(%x: tensor<?x8x32xf32>, %w: tensor<?x8x32xf32>) -> tensor<?x8x8xf32> {
  %0 = kernel.library "k0" "dot" {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 0>,
      lhs_contract = array<i64: 2>, rhs_contract = array<i64: 2>} flops 0.0
      (%x, %w) : (tensor<?x8x32xf32>, tensor<?x8x32xf32>) -> tensor<?x8x8xf32>
  return %0 : tensor<?x8x8xf32>
}
func.func @scattered(%x: tensor<4x8x32x2xf32>, %w: tensor<8x5xf32>) -> tensor<4x32x2x5xf32> {
  %0 = kernel.library "k0" "dot" {lhs_batch = array<i64>, rhs_batch = array<i64>,
      lhs_contract = array<i64: 1>, rhs_contract = array<i64: 0>} flops 0.0
      (%x, %w) : (tensor<4x8x32x2xf32>, tensor<8x5xf32>) -> tensor<4x32x2x5xf32>
  return %0 : tensor<4x32x2x5xf32>
}
