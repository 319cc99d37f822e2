// Kernels that have no CUDA code.
// RUN: dlc-opt %s --print-cuda --split-input-file --verify-diagnostics

#id = affine_map<(d0) -> (d0)>
func.func @f(%x: tensor<?xf32>) {
  // expected-error @+1 {{kernel.fused "k0": holds math.cbrt but CUDA code is written for folds, arith ops of one result and common math ops; write it with those}}
  %0 = kernel.fused "k0" pointwise over [?] reduced [] maps [#id, #id] (%x)
      : (tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%a: f32):
    %c = math.cbrt %a : f32
    kernel.yield %c : f32
  }
  return
}

// -----

func.func @f(%x: tensor<?xf32>) {
  // expected-error @+1 {{calls "sort" but CUDA has no such routine; compile for host}}
  %0 = kernel.library "k0" "sort" {} flops 0.0 (%x) : (tensor<?xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @f(%x: tensor<65536x65536xf32>) {
  // expected-error @+1 {{kernel "k0": takes 'tensor<65536x65536xf32>' at batch 32 but a routine's array has at most 2^31 - 1 elements on a GPU; use a smaller --batch}}
  %0 = kernel.library "k0" "pad" {} flops 0.0 (%x) : (tensor<65536x65536xf32>) -> tensor<65536x65536xf32>
  return
}
