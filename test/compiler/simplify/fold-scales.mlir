// Scales of channels go into the kernels of the contractions before them.
// RUN: dlc-opt %s --fold-scales | FileCheck %s
// RUN: dlc-opt %s --fold-scales=max-batch=1 | FileCheck %s --check-prefix=ONE

// CHECK-LABEL: func.func @conv(
// CHECK-SAME: %[[X:.*]]: tensor<?x8x8x3xf32>, %[[K:.*]]: tensor<3x3x3x4xf32>, %[[S:.*]]: tensor<4xf32>, %[[T:.*]]: tensor<4xf32>
// CHECK:      %[[B:.*]] = prim.broadcast %[[T]] along [0, 1, 2] : tensor<4xf32> -> tensor<?x6x6x4xf32>
// CHECK-NEXT: %[[F:.*]] = prim.broadcast %[[S]] along [0, 1, 2] : tensor<4xf32> -> tensor<3x3x3x4xf32>
// CHECK-NEXT: %[[W:.*]] = prim.mul %[[K]], %[[F]] : tensor<3x3x3x4xf32>, tensor<3x3x3x4xf32>
// CHECK-NEXT: %[[C:.*]] = prim.conv2d %[[X]], %[[W]] strides [1, 1]
// CHECK-NEXT: %[[Y:.*]] = prim.add %[[C]], %[[B]]
// CHECK-NEXT: return %[[Y]]
func.func @conv(%x: tensor<?x8x8x3xf32>, %k: tensor<3x3x3x4xf32>, %scale: tensor<4xf32>,
                %shift: tensor<4xf32>) -> tensor<?x6x6x4xf32> {
  %scales = prim.broadcast %scale along [0, 1, 2] : tensor<4xf32> -> tensor<?x6x6x4xf32>
  %shifts = prim.broadcast %shift along [0, 1, 2] : tensor<4xf32> -> tensor<?x6x6x4xf32>
  %0 = prim.conv2d %x, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1
      : tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>
  %1 = prim.mul %0, %scales : tensor<?x6x6x4xf32>, tensor<?x6x6x4xf32>
  %2 = prim.add %1, %shifts : tensor<?x6x6x4xf32>, tensor<?x6x6x4xf32>
  return %2 : tensor<?x6x6x4xf32>
}

// One kernel a channel, a bias and a pad in between, a relu behind.
// CHECK-LABEL: func.func @depthwise(
// CHECK-SAME: %[[X:.*]]: tensor<?x8x8x3xf32>, %[[K:.*]]: tensor<3x3x3x1xf32>, %[[B:.*]]: tensor<3xf32>, %[[S:.*]]: tensor<3xf32>
// CHECK:      %[[G:.*]] = prim.reshape %[[K]]
// CHECK:      %[[F:.*]] = prim.broadcast %[[S]] along [0, 1, 2] : tensor<3xf32> -> tensor<3x3x1x3xf32>
// CHECK-NEXT: %[[W:.*]] = prim.mul %[[G]], %[[F]]
// CHECK-NEXT: %[[C:.*]] = prim.conv2d %[[X]], %[[W]] {{.*}} groups 3
// CHECK-NEXT: %[[V:.*]] = prim.mul %[[B]], %[[S]] : tensor<3xf32>
// CHECK-NEXT: %[[R:.*]] = prim.broadcast %[[V]] along [0, 1, 2] : tensor<3xf32> -> tensor<?x6x6x3xf32>
// CHECK-NEXT: %[[A:.*]] = prim.add %[[C]], %[[R]]
// CHECK-NEXT: %[[P:.*]] = prim.pad %[[A]] low [0, 1, 1, 0]
// CHECK-NEXT: %[[Y:.*]] = prim.relu %[[P]]
// CHECK-NEXT: return %[[Y]]
func.func @depthwise(%x: tensor<?x8x8x3xf32>, %k: tensor<3x3x3x1xf32>, %bias: tensor<3xf32>,
                     %scale: tensor<3xf32>) -> tensor<?x7x7x3xf32> {
  %g = prim.reshape %k : tensor<3x3x3x1xf32> -> tensor<3x3x1x3xf32>
  %0 = prim.conv2d %x, %g strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 3
      : tensor<?x8x8x3xf32>, tensor<3x3x1x3xf32>
  %1 = prim.broadcast %bias along [0, 1, 2] : tensor<3xf32> -> tensor<?x6x6x3xf32>
  %2 = prim.add %0, %1 : tensor<?x6x6x3xf32>, tensor<?x6x6x3xf32>
  %3 = prim.pad %2 low [0, 1, 1, 0] high [0, 0, 0, 0] interior [0, 0, 0, 0] : tensor<?x6x6x3xf32>
  %4 = prim.broadcast %scale along [0, 1, 2] : tensor<3xf32> -> tensor<?x7x7x3xf32>
  %5 = prim.mul %4, %3 : tensor<?x7x7x3xf32>, tensor<?x7x7x3xf32>
  %6 = prim.relu %5 : tensor<?x7x7x3xf32>
  return %6 : tensor<?x7x7x3xf32>
}

