// A mask goes from layer to layer and stands beside the output.
// RUN: dlc-opt %s --split-input-file --expand-layers | FileCheck %s

layer.model @one {
  %x = layer.input "x" {shape = [3], dtype = "int32"}
  %e = layer.embedding "e" %x {input_dim = 4, output_dim = 2, mask_zero = true} : tensor<?x3xi32>
  %y = layer.dense "d" %e {units = 2} : tensor<?x3x2xf32>
  layer.output %y : tensor<?x3x2xf32>
}
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<?x3xi32>
// CHECK-SAME: -> (tensor<?x3x2xf32> {dlc.output = "d"}, tensor<?x3xi1> {dlc.mask = "d"})
// CHECK: %[[MASK:.*]] = prim.compare ne %[[X]], %{{.*}} : tensor<?x3xi32>, tensor<?x3xi32>
// CHECK: return %{{.*}}, %[[MASK]]

// -----

layer.model @merged {
  %x = layer.input "x" {shape = [3], dtype = "int32"}
  %z = layer.input "z" {shape = [3], dtype = "int32"}
  %e = layer.embedding "e" %x {input_dim = 4, output_dim = 2, mask_zero = true} : tensor<?x3xi32>
  %f = layer.embedding "f" %z {input_dim = 4, output_dim = 2, mask_zero = true} : tensor<?x3xi32>
  %y = layer.add "a" %e, %f : tensor<?x3x2xf32>, tensor<?x3x2xf32>
  layer.output %y : tensor<?x3x2xf32>
}
// What counts in one of both counts.
// CHECK-LABEL: func.func @predict(
// CHECK: %[[MASK:.*]] = prim.or %{{.*}}, %{{.*}} : tensor<?x3xi1>, tensor<?x3xi1>
// CHECK: return %{{.*}}, %[[MASK]]

// -----

layer.model @dropped {
  %x = layer.input "x" {shape = [3], dtype = "int32"}
  %z = layer.input "z" {shape = [3, 2]}
  %e = layer.embedding "e" %x {input_dim = 4, output_dim = 2, mask_zero = true} : tensor<?x3xi32>
  %y = layer.add "a" %e, %z : tensor<?x3x2xf32>, tensor<?x3x2xf32>
  layer.output %y : tensor<?x3x2xf32>
}
// CHECK-LABEL: func.func @predict(
// CHECK-NOT: dlc.mask
// CHECK: return

// -----

layer.model @unsupported {
  %x = layer.input "x" {shape = [5], dtype = "int32"}
  %e = layer.embedding "e" %x {input_dim = 4, output_dim = 2, mask_zero = true} : tensor<?x5xi32>
  %y = layer.conv1d "c" %e {filters = 3, kernel_size = 2} : tensor<?x5x2xf32>
  layer.output %y : tensor<?x4x3xf32>
}
// A layer without Keras' supports_masking loses it.
// CHECK-LABEL: func.func @predict(
// CHECK-NOT: dlc.mask
// CHECK: return
