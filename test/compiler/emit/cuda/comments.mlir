// A layer may have any name: its comment ends where its line does.
// RUN: dlc-opt %s --print-cuda -o %t.mlir | FileCheck %s

// CHECK:      // k0: Dense ends in a backslash/
// CHECK-NEXT: extern "C" __global__
// CHECK-NEXT: k0_ends_in_a_backslash_(const float
// CHECK:      // k1: Dense two lines  and a zero
// CHECK-NEXT: extern "C" __global__
// CHECK:      // k2: Dense größer
// CHECK-NEXT: extern "C" __global__
func.func @f(%x: tensor<8xf32>, %y: tensor<16xf32>, %z: tensor<24xf32>) {
  %0 = kernel.library "k0" "pad" {low = array<i64: 1>, high = array<i64: 1>, interior = array<i64: 0>, value = 0.0}
      flops 0.0 (%x) : (tensor<8xf32>) -> tensor<10xf32>
      loc("Dense ends in a backslash\\")
  %1 = kernel.library "k1" "pad" {low = array<i64: 1>, high = array<i64: 1>, interior = array<i64: 0>, value = 0.0}
      flops 0.0 (%y) : (tensor<16xf32>) -> tensor<18xf32>
      loc("Dense two lines\0D\0Aand a zero\00")
  %2 = kernel.library "k2" "pad" {low = array<i64: 1>, high = array<i64: 1>, interior = array<i64: 0>, value = 0.0}
      flops 0.0 (%z) : (tensor<24xf32>) -> tensor<26xf32>
      loc("Dense größer")
  return
}
