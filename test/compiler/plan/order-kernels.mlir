// Kernels move where that lowers the peak, and only there.
// RUN: dlc-opt %s --order-kernels=max-batch=16 | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#id1 = affine_map<(d0) -> (d0)>
#first = affine_map<(d0, d1) -> (d0, 0)>
#row = affine_map<(d0, d1) -> (d0)>

// Each large tensor is summed up before the other one is made.
// CHECK-LABEL: func.func @sums(
// CHECK: "a"
// CHECK: "sum_a"
// CHECK: "b"
// CHECK: "sum_b"
func.func @sums(%x: tensor<?xf32> {dlc.input = "x"})
    -> (tensor<?xf32> {dlc.output = "p"}, tensor<?xf32> {dlc.output = "q"}) {
  %0 = kernel.fused "a" pointwise over [?, 512] reduced []
      maps [#row, #id] (%x) : (tensor<?xf32>) -> tensor<?x512xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  %1 = kernel.fused "b" pointwise over [?, 512] reduced []
      maps [#row, #id] (%x) : (tensor<?xf32>) -> tensor<?x512xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  %2 = kernel.fused "sum_a" row_reduction over [?, 512] reduced [1]
      maps [#id, #row] (%0) : (tensor<?x512xf32>) -> tensor<?xf32> {
  ^bb0(%e: f32):
    %s = kernel.reduce addf %e : f32
    kernel.yield %s : f32
  }
  %3 = kernel.fused "sum_b" row_reduction over [?, 512] reduced [1]
      maps [#id, #row] (%1) : (tensor<?x512xf32>) -> tensor<?xf32> {
  ^bb0(%e: f32):
    %s = kernel.reduce addf %e : f32
    kernel.yield %s : f32
  }
  return %2, %3 : tensor<?xf32>, tensor<?xf32>
}

// No order needs less than this one.
// CHECK-LABEL: func.func @stays(
// CHECK: "p"
// CHECK: "q"
// CHECK: "r"
func.func @stays(%x: tensor<?xf32> {dlc.input = "x"})
    -> (tensor<?xf32> {dlc.output = "p"}, tensor<?xf32> {dlc.output = "q"},
        tensor<?xf32> {dlc.output = "r"}) {
  %0 = kernel.fused "p" pointwise over [?] reduced [] maps [#id1, #id1] (%x)
      : (tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  %1 = kernel.fused "q" pointwise over [?] reduced [] maps [#id1, #id1] (%x)
      : (tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  %2 = kernel.fused "r" pointwise over [?] reduced [] maps [#id1, #id1] (%x)
      : (tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  return %0, %1, %2 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// The update frees a gradient as large as "big", but must wait for "reader",
// which needs the old weights. The view goes along with its reader.
// CHECK-LABEL: func.func @state(
// CHECK: "gradient"
// CHECK: "reader"
// CHECK: kernel.view
// CHECK: "update"
// CHECK: "big"
// CHECK: "sum"
func.func @state(%w: tensor<4096xf32> {dlc.state = "w"},
                 %x: tensor<4096xf32> {dlc.input = "x"})
    -> (tensor<4096xf32> {dlc.state = "w"}, tensor<f32> {dlc.output = "y"},
        tensor<4096xf32> {dlc.output = "z"}) {
  %0 = kernel.library "gradient" "pad" {} flops 0.0 (%x) : (tensor<4096xf32>) -> tensor<64x64xf32>
  %1 = kernel.library "reader" "pad" {} flops 0.0 (%w) : (tensor<4096xf32>) -> tensor<4096xf32>
  %2 = kernel.library "big" "pad" {} flops 0.0 (%1) : (tensor<4096xf32>) -> tensor<8192xf32>
  %3 = kernel.library "sum" "pad" {} flops 0.0 (%2) : (tensor<8192xf32>) -> tensor<f32>
  %4 = kernel.view %0 : tensor<64x64xf32> -> tensor<4096xf32>
  %5 = kernel.fused "update" pointwise over [4096] reduced [] maps [#id1, #id1, #id1] (%w, %4)
      : (tensor<4096xf32>, tensor<4096xf32>) -> tensor<4096xf32> {
  ^bb0(%a: f32, %g: f32):
    %n = arith.subf %a, %g : f32
    kernel.yield %n : f32
  }
  return %5, %3, %1 : tensor<4096xf32>, tensor<f32>, tensor<4096xf32>
}