// Two biases become one of their sum. A dense layer's kernel is as large as it
// is for one sample, so there it does not pay.
// CHECK-LABEL: func.func @dense(
// CHECK-SAME: %[[X:.*]]: tensor<?x6xf32>, %[[K:.*]]: tensor<6x4xf32>, %[[B:.*]]: tensor<4xf32>, %[[S:.*]]: tensor<4xf32>, %[[T:.*]]: tensor<4xf32>
// CHECK:      %[[F:.*]] = prim.broadcast %[[S]] along [0] : tensor<4xf32> -> tensor<6x4xf32>
// CHECK:      %[[W:.*]] = prim.mul %[[K]], %[[F]]
// CHECK:      %[[D:.*]] = prim.dot %[[X]], %[[W]]
// CHECK:      %[[V:.*]] = prim.mul %[[B]], %[[S]]
// CHECK:      %[[U:.*]] = prim.add %[[V]], %[[T]] : tensor<4xf32>
// CHECK:      %[[R:.*]] = prim.broadcast %[[U]] along [0]
// CHECK:      %[[A:.*]] = prim.add %[[D]], %[[R]]
// CHECK-NEXT: %[[Y:.*]] = prim.relu %[[A]]
// CHECK-NEXT: return %[[Y]]
// ONE-LABEL:  func.func @dense(
// ONE:        prim.dot %arg0, %arg1 batch
// ONE:        prim.mul {{.*}} tensor<?x4xf32>
func.func @dense(%x: tensor<?x6xf32>, %k: tensor<6x4xf32>, %b: tensor<4xf32>,
                 %s: tensor<4xf32>, %t: tensor<4xf32>) -> tensor<?x4xf32> {
  %0 = prim.dot %x, %k batch [] x [] contract [1] x [0] : tensor<?x6xf32>, tensor<6x4xf32>
  %1 = prim.broadcast %b along [0] : tensor<4xf32> -> tensor<?x4xf32>
  %2 = prim.add %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
  %3 = prim.broadcast %s along [0] : tensor<4xf32> -> tensor<?x4xf32>
  %4 = prim.mul %2, %3 : tensor<?x4xf32>, tensor<?x4xf32>
  %5 = prim.broadcast %t along [0] : tensor<4xf32> -> tensor<?x4xf32>
  %6 = prim.add %4, %5 : tensor<?x4xf32>, tensor<?x4xf32>
  %7 = prim.relu %6 : tensor<?x4xf32>
  return %7 : tensor<?x4xf32>
}

// Channels first: the scale's dim is the last one before the transpose.
// CHECK-LABEL: func.func @first(
// CHECK:      prim.broadcast %{{.*}} along [0, 1, 2] : tensor<4xf32> -> tensor<3x3x3x4xf32>
// CHECK:      %[[C:.*]] = prim.conv2d
// CHECK-NEXT: %[[Y:.*]] = prim.transpose %[[C]] [0, 3, 1, 2]
// CHECK-NEXT: return %[[Y]]
func.func @first(%x: tensor<?x8x8x3xf32>, %k: tensor<3x3x3x4xf32>, %scale: tensor<4xf32>)
    -> tensor<?x4x6x6xf32> {
  %0 = prim.conv2d %x, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1
      : tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>
  %1 = prim.transpose %0 [0, 3, 1, 2] : tensor<?x6x6x4xf32>
  %2 = prim.broadcast %scale along [0, 2, 3] : tensor<4xf32> -> tensor<?x4x6x6xf32>
  %3 = prim.mul %1, %2 : tensor<?x4x6x6xf32>, tensor<?x4x6x6xf32>
  return %3 : tensor<?x4x6x6xf32>
}

// Left alone: a result that others read, as the statistics of training do; a
// scale of rows; a loop nest behind that reads the images anyway.
// CHECK-LABEL: func.func @other(
// CHECK-COUNT-3: prim.conv2d %arg0, %arg1 strides
func.func @other(%x: tensor<?x8x8x3xf32>, %k: tensor<3x3x3x4xf32>, %s: tensor<4xf32>,
                 %rows: tensor<6xf32>, %r: tensor<?x6x6x4xf32>)
    -> (tensor<?x6x6x4xf32>, tensor<4xf32>, tensor<?x6x6x4xf32>, tensor<?x6x6x4xf32>) {
  %scales = prim.broadcast %s along [0, 1, 2] : tensor<4xf32> -> tensor<?x6x6x4xf32>
  %0 = prim.conv2d %x, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1
      : tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>
  %1 = prim.mul %0, %scales : tensor<?x6x6x4xf32>, tensor<?x6x6x4xf32>
  %2 = prim.reduce_sum %0 over [0, 1, 2] : tensor<?x6x6x4xf32>
  %3 = prim.conv2d %x, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1
      : tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>
  %4 = prim.broadcast %rows along [0, 2, 3] : tensor<6xf32> -> tensor<?x6x6x4xf32>
  %5 = prim.mul %3, %4 : tensor<?x6x6x4xf32>, tensor<?x6x6x4xf32>
  %6 = prim.conv2d %x, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1
      : tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>
  %7 = prim.mul %6, %scales : tensor<?x6x6x4xf32>, tensor<?x6x6x4xf32>
  %8 = prim.add %7, %r : tensor<?x6x6x4xf32>, tensor<?x6x6x4xf32>
  return %1, %2, %5, %8 : tensor<?x6x6x4xf32>, tensor<4xf32>, tensor<?x6x6x4xf32>, tensor<?x6x6x4xf32>
}
