// A model used as a layer is expanded where it is called, under its name; its
// weights lie where Keras puts them.
// RUN: dlc-opt %s --expand-layers | FileCheck %s

// CHECK-NOT: layer.model
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: tensor<?x3xf32> {dlc.input = "x"}
// CHECK-SAME: {dlc.h5 = "layers/dense/vars/0", dlc.state = "first/kernel", dlc.trainable}
// CHECK-SAME: {dlc.h5 = "layers/functional/layers/dense/vars/0", dlc.state = "encoder/fc/kernel"}
// CHECK-SAME: {dlc.h5 = "layers/functional/layers/dense_1/vars/0", dlc.state = "encoder/fc2/kernel"}
// CHECK-SAME: {dlc.h5 = "layers/sequential/layers/dense/vars/0", dlc.state = "head/fc/kernel", dlc.trainable}
// CHECK-SAME: {dlc.h5 = "layers/dense_1/vars/0", dlc.state = "last/kernel", dlc.trainable}
// CHECK-NOT: dlc.state
// CHECK-SAME: -> (tensor<?x3xf32> {dlc.output = "a"}, tensor<?x3xf32> {dlc.output = "b"})
// CHECK-COUNT-7: prim.dot
// CHECK-NOT: prim.dot
// CHECK-LABEL: func.func @forward(

layer.model @encoder {
  %x = layer.input "in" {shape = [3]}
  %y = layer.dense "fc" %x {units = 3, use_bias = false} : tensor<?x3xf32>
  %z = layer.dense "fc2" %y {units = 3, use_bias = false} : tensor<?x3xf32>
  layer.output %z : tensor<?x3xf32>
}
layer.model @head attributes {kind = "Sequential"} {
  %x = layer.input "in" {shape = [3]}
  %y = layer.dense "fc" %x {units = 3, use_bias = false} : tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}
layer.model @main {
  %x = layer.input "x" {shape = [3]}
  %a = layer.dense "first" %x {units = 3, use_bias = false} : tensor<?x3xf32>
  // Two calls share the weights; op nodes are no layers.
  %b = layer.call "encoder" @encoder(%a) {trainable = false} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %c = layer.call "encoder" @encoder(%b) {trainable = false} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %d = layer.op_add "add" %b, %c : tensor<?x3xf32>, tensor<?x3xf32>
  %e = layer.call "head" @head(%d) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %f = layer.dense "last" %e {units = 3, use_bias = false} : tensor<?x3xf32>
  layer.output %f, %d named ["a", "b"] : tensor<?x3xf32>, tensor<?x3xf32>
}
