// The rules [C1] to [C6] that keep a kernel in bounds and free of races, and [G1]
// to [G3] that keep members of a group apart.
// RUN: dlc-opt %s --split-input-file --verify-diagnostics

#element = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

func.func @c1_range(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{kernel.fused "k0": reduced has 2 after -1 but the space has 2 dims; name each once, in rising order}}
  %0 = kernel.fused "k0" row_reduction over [2, 3] reduced [2] maps [#element, #row] (%x) : (tensor<2x3xf32>) -> tensor<2xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  return
}

// -----

#element = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

func.func @c1_pattern(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{kernel.fused "k0": pattern is column_reduction but these loops are a row_reduction; correct the pattern or the reduced dims}}
  %0 = kernel.fused "k0" column_reduction over [2, 3] reduced [1] maps [#element, #row] (%x) : (tensor<2x3xf32>) -> tensor<2xf32> {
  ^bb0(%e: f32):
    %0 = kernel.reduce addf %e : f32
    kernel.yield %0 : f32
  }
  return
}

// -----

#element = affine_map<(i, j) -> (i, j)>

func.func @c2(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{kernel.fused "k0": has 1 maps but 2 inputs and outputs; write one map for each}}
  %0 = kernel.fused "k0" pointwise over [2, 3] reduced [] maps [#element] (%x) : (tensor<2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  return
}

// -----

#element = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

func.func @c3_rank(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{kernel.fused "k0": map 0 is affine_map<(d0, d1) -> (d0)> but must lead from the 2 dims of the space to the 2 of 'tensor<2x3xf32>'; write one expression for each}}
  %0 = kernel.fused "k0" pointwise over [2, 3] reduced [] maps [#row, #element] (%x) : (tensor<2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  return
}

// -----

#element = affine_map<(i, j) -> (i, j)>
#swapped = affine_map<(i, j) -> (j, i)>

func.func @c3_bounds(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{kernel.fused "k0": map 0 reads elements 0 to 2 of dim 0 but 'tensor<2x3xf32>' has 2; correct the map or the space}}
  %0 = kernel.fused "k0" pointwise over [2, 3] reduced [] maps [#swapped, #element] (%x) : (tensor<2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  return
}

// -----

#element = affine_map<(i) -> (i)>
#strided = affine_map<(i) -> (i * 2 + 2)>

