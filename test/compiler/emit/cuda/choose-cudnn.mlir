// A convolution goes to cuDNN where a GPU is predicted to be done earlier, with the
// kernel turned round for it and all that it does not take along.
// RUN: env DLC_CUDNN=%cudnn dlc-opt %s --choose-libraries='max-batch=64 capability=90' | FileCheck %s --check-prefixes CHECK,H100
// RUN: env DLC_CUDNN=%cudnn dlc-opt %s --choose-libraries='max-batch=64 capability=80' | FileCheck %s --check-prefixes CHECK,A100
// RUN: env DLC_CUDNN=/nowhere dlc-opt %s --choose-libraries='max-batch=64 capability=90' | FileCheck %s --check-prefixes CHECK,A100
// RUN: env DLC_CUDNN=/nowhere dlc-opt %s --choose-libraries='max-batch=64 always' | FileCheck %s --check-prefixes ALWAYS
// RUN: dlc-opt %s --choose-libraries='max-batch=64 always' --schedule-cuda=max-batch=64 | FileCheck %s --check-prefix PLAN

#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>

// A large one and its two gradients. The scratch is that of the kernel, 2.25 MiB, and what
// cuDNN works in.
// CHECK-LABEL:  @large
// H100:         "conv2d" {{.*}} {kernel.by = "cudnn"}
// H100:         "conv2d_input_grad" {{.*}} {kernel.by = "cudnn"}
// H100:         "conv2d_kernel_grad" {{.*}} {kernel.by = "cudnn"}
// A100-NOT:     kernel.by
// CHECK:        return
// ALWAYS-LABEL: @large
// ALWAYS-COUNT-3: kernel.by = "cudnn"
// PLAN-LABEL:   @large
// PLAN:         "conv2d" {{.*}} {kernel.by = "cudnn", kernel.scratch = 35913728 : i64, kernel.threads = 200704 : i64}
func.func @large(%x: tensor<?x28x28x256xf32>, %w: tensor<3x3x256x256xf32>, %b: tensor<256xf32>, %d: tensor<?x28x28x256xf32>)
    -> (tensor<?x28x28x256xf32>, tensor<?x28x28x256xf32>, tensor<3x3x256x256xf32>) {
  %0 = kernel.library "k0" "conv2d" {activation = "relu", bias = true, strides = array<i64: 1, 1>,
      dilation = array<i64: 1, 1>, padding = [array<i64: 1, 1>, array<i64: 1, 1>], groups = 1 : i64,
      precision = "tf32"} flops 0.0 (%x, %w, %b)
      : (tensor<?x28x28x256xf32>, tensor<3x3x256x256xf32>, tensor<256xf32>) -> tensor<?x28x28x256xf32>
  %1 = kernel.library "k1" "conv2d_input_grad" {strides = array<i64: 1, 1>,
      dilation = array<i64: 1, 1>, padding = [array<i64: 1, 1>, array<i64: 1, 1>], groups = 1 : i64,
      precision = "tf32"} flops 0.0 (%d, %w)
      : (tensor<?x28x28x256xf32>, tensor<3x3x256x256xf32>) -> tensor<?x28x28x256xf32>
  %2 = kernel.library "k2" "conv2d_kernel_grad" {strides = array<i64: 1, 1>,
      dilation = array<i64: 1, 1>, padding = [array<i64: 1, 1>, array<i64: 1, 1>], groups = 1 : i64,
      precision = "tf32"} flops 0.0 (%x, %d)
      : (tensor<?x28x28x256xf32>, tensor<?x28x28x256xf32>) -> tensor<3x3x256x256xf32>
  return %0, %1, %2 : tensor<?x28x28x256xf32>, tensor<?x28x28x256xf32>, tensor<3x3x256x256xf32>
}

// Groups and few channels are ours unless all are given away.
// CHECK-LABEL:  @grouped
// CHECK-NOT:    kernel.by
// CHECK:        return
// ALWAYS-LABEL: @grouped
// ALWAYS:       kernel.by = "cudnn"
func.func @grouped(%x: tensor<?x28x28x256xf32>, %w: tensor<1x1x128x256xf32>) -> tensor<?x28x28x256xf32> {
  %0 = kernel.library "k0" "conv2d" {strides = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
      padding = [array<i64: 0, 0>, array<i64: 0, 0>], groups = 2 : i64, precision = "tf32"} flops 0.0
      (%x, %w) : (tensor<?x28x28x256xf32>, tensor<1x1x128x256xf32>) -> tensor<?x28x28x256xf32>
  return %0 : tensor<?x28x28x256xf32>
}

