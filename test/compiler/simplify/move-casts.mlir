// Data move in two bytes: casts to f32 behind movements, roundings before them.
// RUN: dlc-opt %s --move-casts --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @flatten(
// CHECK-SAME: %[[X:.*]]: tensor<?x4x3xbf16>
// CHECK-NEXT: %[[Y:.*]] = prim.reshape %[[X]] : tensor<?x4x3xbf16> -> tensor<?x12xbf16>
// CHECK-NEXT: return %[[Y]]
func.func @flatten(%x: tensor<?x4x3xbf16>) -> tensor<?x12xbf16> {
  %0 = prim.convert %x : tensor<?x4x3xbf16> -> tensor<?x4x3xf32>
  %1 = prim.reshape %0 : tensor<?x4x3xf32> -> tensor<?x12xf32>
  %2 = prim.convert %1 : tensor<?x12xf32> -> tensor<?x12xbf16>
  return %2 : tensor<?x12xbf16>
}

// CHECK-LABEL: func.func @round_before(
// CHECK-SAME: %[[X:.*]]: tensor<2x3xf32>
// CHECK-NEXT: %[[R:.*]] = prim.convert %[[X]] : tensor<2x3xf32> -> tensor<2x3xf16>
// CHECK-NEXT: %[[Y:.*]] = prim.transpose %[[R]] [1, 0] : tensor<2x3xf16>
// CHECK-NEXT: return %[[Y]]
func.func @round_before(%x: tensor<2x3xf32>) -> tensor<3x2xf16> {
  %0 = prim.transpose %x [1, 0] : tensor<2x3xf32>
  %1 = prim.convert %0 : tensor<3x2xf32> -> tensor<3x2xf16>
  return %1 : tensor<3x2xf16>
}

// What someone else reads in f32 is moved in f32.
// CHECK-LABEL: func.func @read_twice(
// CHECK-NEXT: %[[T:.*]] = prim.transpose
// CHECK-NEXT: %[[Y:.*]] = prim.convert %[[T]]
// CHECK-NEXT: return %[[T]], %[[Y]]
func.func @read_twice(%x: tensor<2x3xf32>) -> (tensor<3x2xf32>, tensor<3x2xf16>) {
  %0 = prim.transpose %x [1, 0] : tensor<2x3xf32>
  %1 = prim.convert %0 : tensor<3x2xf32> -> tensor<3x2xf16>
  return %0, %1 : tensor<3x2xf32>, tensor<3x2xf16>
}

// A rounding in between is a rounding.
// CHECK-LABEL: func.func @rounds(
// CHECK-NEXT: prim.convert {{.*}} -> tensor<3xbf16>
// CHECK-NEXT: prim.convert {{.*}} -> tensor<3xf32>
func.func @rounds(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = prim.convert %x : tensor<3xf32> -> tensor<3xbf16>
  %1 = prim.convert %0 : tensor<3xbf16> -> tensor<3xf32>
  return %1 : tensor<3xf32>
}
