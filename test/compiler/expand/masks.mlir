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

// -----

layer.model @normalized {
  %x = layer.input "x" {shape = [3], dtype = "int32"}
  %e = layer.embedding "e" %x {input_dim = 4, output_dim = 2, mask_zero = true} : tensor<?x3xi32>
  %y = layer.batch_normalization "bn" %e : tensor<?x3x2xf32>
  layer.output %y : tensor<?x3x2xf32>
}
// In training the statistics are of what counts, whose number is counted.
// CHECK-LABEL: func.func @predict(
// CHECK-NOT: prim.reduce_sum
// CHECK-LABEL: func.func @forward(
// CHECK: %[[E:.*]] = prim.gather
// CHECK: %[[MASK:.*]] = prim.compare ne
// CHECK: %[[M:.*]] = prim.broadcast %[[MASK]] along [2]
// CHECK: %[[ONES:.*]] = prim.convert %[[M]]
// CHECK: prim.reduce_sum %[[ONES]] over [0, 1]
// CHECK: %[[KEPT:.*]] = prim.select %[[M]], %[[E]]
// CHECK: prim.reduce_sum %[[KEPT]] over [0, 1]
// CHECK: return %{{.*}}, %[[MASK]]

// -----

layer.model @given {
  %x = layer.input "x" {shape = [3, 2]}
  %m = layer.input "m" {shape = [3]}
  %y = layer.batch_normalization "bn" %x, %m {arguments = ["inputs", "mask"]} : tensor<?x3x2xf32>, tensor<?x3xf32>
  layer.output %y : tensor<?x3x2xf32>
}
// A mask of numbers, which goes on with the result.
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[GIVEN:[a-z0-9]*]]: tensor<?x3xf32> {dlc.input = "m"}
// CHECK: %[[MASK:.*]] = prim.compare ne %[[GIVEN]]
// CHECK: return %{{.*}}, %[[MASK]]

// -----

layer.model @steps_joined {
  %x = layer.input "x" {shape = [3], dtype = "int32"}
  %z = layer.input "z" {shape = [4, 2]}
  %e = layer.embedding "e" %x {input_dim = 4, output_dim = 2, mask_zero = true} : tensor<?x3xi32>
  %y = layer.concatenate "c" %e, %z {axis = 1} : tensor<?x3x2xf32>, tensor<?x4x2xf32>
  layer.output %y : tensor<?x7x2xf32>
}
// All of what has no mask counts.
// CHECK-LABEL: func.func @predict(
// CHECK: %[[ONES:.*]] = prim.constant true to tensor<?x4xi1>
// CHECK: %[[MASK:.*]] = prim.concat %{{.*}}, %[[ONES]] dim 1
// CHECK: return %{{.*}}, %[[MASK]]

// -----

layer.model @extreme {
  %x = layer.input "x" {shape = [3], dtype = "int32"}
  %z = layer.input "z" {shape = [3, 2]}
  %e = layer.embedding "e" %x {input_dim = 4, output_dim = 2, mask_zero = true} : tensor<?x3xi32>
  %y = layer.maximum "max" %z, %e : tensor<?x3x2xf32>, tensor<?x3x2xf32>
  layer.output %y : tensor<?x3x2xf32>
}
// Where it is masked the other tensor is taken for it.
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[Z:[a-z0-9]*]]: tensor<?x3x2xf32> {dlc.input = "z"}
// CHECK: %[[E:.*]] = prim.gather
// CHECK: %[[KEPT:.*]] = prim.select %{{.*}}, %[[E]], %[[Z]]
// CHECK: prim.max %[[Z]], %[[KEPT]]
// CHECK: return %{{[^,]*}} :
