// Kernels side by side: a table of members, one text for those that are alike.
// RUN: dlc-opt %s --print-cuda -o %t.mlir | FileCheck %s
// Updates write over what they read, so their pointers may alias.
// RUN: dlc-opt %s --assign-states --plan-memory --print-cuda -o %t.mlir | FileCheck %s --check-prefix PLANNED

#id = affine_map<(d0) -> (d0)>
#swap = affine_map<(d0, d1) -> (d1, d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>

// CHECK:      // k0: SGD a, SGD b, Permute p
// CHECK-NEXT: // 3 kernels side by side
// CHECK-NEXT: static __constant__ Member k0_a_b_members[] = {{[{][{]}}0,4,0,5}, {1,1030,2,6}, {4,0,4,7}, {5,0,0,0}};
// CHECK-NEXT: extern "C" __global__ void __launch_bounds__(128, 3)
// CHECK-NEXT: k0_a_b(void *const *__restrict__ table, int n) {
// CHECK-NEXT:   const int index = findMember(k0_a_b_members, 3, blockIdx.x);
// CHECK-NEXT:   const Member member = k0_a_b_members[index];
// CHECK-NEXT:   const int block = blockIdx.x - member.block;
// CHECK-NEXT:   const int blocks = k0_a_b_members[index + 1].block - member.block;
// CHECK-NEXT:   if (index < 2) {
// CHECK-NEXT:     // 2 kernels: subf
// CHECK-NEXT:     const float *__restrict__ in0 = static_cast<const float *>(table[member.in + 0]);
// CHECK-NEXT:     const float *__restrict__ in1 = static_cast<const float *>(table[member.in + 1]);
// CHECK-NEXT:     float *__restrict__ out0 = static_cast<float *>(table[member.out + 0]);
// CHECK-NEXT:     const int whole = member.size;
// CHECK-NEXT:     const int count = whole / 4;
// CHECK-NEXT:     for (int i = block * 128 + threadIdx.x; i < count; i += blocks * 128) {
// CHECK-NEXT:       const int i0 = i * 4;
// CHECK-NEXT:       const Four<float> x0 = load4(in0 + i0);
// CHECK:            store4(out0 + i0, y0);
// CHECK-NEXT:     }
// CHECK-NEXT:     if (block == 0 && threadIdx.x < whole % 4) {
// CHECK-NEXT:       const int i = whole / 4 * 4 + threadIdx.x;
// CHECK:          }
// CHECK:        } else {
// CHECK-NEXT:     // 1 kernel: copy
// CHECK:          const int count = 24;
// CHECK:        }
// CHECK-NEXT: }

// PLANNED: const float *in0 = static_cast<const float *>(table[member.in + 0]);
// PLANNED: const float *__restrict__ in1 =
// PLANNED: float *out0 =
func.func @f(%w: tensor<4xf32> {dlc.state = "w"}, %g: tensor<4xf32>,
             %v: tensor<1030xf32> {dlc.state = "v"}, %h: tensor<1030xf32>, %x: tensor<6x4xf32>)
    -> (tensor<4xf32> {dlc.state = "w"}, tensor<1030xf32> {dlc.state = "v"}, tensor<4x6xf32>) {
  %0:3 = kernel.group "k0" (%w, %g, %v, %h, %x)
      : (tensor<4xf32>, tensor<4xf32>, tensor<1030xf32>, tensor<1030xf32>, tensor<6x4xf32>)
      -> (tensor<4xf32>, tensor<1030xf32>, tensor<4x6xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<1030xf32>, %d: tensor<1030xf32>, %e: tensor<6x4xf32>):
    %1 = kernel.fused "k0_0" pointwise over [4] reduced [] maps [#id, #id, #id] (%a, %b)
        : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%p: f32, %q: f32):
      %r = arith.subf %p, %q : f32
      kernel.yield %r : f32
    }
    %2 = kernel.fused "k0_1" pointwise over [1030] reduced [] maps [#id, #id, #id] (%c, %d)
        : (tensor<1030xf32>, tensor<1030xf32>) -> tensor<1030xf32> {
    ^bb0(%p: f32, %q: f32):
      %r = arith.subf %p, %q : f32
      kernel.yield %r : f32
    }
    %3 = kernel.fused "k0_2" pointwise over [4, 6] reduced [] maps [#swap, #id2] (%e)
        : (tensor<6x4xf32>) -> tensor<4x6xf32> {
    ^bb0(%p: f32):
      kernel.yield %p : f32
    }
    kernel.yield %1, %2, %3 : tensor<4xf32>, tensor<1030xf32>, tensor<4x6xf32>
  } loc(fused["SGD a", "SGD b", "Permute p"])
  return %0#0, %0#1, %0#2 : tensor<4xf32>, tensor<1030xf32>, tensor<4x6xf32>
}