func.func @c3_stride(%x: tensor<7xf32>) {
  // expected-error @+1 {{kernel.fused "k0": map 0 reads elements 2 to 8 of dim 0 but 'tensor<7xf32>' has 7; correct the map or the space}}
  %0 = kernel.fused "k0" pointwise over [4] reduced [] maps [#strided, #element] (%x) : (tensor<7xf32>) -> tensor<4xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  return
}

// -----

#element = affine_map<(i) -> (i)>
#folded = affine_map<(i) -> (i mod 2)>

func.func @c3_affine(%x: tensor<4xf32>) {
  // expected-error @+1 {{kernel.fused "k0": map 0 is affine_map<(d0) -> (d0 mod 2)> but expression 0 may only add up constants and dims of known size times strides other than 0; rewrite it}}
  %0 = kernel.fused "k0" pointwise over [4] reduced [] maps [#folded, #element] (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  return
}

// -----

#element = affine_map<(i) -> (i)>

func.func @c3_batch(%x: tensor<?xf32>) {
  // expected-error @+1 {{kernel.fused "k0": map 0 is affine_map<(d0) -> (d0)> but dim 0 of 'tensor<?xf32>' is the batch; read it along a loop over `?`}}
  %0 = kernel.fused "k0" pointwise over [4] reduced [] maps [#element, #element] (%x) : (tensor<?xf32>) -> tensor<4xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  return
}

// -----

#element = affine_map<(i) -> (i)>

func.func @c3_batch_loop(%x: tensor<4xf32>) {
  // expected-error @+1 {{kernel.fused "k0": map 0 is affine_map<(d0) -> (d0)> but expression 0 may only add up constants and dims of known size times strides other than 0; rewrite it}}
  %0 = kernel.fused "k0" pointwise over [?] reduced [] maps [#element, #element] (%x) : (tensor<4xf32>) -> tensor<?xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  return
}

// -----

#element = affine_map<(i, j) -> (i, j)>

func.func @c4_count(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{kernel.fused "k0": region has 2 scalars for its 1 outputs; pass one for each}}
  %0 = kernel.fused "k0" pointwise over [2, 3] reduced [] maps [#element, #element] (%x) : (tensor<2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%e: f32):
    kernel.yield %e, %e : f32, f32
  }
  return
}

// -----

#element = affine_map<(i, j) -> (i, j)>

func.func @c4_type(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{kernel.fused "k0": region has 'i32' for input 0 but it is 'tensor<2x3xf32>'; convert it in the region}}
  %0 = kernel.fused "k0" pointwise over [2, 3] reduced [] maps [#element, #element] (%x) : (tensor<2x3xf32>) -> tensor<2x3xi32> {
  ^bb0(%e: i32):
    kernel.yield %e : i32
  }
  return
}

// -----

#element = affine_map<(i, j) -> (i, j)>
#swapped = affine_map<(i, j) -> (j, i)>

func.func @c5_map(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{kernel.fused "k0": output 0 has map affine_map<(d0, d1) -> (d1, d0)> but an output is written at affine_map<(d0, d1) -> (d0, d1)> or affine_map<(d0, d1) -> (d0, d1)>; transpose where it is read}}
  %0 = kernel.fused "k0" pointwise over [2, 3] reduced [] maps [#element, #swapped] (%x) : (tensor<2x3xf32>) -> tensor<3x2xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  return
}

// -----

#element = affine_map<(i, j) -> (i, j)>

func.func @c5_whole(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{kernel.fused "k0": output 0 is 'tensor<2x4xf32>' but its loops write 'tensor<2x3xf32>'; correct the type or the space}}
  %0 = kernel.fused "k0" pointwise over [2, 3] reduced [] maps [#element, #element] (%x) : (tensor<2x3xf32>) -> tensor<2x4xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  return
}

// -----

#element = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

func.func @c5_value(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{kernel.fused "k0": output 0 yields a value per element but its map affine_map<(d0, d1) -> (d0)> has one element per row; kernel.reduce it first}}
  %0 = kernel.fused "k0" row_reduction over [2, 3] reduced [1] maps [#element, #row] (%x) : (tensor<2x3xf32>) -> tensor<2xf32> {
  ^bb0(%e: f32):
    kernel.yield %e : f32
  }
  return
}

// -----

#row = affine_map<(i, j) -> (i)>

func.func @c5_index() {
  // expected-error @+1 {{kernel.fused "k0": output 0 yields a value per element but its map affine_map<(d0, d1) -> (d0)> has one element per row; kernel.reduce it first}}
  %0 = kernel.fused "k0" row_reduction over [2, 3] reduced [1] maps [#row] () : () -> tensor<2xi32> {
    %j = kernel.index 1
    kernel.yield %j : i32
  }
  return
}

// -----

#element = affine_map<(i) -> (i)>

func.func @c6() {
  // expected-error @+1 {{kernel.fused "k0": kernel.index names dim 1 but the space has 1; name one of its dims}}
  %0 = kernel.fused "k0" pointwise over [4] reduced [] maps [#element] () : () -> tensor<4xi32> {
    %j = kernel.index 1
    kernel.yield %j : i32
  }
  return
}

// -----

#row = affine_map<(i) -> (i)>
#all = affine_map<(i) -> ()>

func.func @g1(%x: tensor<3xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{kernel.group "k0": holds a kernel.library but its members are kernel.fused; leave it outside}}
  %0:2 = kernel.group "k0" (%x, %y, %y) : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<3xf32>, %b: tensor<3xf32>, %c: tensor<3xf32>):
    %1 = kernel.fused "k0_0" row_reduction over [3] reduced [0] maps [#row, #all] (%a) : (tensor<3xf32>) -> tensor<f32> {
    ^bb0(%e: f32):
      %s = kernel.reduce addf %e : f32
      kernel.yield %s : f32
    }
    %2 = kernel.library "k0_1" "dot" {} flops 6.0 (%b, %c) : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
    kernel.yield %1, %2 : tensor<f32>, tensor<f32>
  }
  return
}

// -----

#row = affine_map<(i) -> (i)>

// The second member reads what the first one makes.
func.func @g2(%x: tensor<3xf32>) {
  // expected-error @+1 {{kernel.group "k0": has 1 inputs and 1 arguments for the 2 inputs of its members, which must read them one after the other; pass one for each}}
  %0:2 = kernel.group "k0" (%x) : (tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  ^bb0(%a: tensor<3xf32>):
    %1 = kernel.fused "k0_0" pointwise over [3] reduced [] maps [#row, #row] (%a) : (tensor<3xf32>) -> tensor<3xf32> {
    ^bb0(%e: f32):
      kernel.yield %e : f32
    }
    %2 = kernel.fused "k0_1" pointwise over [3] reduced [] maps [#row, #row] (%1) : (tensor<3xf32>) -> tensor<3xf32> {
    ^bb0(%e: f32):
      kernel.yield %e : f32
    }
    kernel.yield %1, %2 : tensor<3xf32>, tensor<3xf32>
  }
  return
}

// -----

#row = affine_map<(i) -> (i)>

func.func @g3(%x: tensor<3xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{kernel.group "k0": has 1 results and yields 1 values for the 2 results of its members, which must be yielded one after the other; give one for each}}
  %0 = kernel.group "k0" (%x, %y) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<3xf32>, %b: tensor<3xf32>):
    %1 = kernel.fused "k0_0" pointwise over [3] reduced [] maps [#row, #row] (%a) : (tensor<3xf32>) -> tensor<3xf32> {
    ^bb0(%e: f32):
      kernel.yield %e : f32
    }
    %2 = kernel.fused "k0_1" pointwise over [3] reduced [] maps [#row, #row] (%b) : (tensor<3xf32>) -> tensor<3xf32> {
    ^bb0(%e: f32):
      kernel.yield %e : f32
    }
    kernel.yield %1 : tensor<3xf32>
  }
  return
}
