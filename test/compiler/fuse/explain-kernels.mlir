// Each launch says what it was made of and what kept it from growing.
// RUN: dlc-opt %s --fuse-epilogues --fuse-kernels=explain=true --merge-kernels=explain=true --explain-kernels --split-input-file | FileCheck %s
// Without the option nothing is said.
// RUN: dlc-opt %s --fuse-epilogues --fuse-kernels --merge-kernels --explain-kernels --split-input-file | FileCheck %s --check-prefix=SILENT
// SILENT-NOT: forms around

// A library call takes no prologue, and what follows it no more than a bias and a
// relu.
// CHECK-LABEL: func.func @stop(
// CHECK: kernel.fused "stop_k0"
// CHECK-SAME: kernel.reasons = ["forms around tanh", "stops at stop_k1: a call of the routine dot takes no prologue"]
// CHECK: kernel.library "stop_k1"
// CHECK-SAME: kernel.reasons = ["calls the routine dot;
// CHECK-SAME: "ends before stop_k2
// CHECK: kernel.fused "stop_k2"
// CHECK-SAME: "reads what stop_k1 makes: the routine dot takes along no more than a bias and a relu"
func.func @stop(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>) -> tensor<?x4xf32> {
  %0 = prim.tanh %x : tensor<?x4xf32>
  %1 = prim.dot %0, %w batch [] x [] contract [1] x [0] : tensor<?x4xf32>, tensor<4x4xf32>
  %2 = prim.exp %1 : tensor<?x4xf32>
  return %2 : tensor<?x4xf32>
}

// -----

// The variance needs the mean of all rows before it can begin.
// CHECK-LABEL: func.func @variance(
// CHECK: kernel.fused "variance_k0"
// CHECK-SAME: "does not go on in variance_k1
// CHECK: kernel.fused "variance_k1"
// CHECK-SAME: "does not take in variance_k0: its elements would be computed more than once, or before a sum that they need is complete; it reads the result at other places, or before it is complete"
func.func @variance(%x: tensor<?x3xf32>) -> tensor<3xf32> {
  %0 = prim.reduce_sum %x over [0] : tensor<?x3xf32>
  %1 = prim.broadcast %0 along [0] : tensor<3xf32> -> tensor<?x3xf32>
  %2 = prim.sub %x, %1 : tensor<?x3xf32>, tensor<?x3xf32>
  %3 = prim.reduce_max %2 over [0] : tensor<?x3xf32>
  return %3 : tensor<3xf32>
}

// -----

// The exponentials are needed by the call before the sum of their products.
// CHECK-LABEL: func.func @earlier(
// CHECK: kernel.fused "earlier_k0"
// CHECK: kernel.fused "earlier_k2"
// CHECK-SAME: "does not take in earlier_k0: dot needs the value earlier; one kernel of both would make a cycle through
func.func @earlier(%x: tensor<?x3xf32>, %w: tensor<3x3xf32>) -> tensor<?x3xf32> {
  %0 = prim.exp %x : tensor<?x3xf32>
  %1 = prim.dot %0, %w batch [] x [] contract [1] x [0] : tensor<?x3xf32>, tensor<3x3xf32>
  %2 = prim.mul %0, %1 : tensor<?x3xf32>, tensor<?x3xf32>
  return %2 : tensor<?x3xf32>
}

// -----

// Two sums over one tensor were two kernels first.
// CHECK-LABEL: func.func @joined(
// CHECK: kernel.fused "joined_k0"
// CHECK-SAME: "joined, because both go over one tensor alike"
func.func @joined(%x: tensor<?x3xf32>, %y: tensor<?x3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %0 = prim.reduce_sum %x over [0] : tensor<?x3xf32>
  %1 = prim.mul %x, %y : tensor<?x3xf32>, tensor<?x3xf32>
  %2 = prim.reduce_sum %1 over [0] : tensor<?x3xf32>
  return %0, %2 : tensor<3xf32>, tensor<3xf32>
}
