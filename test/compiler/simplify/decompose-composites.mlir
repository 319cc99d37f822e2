// Composites become their definitions, also where one holds another.
// RUN: dlc-opt %s --decompose-composites | FileCheck %s

// CHECK-LABEL: func.func @softmax(
// CHECK: prim.reduce_max
// CHECK: prim.exp
// CHECK: prim.reduce_sum
// CHECK: prim.div
// CHECK-NOT: prim.softmax
func.func @softmax(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = prim.softmax %x dim 1 : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @loss(
// CHECK: prim.reduce_max
// CHECK: prim.exp
// CHECK: prim.reduce_sum
// CHECK: prim.log
// CHECK-NOT: prim.{{.*}}softmax
func.func @loss(%x: tensor<?x3xf32>, %t: tensor<?x3xf32>) -> tensor<?xf32> {
  %0 = prim.softmax_crossentropy %x, %t : tensor<?x3xf32>, tensor<?x3xf32>
  return %0 : tensor<?xf32>
}
