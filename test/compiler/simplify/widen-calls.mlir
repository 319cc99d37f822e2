// Routines that take no halves get f32; those that are named take them.
// RUN: dlc-opt %s --widen-calls --canonicalize | FileCheck %s
// RUN: dlc-opt %s --widen-calls=half-routines=dot | FileCheck %s --check-prefix=HALF

// CHECK-LABEL: func.func @product(
// CHECK-SAME: %[[X:.*]]: tensor<?x3xbf16>, %[[W:.*]]: tensor<3x4xbf16>
// CHECK-DAG:  %[[A:.*]] = prim.convert %[[X]] : tensor<?x3xbf16> -> tensor<?x3xf32>
// CHECK-DAG:  %[[B:.*]] = prim.convert %[[W]] : tensor<3x4xbf16> -> tensor<3x4xf32>
// CHECK:      %[[Y:.*]] = prim.dot %[[A]], %[[B]]
// CHECK:      %[[R:.*]] = prim.convert %[[Y]] : tensor<?x4xf32> -> tensor<?x4xbf16>
// CHECK:      return %[[R]]
// HALF-LABEL: func.func @product(
// HALF-NEXT:  prim.dot {{.*}} : tensor<?x3xbf16>, tensor<3x4xbf16>
// HALF-NEXT:  return
func.func @product(%x: tensor<?x3xbf16>, %w: tensor<3x4xbf16>) -> tensor<?x4xbf16> {
  %0 = prim.dot %x, %w batch [] x [] contract [1] x [0] : tensor<?x3xbf16>, tensor<3x4xbf16>
  return %0 : tensor<?x4xbf16>
}

// A bias stands right behind the call again, where the routine takes it along.
// CHECK-LABEL: func.func @bias(
// CHECK:      %[[Y:.*]] = prim.dot
// CHECK-NEXT: %[[S:.*]] = prim.add %[[Y]]
// CHECK-NEXT: prim.convert %[[S]] : tensor<?x4xf32> -> tensor<?x4xbf16>
func.func @bias(%x: tensor<?x3xbf16>, %w: tensor<3x4xbf16>, %b: tensor<?x4xf32>) -> tensor<?x4xbf16> {
  %0 = prim.dot %x, %w batch [] x [] contract [1] x [0] : tensor<?x3xbf16>, tensor<3x4xbf16>
  %1 = prim.convert %0 : tensor<?x4xbf16> -> tensor<?x4xf32>
  %2 = prim.add %1, %b : tensor<?x4xf32>, tensor<?x4xf32>
  %3 = prim.convert %2 : tensor<?x4xf32> -> tensor<?x4xbf16>
  return %3 : tensor<?x4xbf16>
}

// An f16 may overflow: that rounding stays.
// CHECK-LABEL: func.func @overflow(
// CHECK:      %[[Y:.*]] = prim.dot
// CHECK-NEXT: %[[R:.*]] = prim.convert %[[Y]] : tensor<?x4xf32> -> tensor<?x4xf16>
// CHECK-NEXT: %[[W:.*]] = prim.convert %[[R]] : tensor<?x4xf16> -> tensor<?x4xf32>
// CHECK-NEXT: return %[[W]]
func.func @overflow(%x: tensor<?x3xf16>, %w: tensor<3x4xf16>) -> tensor<?x4xf32> {
  %0 = prim.dot %x, %w batch [] x [] contract [1] x [0] : tensor<?x3xf16>, tensor<3x4xf16>
  %1 = prim.convert %0 : tensor<?x4xf16> -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}
