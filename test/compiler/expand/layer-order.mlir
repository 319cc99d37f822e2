// Groups are numbered in the order of model.layers where it is not that of the
// ops, and outputs of one layer get numbers.
// RUN: dlc-opt %s --expand-layers | FileCheck %s

// CHECK-LABEL: func.func @predict(
// CHECK-SAME: {dlc.h5 = "layers/dense_1/vars/0", dlc.state = "a/kernel", dlc.trainable}
// CHECK-SAME: {dlc.h5 = "layers/dense/vars/0", dlc.state = "b/kernel", dlc.trainable}
// CHECK-SAME: -> (tensor<?x3xf32> {dlc.output = "b"}, tensor<?x3xf32> {dlc.output = "b_1"})
layer.model @m attributes {layers = ["x", "b", "a"]} {
  %x = layer.input "x" {shape = [3]}
  %a = layer.dense "a" %x {units = 3, use_bias = false} : tensor<?x3xf32>
  %b = layer.dense "b" %x {units = 3, use_bias = false} : tensor<?x3xf32>
  %c = layer.dense "b" %a {units = 3, use_bias = false} : tensor<?x3xf32>
  layer.output %b, %c : tensor<?x3xf32>, tensor<?x3xf32>
}
