// Which convolutions are to be computed by Winograd's algorithm.
// RUN: dlc-opt %s --choose-winograd | FileCheck %s

// All three directions of a wide layer.
// CHECK-LABEL: @wide
// CHECK: "a" "conv2d" {{.*}}winograd = true
// CHECK: "b" "conv2d_input_grad" {{.*}}winograd = true
// CHECK: "c" "conv2d_kernel_grad" {{.*}}winograd = true
func.func @wide(%x: tensor<?x56x56x64xf32>, %k: tensor<3x3x64x64xf32>) {
  %0 = kernel.library "a" "conv2d" {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = [[1, 1], [1, 1]], strides = array<i64: 1, 1>} flops 0.0 (%x, %k)
      : (tensor<?x56x56x64xf32>, tensor<3x3x64x64xf32>) -> tensor<?x56x56x64xf32>
  %1 = kernel.library "b" "conv2d_input_grad" {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = [[1, 1], [1, 1]], strides = array<i64: 1, 1>} flops 0.0 (%0, %k)
      : (tensor<?x56x56x64xf32>, tensor<3x3x64x64xf32>) -> tensor<?x56x56x64xf32>
  %2 = kernel.library "c" "conv2d_kernel_grad" {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = [[1, 1], [1, 1]], strides = array<i64: 1, 1>} flops 0.0 (%x, %0)
      : (tensor<?x56x56x64xf32>, tensor<?x56x56x64xf32>) -> tensor<3x3x64x64xf32>
  return
}

// A first layer has too few channels, and narrow layers do not pay for the
// transforms of their images.
// CHECK-LABEL: @narrow
// CHECK-NOT: winograd
func.func @narrow(%x: tensor<?x224x224x3xf32>, %k: tensor<3x3x3x64xf32>,
                  %y: tensor<?x32x32x16xf32>, %l: tensor<3x3x16x16xf32>) {
  %0 = kernel.library "a" "conv2d" {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = [[1, 1], [1, 1]], strides = array<i64: 1, 1>} flops 0.0 (%x, %k)
      : (tensor<?x224x224x3xf32>, tensor<3x3x3x64xf32>) -> tensor<?x224x224x64xf32>
  %1 = kernel.library "b" "conv2d" {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = [[1, 1], [1, 1]], strides = array<i64: 1, 1>} flops 0.0 (%y, %l)
      : (tensor<?x32x32x16xf32>, tensor<3x3x16x16xf32>) -> tensor<?x32x32x16xf32>
  return
}

// Other windows, steps, holes and groups.
// CHECK-LABEL: @others
// CHECK-NOT: winograd
func.func @others(%x: tensor<?x56x56x64xf32>, %k: tensor<3x3x64x64xf32>,
                  %one: tensor<1x1x64x64xf32>, %half: tensor<3x3x32x64xf32>) {
  %0 = kernel.library "a" "conv2d" {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = [[0, 0], [0, 0]], strides = array<i64: 1, 1>} flops 0.0 (%x, %one)
      : (tensor<?x56x56x64xf32>, tensor<1x1x64x64xf32>) -> tensor<?x56x56x64xf32>
  %1 = kernel.library "b" "conv2d" {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = [[0, 1], [0, 1]], strides = array<i64: 2, 2>} flops 0.0 (%x, %k)
      : (tensor<?x56x56x64xf32>, tensor<3x3x64x64xf32>) -> tensor<?x28x28x64xf32>
  %2 = kernel.library "c" "conv2d" {dilation = array<i64: 2, 2>, groups = 1 : i64, padding = [[2, 2], [2, 2]], strides = array<i64: 1, 1>} flops 0.0 (%x, %k)
      : (tensor<?x56x56x64xf32>, tensor<3x3x64x64xf32>) -> tensor<?x56x56x64xf32>
  %3 = kernel.library "d" "conv2d" {dilation = array<i64: 1, 1>, groups = 2 : i64, padding = [[1, 1], [1, 1]], strides = array<i64: 1, 1>} flops 0.0 (%x, %half)
      : (tensor<?x56x56x64xf32>, tensor<3x3x32x64xf32>) -> tensor<?x56x56x64xf32>
  return
}
