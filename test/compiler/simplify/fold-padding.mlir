// Zeros around an image become the padding of the convolutions that read it.
// RUN: dlc-opt %s --fold-padding | FileCheck %s

// CHECK-LABEL: func.func @one(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x8x8x3xf32>, %[[K:[a-z0-9]+]]: tensor
// CHECK-NEXT: %[[Y:[a-z0-9]+]] = prim.conv2d %[[X]], %[[K]] strides [2, 2] padding [0, 1, 0, 1]
// CHECK-NEXT: return %[[Y]] : tensor<?x4x4x4xf32>
func.func @one(%x: tensor<?x8x8x3xf32>, %k: tensor<3x3x3x4xf32>) -> tensor<?x4x4x4xf32> {
  %0 = prim.pad %x low [0, 0, 0, 0] high [0, 1, 1, 0] interior [0, 0, 0, 0] : tensor<?x8x8x3xf32>
  %1 = prim.conv2d %0, %k strides [2, 2] padding [0, 0, 0, 0] dilation [1, 1] groups 1
      : tensor<?x9x9x3xf32>, tensor<3x3x3x4xf32>
  return %1 : tensor<?x4x4x4xf32>
}

// Two readers, each with a padding of its own already.
// CHECK-LABEL: func.func @two(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x8x8x3xf32>, %[[K:[a-z0-9]+]]: tensor
// CHECK-NEXT: prim.conv2d %[[X]], %[[K]] strides [1, 1] padding [1, 2, 3, 1]
// CHECK-NEXT: prim.conv2d %[[X]], %[[K]] strides [1, 1] padding [1, 1, 2, 0]
// CHECK-NOT: prim.pad
func.func @two(%x: tensor<?x8x8x3xf32>, %k: tensor<4x4x3x4xf32>)
    -> (tensor<?x8x9x4xf32>, tensor<?x7x7x4xf32>) {
  %0 = prim.pad %x low [0, 1, 2, 0] high [0, 1, 0, 0] interior [0, 0, 0, 0] : tensor<?x8x8x3xf32>
  %1 = prim.conv2d %0, %k strides [1, 1] padding [0, 1, 1, 1] dilation [1, 1] groups 1
      : tensor<?x10x10x3xf32>, tensor<4x4x3x4xf32>
  %2 = prim.conv2d %0, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1
      : tensor<?x10x10x3xf32>, tensor<4x4x3x4xf32>
  return %1, %2 : tensor<?x8x9x4xf32>, tensor<?x7x7x4xf32>
}

// A maximum would see the zeros, so the padded image is there in any case.
// CHECK-LABEL: func.func @pool(
// CHECK: prim.pad
// CHECK: prim.conv2d {{.*}} padding [0, 0, 0, 0]
func.func @pool(%x: tensor<?x6x6x3xf32>, %k: tensor<3x3x3x4xf32>)
    -> (tensor<?x6x6x4xf32>, tensor<?x4x4x3xf32>) {
  %0 = prim.pad %x low [0, 1, 1, 0] high [0, 1, 1, 0] interior [0, 0, 0, 0] : tensor<?x6x6x3xf32>
  %1 = prim.conv2d %0, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1
      : tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>
  %2 = prim.max_pool2d %0 window [2, 2] strides [2, 2] padding [0, 0, 0, 0] : tensor<?x8x8x3xf32>
  return %1, %2 : tensor<?x6x6x4xf32>, tensor<?x4x4x3xf32>
}

// Whole windows of zeros stay outside of the library, as does what is not zero,
// not around the image or between its elements.
// CHECK-LABEL: func.func @other(
// CHECK-COUNT-4: prim.pad
func.func @other(%x: tensor<?x6x6x2xf32>, %k: tensor<1x1x2x4xf32>, %c: tensor<1x1x3x4xf32>)
    -> (tensor<?x7x7x4xf32>, tensor<?x7x7x4xf32>, tensor<?x6x6x4xf32>, tensor<?x11x11x4xf32>) {
  %0 = prim.pad %x low [0, 1, 1, 0] high [0, 0, 0, 0] interior [0, 0, 0, 0] : tensor<?x6x6x2xf32>
  %1 = prim.conv2d %0, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1
      : tensor<?x7x7x2xf32>, tensor<1x1x2x4xf32>
  %2 = prim.pad %x low [0, 1, 1, 0] high [0, 0, 0, 0] interior [0, 0, 0, 0] {value = 1.0 : f32} : tensor<?x6x6x2xf32>
  %3 = prim.conv2d %2, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1
      : tensor<?x7x7x2xf32>, tensor<1x1x2x4xf32>
  %4 = prim.pad %x low [0, 0, 0, 0] high [0, 0, 0, 1] interior [0, 0, 0, 0] : tensor<?x6x6x2xf32>
  %5 = prim.conv2d %4, %c strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1
      : tensor<?x6x6x3xf32>, tensor<1x1x3x4xf32>
  %6 = prim.pad %x low [0, 0, 0, 0] high [0, 0, 0, 0] interior [0, 1, 1, 0] : tensor<?x6x6x2xf32>
  %7 = prim.conv2d %6, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1
      : tensor<?x11x11x2xf32>, tensor<1x1x2x4xf32>
  return %1, %3, %5, %7 : tensor<?x7x7x4xf32>, tensor<?x7x7x4xf32>, tensor<?x6x6x4xf32>, tensor<?x11x11x4xf32>
}
