// Composites must be gone before kernels are made.
// RUN: dlc-opt %s --fuse-kernels --verify-diagnostics

func.func @composite(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  // expected-error @+1 {{prim.softmax: has neither loops nor a routine but becomes a kernel here; run --decompose-composites first}}
  %0 = prim.softmax %x dim 1 : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
