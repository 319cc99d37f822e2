// Layers over images and normalization as formulas.
// RUN: dlc-opt %s --expand-layers --split-input-file | FileCheck %s

// Output c m + j is channel c under its kernel j; then one product over channels.
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x8x7x3xf32> {dlc.input = "x"}
// CHECK-SAME: %[[D:[a-z0-9]+]]: tensor<3x3x3x2xf32> {dlc.h5 = "layers/separable_conv2d/vars/0", dlc.state = "conv/depthwise_kernel", dlc.trainable}
// CHECK-SAME: %[[P:[a-z0-9]+]]: tensor<1x1x6x5xf32> {dlc.h5 = "layers/separable_conv2d/vars/1", dlc.state = "conv/pointwise_kernel", dlc.trainable}
// CHECK-SAME: tensor<5xf32> {{.*}}dlc.state = "conv/bias"
// CHECK: %[[G:[a-z0-9]+]] = prim.reshape %[[D]] : tensor<3x3x3x2xf32> -> tensor<3x3x1x6xf32>
// CHECK: %[[Y:[a-z0-9]+]] = prim.conv2d %[[X]], %[[G]] strides [2, 2] padding [0, 1, 1, 1] dilation [1, 1] groups 3
// CHECK: prim.conv2d %[[Y]], %[[P]] strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1
layer.model @separable {
  %x = layer.input "x" {shape = [8, 7, 3]}
  %y = layer.separable_conv2d "conv" %x {filters = 5, kernel_size = 3, strides = 2, padding = "same", depth_multiplier = 2} : tensor<?x8x7x3xf32>
  layer.output %y : tensor<?x4x4x5xf32>
}

// -----

// The gradient of the convolution that reads 9x10 and gives 4x5.
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x4x5x3xf32> {dlc.input = "x"}
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor<3x2x6x3xf32>
// CHECK: prim.conv2d_input_grad %[[X]], %[[K]] strides [2, 2] padding [0, 0, 0, 0] dilation [1, 1] groups 1 : tensor<?x4x5x3xf32>, tensor<3x2x6x3xf32> -> tensor<?x9x10x6xf32>
layer.model @transpose {
  %x = layer.input "x" {shape = [4, 5, 3]}
  %y = layer.conv2d_transpose "conv" %x {filters = 6, kernel_size = [3, 2], strides = 2, use_bias = false} : tensor<?x4x5x3xf32>
  layer.output %y : tensor<?x9x10x6xf32>
}

// -----

// Each side by a matrix of weights from triangles, whose columns add up to 1.
// CHECK-LABEL: func.func @predict(
// CHECK: prim.abs %{{.*}} : tensor<4x8xf32>
// CHECK: prim.max %{{.*}} : tensor<4x8xf32>
// CHECK: prim.reduce_sum %{{.*}} over [0] : tensor<4x8xf32>
// CHECK: %[[H:[a-z0-9]+]] = prim.div
// CHECK: %[[R:[a-z0-9]+]] = prim.dot %{{.*}}, %[[H]] batch [] x [] contract [1] x [0] : tensor<?x4x5x3xf32>, tensor<4x8xf32>
// CHECK: %[[W:[a-z0-9]+]] = prim.div %{{.*}} : tensor<5x15xf32>
// CHECK: %[[C:[a-z0-9]+]] = prim.dot %[[R]], %[[W]] batch [] x [] contract [1] x [0] : tensor<?x5x3x8xf32>, tensor<5x15xf32>
// CHECK: prim.transpose %[[C]] [0, 2, 3, 1] : tensor<?x3x8x15xf32>
layer.model @bilinear {
  %x = layer.input "x" {shape = [4, 5, 3]}
  %y = layer.up_sampling2d "up" %x {size = [2, 3], interpolation = "bilinear"} : tensor<?x4x5x3xf32>
  layer.output %y : tensor<?x8x15x3xf32>
}

// -----

// CHECK-LABEL: func.func @predict(
// CHECK: %[[B:[a-z0-9]+]] = prim.broadcast %{{.*}} along [2, 4] : tensor<?x4x5x3xf32> -> tensor<?x4x2x5x3x3xf32>
// CHECK: prim.reshape %[[B]] : tensor<?x4x2x5x3x3xf32> -> tensor<?x8x15x3xf32>
layer.model @nearest {
  %x = layer.input "x" {shape = [4, 5, 3]}
  %y = layer.up_sampling2d "up" %x {size = [2, 3]} : tensor<?x4x5x3xf32>
  layer.output %y : tensor<?x8x15x3xf32>
}

// -----

// Keras sorts -1 before 1 and so makes weights of 3 x 4, whose elements then lie
// over 4 x 3.
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[G:[a-z0-9]+]]: tensor<3x4xf32> {{{.*}}dlc.state = "ln/gamma"
// CHECK: prim.reduce_sum %{{.*}} over [1, 3] : tensor<?x4x5x3xf32>
// CHECK: prim.rsqrt %{{.*}} : tensor<?x5xf32>
// CHECK: %[[R:[a-z0-9]+]] = prim.reshape %[[G]] : tensor<3x4xf32> -> tensor<4x3xf32>
// CHECK: prim.broadcast %[[R]] along [0, 2] : tensor<4x3xf32> -> tensor<?x4x5x3xf32>
layer.model @layer_normalization {
  %x = layer.input "x" {shape = [4, 5, 3]}
  %y = layer.layer_normalization "ln" %x {axis = [1, -1], center = false} : tensor<?x4x5x3xf32>
  layer.output %y : tensor<?x4x5x3xf32>
}

// -----

// Statistics that Keras adapted are weights that do not learn.
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[M:[a-z0-9]+]]: tensor<3xf32> {dlc.h5 = "layers/normalization/vars/0", dlc.state = "n/mean"}
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor<3xf32> {dlc.h5 = "layers/normalization/vars/1", dlc.state = "n/variance"}
// CHECK-SAME: tensor<i32> {dlc.h5 = "layers/normalization/vars/2", dlc.state = "n/count"}
// CHECK: prim.broadcast %[[M]] along [0, 1]
// CHECK: prim.sqrt
// CHECK: prim.div
layer.model @normalization {
  %x = layer.input "x" {shape = [5, 3]}
  %y = layer.normalization "n" %x : tensor<?x5x3xf32>
  layer.output %y : tensor<?x5x3xf32>
}
