// A kernel names every layer that it computes for, once, in their order.
// RUN: dlc-opt %s --fuse-kernels --mlir-print-debuginfo | FileCheck %s

// CHECK: kernel.fused "layers_k0"
// CHECK: } loc(#[[BOTH:.*]])
// CHECK: #[[FIRST:.*]] = loc("Activation a"(
// CHECK: #[[SECOND:.*]] = loc("Activation b"(
// CHECK: #[[BOTH]] = loc(fused[#[[FIRST]], #[[SECOND]]])
#a = loc("Activation a"("model.keras":1:1))
#b = loc("Activation b"("model.keras":1:1))
#ab = loc(fused[#a, #b])
func.func @layers(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = prim.tanh %x : tensor<?x3xf32> loc(#a)
  %1 = prim.mul %0, %0 : tensor<?x3xf32>, tensor<?x3xf32> loc(#ab)
  %2 = prim.exp %1 : tensor<?x3xf32> loc(#b)
  return %2 : tensor<?x3xf32>
}
