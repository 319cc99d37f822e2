// Without fusion every prim is a kernel of its own, free ones included.
// RUN: dlc-opt %s --pass-pipeline="builtin.module(func.func(fuse-kernels{fuse=false}))" | FileCheck %s

// CHECK-LABEL: func.func @scale(
// CHECK: %[[N:.*]] = kernel.fused "scale_k0" pointwise over []
// CHECK: kernel.batch_size
// CHECK: %[[NB:.*]] = kernel.fused "scale_k1" pointwise over [?, 3] {{.*}}(%[[N]])
// CHECK: %[[Y:.*]] = kernel.fused "scale_k2" pointwise over [?, 3] {{.*}}(%{{.*}}, %[[NB]])
// CHECK: arith.mulf
// CHECK: kernel.fused "scale_k3" column_reduction over [?, 3] reduced [0] {{.*}}(%[[Y]])
// CHECK: kernel.reduce addf
func.func @scale(%x: tensor<?x3xf32>) -> tensor<3xf32> {
  %n = prim.batch_size
  %0 = prim.broadcast %n along [0, 1] : tensor<f32> -> tensor<?x3xf32>
  %1 = prim.mul %x, %0 : tensor<?x3xf32>, tensor<?x3xf32>
  %2 = prim.reduce_sum %1 over [0] : tensor<?x3xf32>
  return %2 : tensor<3xf32>
}
