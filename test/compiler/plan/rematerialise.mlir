// What is computed twice so that a step fits a limit, and the error if none does.
// RUN: split-file %s %t
// RUN: dlc-opt %t/fits.mlir --rematerialise="max-batch=16 limit=262208" --plan-memory=max-batch=16 --check-plan | FileCheck %t/fits.mlir
// RUN: dlc-opt %t/fits.mlir --rematerialise="max-batch=16 limit=1000000" | FileCheck %t/fits.mlir --check-prefix=ROOM
// RUN: not dlc-opt %t/never.mlir --rematerialise="max-batch=16 limit=100000" 2>&1 | FileCheck %t/never.mlir

//--- fits.mlir
#id = affine_map<(d0) -> (d0)>

// Of 64 KiB each, "cheap" lives on while "peak" has two others: 256 KiB with the
// input are one too many. It is computed again from the input, which stays.
// ROOM-LABEL: func.func @cheap(
// ROOM-NOT: again
// CHECK-LABEL: func.func @cheap(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<16384xf32>
// CHECK: %[[CHEAP:[a-z0-9]+]] = kernel.fused "cheap" {{.*}}(%[[X]])
// CHECK: kernel.library "early" {{.*}}(%[[CHEAP]])
// CHECK: %[[PEAK:[a-z0-9]+]] = kernel.library "peak"
// CHECK: %[[AGAIN:[a-z0-9]+]] = kernel.fused "cheap_again0" {{.*}}(%[[X]]) {{.*}}kernel.recomputes = "cheap"
// CHECK: %[[VIEW:[a-z0-9]+]] = kernel.view %[[AGAIN]]
// CHECK: kernel.library "late" {{.*}}(%[[PEAK]], %[[VIEW]], %[[X]])
func.func @cheap(%x: tensor<16384xf32> {dlc.input = "x"})
    -> (tensor<f32> {dlc.output = "y"}) {
  %0 = kernel.fused "cheap" pointwise over [16384] reduced [] maps [#id, #id] (%x)
      : (tensor<16384xf32>) -> tensor<16384xf32> {
  ^bb0(%a: f32):
    %e = math.exp %a : f32
    kernel.yield %e : f32
  }
  %1 = kernel.library "early" "pad" {} flops 1.0e9 (%0) : (tensor<16384xf32>) -> tensor<16384xf32>
  %2 = kernel.library "wide" "pad" {} flops 1.0e9 (%1) : (tensor<16384xf32>) -> tensor<16384xf32>
  %3 = kernel.library "peak" "pad" {} flops 1.0e9 (%1, %2) : (tensor<16384xf32>, tensor<16384xf32>) -> tensor<16384xf32>
  %4 = kernel.view %0 : tensor<16384xf32> -> tensor<128x128xf32>
  %5 = kernel.library "late" "pad" {} flops 1.0e9 (%3, %4, %x) : (tensor<16384xf32>, tensor<128x128xf32>, tensor<16384xf32>) -> tensor<f32>
  return %5 : tensor<f32>
}

// Not where the kernel reads a state that has been overwritten since: "other" is
// computed again instead.
// CHECK-LABEL: func.func @stale(
// CHECK: "update"
// CHECK-NOT: "scaled_again
// CHECK: "other_again
// CHECK-NOT: "scaled_again
// CHECK: "late"
func.func @stale(%x: tensor<16384xf32> {dlc.input = "x"},
                 %s: tensor<1xf32> {dlc.state = "s"})
    -> (tensor<f32> {dlc.output = "y"}, tensor<1xf32> {dlc.state = "s"}) {
  %0 = kernel.library "scaled" "pad" {} flops 0.0 (%x, %s) : (tensor<16384xf32>, tensor<1xf32>) -> tensor<16384xf32>
  %1 = kernel.fused "update" pointwise over [1] reduced [] maps [#id, #id] (%s)
      : (tensor<1xf32>) -> tensor<1xf32> {
  ^bb0(%a: f32):
    %e = arith.addf %a, %a : f32
    kernel.yield %e : f32
  }
  %2 = kernel.library "other" "pad" {} flops 1.0e9 (%x) : (tensor<16384xf32>) -> tensor<8192xf32>
  %3 = kernel.library "peak" "pad" {} flops 0.0 (%x) : (tensor<16384xf32>) -> tensor<16384xf32>
  %4 = kernel.library "small" "pad" {} flops 0.0 (%3) : (tensor<16384xf32>) -> tensor<16384xf32>
  %5 = kernel.library "late" "pad" {} flops 0.0 (%x, %0, %2, %4) : (tensor<16384xf32>, tensor<16384xf32>, tensor<8192xf32>, tensor<16384xf32>) -> tensor<f32>
  return %5, %1 : tensor<f32>, tensor<1xf32>
}

//--- never.mlir
// CHECK: error: --memory-limit: is 100000 bytes but @never takes 131072 at least, of which states are 0 and tensors of a kernel of no layer (0.1 MB) are the largest at once; give a smaller --batch or a larger --memory-limit
func.func @never(%x: tensor<16384xf32> {dlc.input = "x"})
    -> (tensor<16384xf32> {dlc.output = "y"}) {
  %0 = kernel.library "k" "pad" {} flops 0.0 (%x) : (tensor<16384xf32>) -> tensor<16384xf32>
  return %0 : tensor<16384xf32>
}
