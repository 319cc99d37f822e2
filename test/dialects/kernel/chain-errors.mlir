// The rules [C7] to [C9] of kernel.chain.
// RUN: dlc-opt %s --split-input-file --verify-diagnostics

#id = affine_map<(i, j) -> (i, j)>

func.func @c7_ops(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>) {
  // expected-error @+1 {{kernel.chain "k0": body has 2 ops but is one kernel.library, views of its result, one kernel.fused that reads it and kernel.yield; keep others outside}}
  %0 = kernel.chain "k0" (%x, %w) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<4x8xf32>):
    %y = kernel.library "k0" "dot" {} flops 64.0 (%a, %b) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
    kernel.yield %y : tensor<?x8xf32>
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @c7_carried(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>) {
  // expected-error @+1 {{kernel.chain "k0": kernel.fused reads the call's result 2 times but it goes on with one element; read it once}}
  %0 = kernel.chain "k0" (%x, %w) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<4x8xf32>):
    %y = kernel.library "k0" "dot" {} flops 64.0 (%a, %b) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
    %z = kernel.fused "k0" pointwise over [?, 8] reduced [] maps [#id, #id, #id] (%y, %y) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> {
    ^bb1(%e: f32, %f: f32):
      %s = arith.addf %e, %f : f32
      kernel.yield %s : f32
    }
    kernel.yield %z : tensor<?x8xf32>
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @c7_arguments(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>) {
  // expected-error @+1 {{kernel.chain "k0": region takes 2 tensors but must take the call's operands, then what else the kernel.fused reads, each in its order; pass these}}
  %0 = kernel.chain "k0" (%w, %x) : (tensor<4x8xf32>, tensor<?x4xf32>) -> tensor<?x8xf32> {
  ^bb0(%b: tensor<4x8xf32>, %a: tensor<?x4xf32>):
    %y = kernel.library "k0" "dot" {} flops 64.0 (%a, %b) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
    %z = kernel.fused "k0" pointwise over [?, 8] reduced [] maps [#id, #id] (%y) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
    ^bb1(%e: f32):
      kernel.yield %e : f32
    }
    kernel.yield %z : tensor<?x8xf32>
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @c7_yield(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>) {
  // expected-error @+1 {{kernel.chain "k0": region yields 1 tensors but must yield the outputs of its kernel.fused; yield these}}
  %0 = kernel.chain "k0" (%x, %w) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<4x8xf32>):
    %y = kernel.library "k0" "dot" {} flops 64.0 (%a, %b) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
    %z = kernel.fused "k0" pointwise over [?, 8] reduced [] maps [#id, #id] (%y) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
    ^bb1(%e: f32):
      kernel.yield %e : f32
    }
    kernel.yield %y : tensor<?x8xf32>
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#swap = affine_map<(i, j) -> (j, i)>

func.func @c8_map(%x: tensor<8x4xf32>, %w: tensor<4x8xf32>) {
  // expected-error @+1 {{kernel.chain "k0": kernel.fused reads the call's result at affine_map<(d0, d1) -> (d1, d0)> but goes on with the element of affine_map<(d0, d1) -> (d0, d1)>; keep it outside}}
  %0 = kernel.chain "k0" (%x, %w) : (tensor<8x4xf32>, tensor<4x8xf32>) -> tensor<8x8xf32> {
  ^bb0(%a: tensor<8x4xf32>, %b: tensor<4x8xf32>):
    %y = kernel.library "k0" "dot" {} flops 512.0 (%a, %b) : (tensor<8x4xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
    %z = kernel.fused "k0" pointwise over [8, 8] reduced [] maps [#swap, #id] (%y) : (tensor<8x8xf32>) -> tensor<8x8xf32> {
    ^bb1(%e: f32):
      kernel.yield %e : f32
    }
    kernel.yield %z : tensor<8x8xf32>
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @c8_slice(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>) {
  // expected-error @+1 {{kernel.chain "k0": kernel.fused walks 'tensor<?x7xf32>' but the call makes every element of 'tensor<?x8xf32>'; keep it outside}}
  %0 = kernel.chain "k0" (%x, %w) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x7xf32> {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<4x8xf32>):
    %y = kernel.library "k0" "dot" {} flops 64.0 (%a, %b) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
    %z = kernel.fused "k0" pointwise over [?, 7] reduced [] maps [#id, #id] (%y) : (tensor<?x8xf32>) -> tensor<?x7xf32> {
    ^bb1(%e: f32):
      kernel.yield %e : f32
    }
    kernel.yield %z : tensor<?x7xf32>
  }
  return
}

// -----

#id = affine_map<(i, j, k) -> (i, j, k)>
#last = affine_map<(i, j, k) -> (k)>

func.func @c8_columns(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>) {
  // expected-error @+1 {{kernel.chain "k0": kernel.fused folds 2 of its 3 dims but folds none or all but the last, which is then the last of 'tensor<?x8xf32>'; keep it outside}}
  %0 = kernel.chain "k0" (%x, %w) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<4x8xf32>):
    %y = kernel.library "k0" "dot" {} flops 64.0 (%a, %b) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
    %v = kernel.view %y : tensor<?x8xf32> -> tensor<?x2x4xf32>
    %z = kernel.fused "k0" column_reduction over [?, 2, 4] reduced [0, 1] maps [#id, #last] (%v) : (tensor<?x2x4xf32>) -> tensor<4xf32> {
    ^bb1(%e: f32):
      %s = kernel.reduce addf %e : f32
      kernel.yield %s : f32
    }
    kernel.yield %z : tensor<4xf32>
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#last = affine_map<(i, j) -> (j)>

func.func @c9_combiner(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>) {
  // expected-error @+1 {{kernel.chain "k0": kernel.reduce has combiner maximumf but columns are added up as floats; keep it outside}}
  %0 = kernel.chain "k0" (%x, %w) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<8xf32> {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<4x8xf32>):
    %y = kernel.library "k0" "dot" {} flops 64.0 (%a, %b) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
    %z = kernel.fused "k0" column_reduction over [?, 8] reduced [0] maps [#id, #last] (%y) : (tensor<?x8xf32>) -> tensor<8xf32> {
    ^bb1(%e: f32):
      %s = kernel.reduce maximumf %e : f32
      kernel.yield %s : f32
    }
    kernel.yield %z : tensor<8xf32>
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @c9_late(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>) {
  // expected-error @+1 {{kernel.chain "k0": kernel.fused has elements that wait for a sum but the sum needs all of them first; keep those outside}}
  %0 = kernel.chain "k0" (%x, %w) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32> {
  ^bb0(%a: tensor<?x4xf32>, %b: tensor<4x8xf32>):
    %y = kernel.library "k0" "dot" {} flops 64.0 (%a, %b) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
    %z = kernel.fused "k0" column_reduction over [?, 8] reduced [0] maps [#id, #id] (%y) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
    ^bb1(%e: f32):
      %s = kernel.reduce addf %e : f32
      %d = arith.subf %e, %s : f32
      kernel.yield %d : f32
    }
    kernel.yield %z : tensor<?x8xf32>
  }
  return
}