// Padding that differs by side is none of cuDNN's, unless it has as many pixels all the
// same: the last column of padding is in no window.
// ALWAYS-LABEL: @padded
// ALWAYS-NOT:   kernel.by
// ALWAYS:       "k1" "conv2d" {{.*}} {kernel.by = "cudnn"}
// ALWAYS-NOT:   kernel.by
// ALWAYS:       return
func.func @padded(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x4xf32>, %v: tensor<?x7x7x4xf32>,
    %u: tensor<3x3x1x4xf32>) -> (tensor<?x4x4x4xf32>, tensor<?x4x4x4xf32>, tensor<?x8x8x4xf32>) {
  %0 = kernel.library "k0" "conv2d" {strides = array<i64: 2, 2>, dilation = array<i64: 1, 1>,
      padding = [array<i64: 0, 1>, array<i64: 0, 1>], groups = 1 : i64} flops 0.0
      (%x, %w) : (tensor<?x8x8x4xf32>, tensor<3x3x4x4xf32>) -> tensor<?x4x4x4xf32>
  %1 = kernel.library "k1" "conv2d" {strides = array<i64: 2, 2>, dilation = array<i64: 1, 1>,
      padding = [array<i64: 1, 2>, array<i64: 1, 1>], groups = 1 : i64} flops 0.0
      (%v, %w) : (tensor<?x7x7x4xf32>, tensor<3x3x4x4xf32>) -> tensor<?x4x4x4xf32>
  %2 = kernel.library "k2" "conv2d" {strides = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
      padding = [array<i64: 1, 1>, array<i64: 1, 1>], groups = 4 : i64} flops 0.0
      (%x, %u) : (tensor<?x8x8x4xf32>, tensor<3x3x1x4xf32>) -> tensor<?x8x8x4xf32>
  return %0, %1, %2 : tensor<?x4x4x4xf32>, tensor<?x4x4x4xf32>, tensor<?x8x8x4xf32>
}

// What follows is read again where that costs less than the library gains.
// CHECK-LABEL: @apart
// H100:        %[[Y:.*]] = kernel.library "k0" "conv2d" {{.*}} {kernel.by = "cudnn"}
// H100:        kernel.fused "k0" pointwise over [?, 28, 28, 512] {{.*}}(%[[Y]],
// A100:        kernel.chain "k0"
func.func @apart(%x: tensor<?x28x28x512xf32>, %w: tensor<3x3x512x512xf32>, %r: tensor<?x28x28x512xf32>)
    -> tensor<?x28x28x512xf32> {
  %0 = kernel.chain "k0" (%x, %w, %r) : (tensor<?x28x28x512xf32>, tensor<3x3x512x512xf32>,
      tensor<?x28x28x512xf32>) -> (tensor<?x28x28x512xf32>) {
  ^bb0(%a: tensor<?x28x28x512xf32>, %b: tensor<3x3x512x512xf32>, %c: tensor<?x28x28x512xf32>):
    %1 = kernel.library "k0" "conv2d" {strides = array<i64: 1, 1>, dilation = array<i64: 1, 1>,
        padding = [array<i64: 1, 1>, array<i64: 1, 1>], groups = 1 : i64, precision = "tf32"} flops 0.0
        (%a, %b) : (tensor<?x28x28x512xf32>, tensor<3x3x512x512xf32>) -> tensor<?x28x28x512xf32>
    %2 = kernel.fused "k0" pointwise over [?, 28, 28, 512] reduced [] maps [#id, #id, #id]
        (%1, %c) : (tensor<?x28x28x512xf32>, tensor<?x28x28x512xf32>) -> (tensor<?x28x28x512xf32>) {
    ^bb0(%e: f32, %f: f32):
      %g = arith.addf %e, %f : f32
      kernel.yield %g : f32
    }
    kernel.yield %2 : tensor<?x28x28x512xf32>
  }
  return %0 : tensor<?x28x28x512xf32>
}
