// What is printed is read back.
// RUN: dlc-opt %s | dlc-opt | FileCheck %s

#element = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#part = affine_map<(i, j) -> (i, j * 2 + 1)>

// CHECK: kernel.fused "k0" row_reduction over [?, 3] reduced [1]
// CHECK-SAME: schedule <parallel = 1, chunks = 1, scratch = 0>
// CHECK: kernel.index 1
// CHECK: kernel.batch_size
// CHECK: kernel.reduce addf %{{.*}} : f32
// CHECK: kernel.yield
func.func @fused(%x: tensor<?x7xf32>) -> (tensor<?xf32>, tensor<?x3xi32>) {
  %0:2 = kernel.fused "k0" row_reduction over [?, 3] reduced [1] maps [#part, #row, #element]
      schedule <parallel = 1, chunks = 1, scratch = 0> (%x)
      : (tensor<?x7xf32>) -> (tensor<?xf32>, tensor<?x3xi32>) {
  ^bb0(%e: f32):
    %j = kernel.index 1
    %n = kernel.batch_size
    %mean = arith.divf %e, %n : f32
    %sum = kernel.reduce addf %mean : f32
    kernel.yield %sum, %j : f32, i32
  }
  return %0#0, %0#1 : tensor<?xf32>, tensor<?x3xi32>
}

// CHECK: kernel.library "k1" "dot" {bias = true} flops 2.400000e+01(%{{.*}}, %{{.*}}, %{{.*}})
// CHECK: kernel.view %{{.*}} : tensor<?x4xf32> -> tensor<?x2x2xf32>
func.func @calls(%x: tensor<?x3xf32>, %w: tensor<3x4xf32>, %b: tensor<4xf32>) -> tensor<?x2x2xf32> {
  %0 = kernel.library "k1" "dot" {bias = true} flops 24.0 (%x, %w, %b) : (tensor<?x3xf32>, tensor<3x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %1 = kernel.view %0 : tensor<?x4xf32> -> tensor<?x2x2xf32>
  return %1 : tensor<?x2x2xf32>
}

#vector = affine_map<(i) -> (i)>

// CHECK: %{{.*}}:2 = kernel.group "k2"(%{{.*}}, %{{.*}}) : (tensor<3xf32>, tensor<?xi32>) -> (tensor<3xf32>, tensor<?xi32>) {
// CHECK: ^bb0(%[[A:.*]]: tensor<3xf32>, %[[B:.*]]: tensor<?xi32>):
// CHECK: %[[X:.*]] = kernel.fused "k2_0" pointwise over [3] {{.*}}(%[[A]])
// CHECK: %[[Y:.*]] = kernel.fused "k2_1" pointwise over [?] {{.*}}(%[[B]])
// CHECK: kernel.yield %[[X]], %[[Y]] : tensor<3xf32>, tensor<?xi32>
func.func @group(%x: tensor<3xf32>, %y: tensor<?xi32>) -> (tensor<3xf32>, tensor<?xi32>) {
  %0:2 = kernel.group "k2" (%x, %y) : (tensor<3xf32>, tensor<?xi32>) -> (tensor<3xf32>, tensor<?xi32>) {
  ^bb0(%a: tensor<3xf32>, %b: tensor<?xi32>):
    %1 = kernel.fused "k2_0" pointwise over [3] reduced [] maps [#vector, #vector] (%a) : (tensor<3xf32>) -> tensor<3xf32> {
    ^bb0(%e: f32):
      kernel.yield %e : f32
    }
    %2 = kernel.fused "k2_1" pointwise over [?] reduced [] maps [#vector, #vector] (%b) : (tensor<?xi32>) -> tensor<?xi32> {
    ^bb0(%e: i32):
      kernel.yield %e : i32
    }
    kernel.yield %1, %2 : tensor<3xf32>, tensor<?xi32>
  }
  return %0#0, %0#1 : tensor<3xf32>, tensor<?xi32>
}

// CHECK: kernel.chain "k0"(%{{.*}}, %{{.*}}, %{{.*}}) : (tensor<?x3xf32>, tensor<3x4xf32>, tensor<?x2x2xf32>) -> tensor<?x2x2xf32> {
// CHECK: ^bb0(%{{.*}}: tensor<?x3xf32>, %{{.*}}: tensor<3x4xf32>, %{{.*}}: tensor<?x2x2xf32>):
// CHECK: kernel.yield %{{.*}} : tensor<?x2x2xf32>
#cube = affine_map<(i, j, k) -> (i, j, k)>
func.func @chain(%x: tensor<?x3xf32>, %w: tensor<3x4xf32>, %r: tensor<?x2x2xf32>) -> tensor<?x2x2xf32> {
  %0 = kernel.chain "k0" (%x, %w, %r) : (tensor<?x3xf32>, tensor<3x4xf32>, tensor<?x2x2xf32>) -> tensor<?x2x2xf32> {
  ^bb0(%a: tensor<?x3xf32>, %b: tensor<3x4xf32>, %c: tensor<?x2x2xf32>):
    %1 = kernel.library "k0" "dot" {} flops 24.0 (%a, %b) : (tensor<?x3xf32>, tensor<3x4xf32>) -> tensor<?x4xf32>
    %2 = kernel.view %1 : tensor<?x4xf32> -> tensor<?x2x2xf32>
    %3 = kernel.fused "k0" pointwise over [?, 2, 2] reduced [] maps [#cube, #cube, #cube] (%2, %c) : (tensor<?x2x2xf32>, tensor<?x2x2xf32>) -> tensor<?x2x2xf32> {
    ^bb1(%e: f32, %f: f32):
      %s = arith.addf %e, %f : f32
      kernel.yield %s : f32
    }
    kernel.yield %3 : tensor<?x2x2xf32>
  }
  return %0 : tensor<?x2x2xf32>
}
