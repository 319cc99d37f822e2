// Heads stay in their places: nothing is transposed on the way to the output.
// RUN: dlc-opt %s --expand-layers --split-input-file | FileCheck %s

// Weights are those of layers within, and projections products of one matrix.
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[X:.*]]: tensor<?x5x6xf32> {dlc.input = "x"},
// CHECK-SAME: %[[QK:.*]]: tensor<6x2x3xf32> {dlc.h5 = "layers/multi_head_attention/query_dense/vars/0", dlc.state = "mha/query/kernel", dlc.trainable},
// CHECK-SAME: %{{.*}}: tensor<2x3xf32> {dlc.h5 = "layers/multi_head_attention/query_dense/vars/1", dlc.state = "mha/query/bias", dlc.trainable},
// CHECK-SAME: {dlc.h5 = "layers/multi_head_attention/key_dense/vars/0", dlc.state = "mha/key/kernel", dlc.trainable}
// CHECK-SAME: {dlc.h5 = "layers/multi_head_attention/value_dense/vars/1", dlc.state = "mha/value/bias", dlc.trainable}
// CHECK-SAME: %[[OK:.*]]: tensor<2x3x6xf32> {dlc.h5 = "layers/multi_head_attention/output_dense/vars/0", dlc.state = "mha/attention_output/kernel", dlc.trainable}
// CHECK: %[[FLAT:.*]] = prim.reshape %[[QK]] : tensor<6x2x3xf32> -> tensor<6x6xf32>
// CHECK: prim.dot %[[X]], %[[FLAT]] batch [] x [] contract [2] x [0]
// CHECK: %[[Q:.*]] = prim.reshape %{{.*}} : tensor<?x5x6xf32> -> tensor<?x5x2x3xf32>
// CHECK: %[[K:.*]] = prim.reshape %{{.*}} : tensor<?x5x6xf32> -> tensor<?x5x2x3xf32>
// CHECK: %[[V:.*]] = prim.reshape %{{.*}} : tensor<?x5x6xf32> -> tensor<?x5x2x3xf32>
// CHECK: %[[M:.*]], %{{.*}} = prim.attention %[[Q]], %[[K]], %[[V]] {scale = 0.577350259 : f32}
// CHECK: prim.dot %[[M]], %[[OK]] batch [] x [] contract [2, 3] x [0, 1]
// CHECK-NOT: prim.transpose
// CHECK: return
layer.model @heads {
  %x = layer.input "x" {shape = [5, 6]}
  %y = layer.multi_head_attention "mha" %x, %x {num_heads = 2, key_dim = 3} : tensor<?x5x6xf32>, tensor<?x5x6xf32>
  layer.output %y : tensor<?x5x6xf32>
}

// -----

// Masks stay as small as they are given; what a place says of itself takes no
// memory. Fewer heads of keys are not repeated.
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: %[[KM:[a-z0-9]+]]: tensor<?x5xi1> {dlc.input = "km"}
// CHECK-SAME: %[[M:[a-z0-9]+]]: tensor<?x4x5xi1> {dlc.input = "m"}
// CHECK: %[[KEYS:.*]] = prim.reshape %[[KM]] : tensor<?x5xi1> -> tensor<?x1x1x5xi1>
// CHECK: %[[PLACES:.*]] = prim.reshape %[[M]] : tensor<?x4x5xi1> -> tensor<?x1x4x5xi1>
// CHECK: %[[MASK:.*]] = prim.and %{{.*}}, %[[PLACES]] : tensor<?x1x4x5xi1>
// CHECK: prim.attention %{{.*}} mask %[[MASK]] {causal = true, scale = 0.577350259 : f32, window = 2 : i64} : tensor<?x4x4x3xf32>, tensor<?x5x2x3xf32>, tensor<?x5x2x3xf32>, tensor<?x1x4x5xi1>
layer.model @small_masks {
  %x = layer.input "x" {shape = [4, 6]}
  %v = layer.input "v" {shape = [5, 3]}
  %km = layer.input "km" {shape = [5], dtype = "bool"}
  %m = layer.input "m" {shape = [4, 5], dtype = "bool"}
  %y = layer.group_query_attention "gqa" %x, %v, %km, %m {head_dim = 3, num_query_heads = 4, num_key_value_heads = 2, sliding_window = 2, arguments = ["query", "value", "key_mask", "attention_mask"], use_causal_mask = true} : tensor<?x4x6xf32>, tensor<?x5x3xf32>, tensor<?x5xi1>, tensor<?x4x5xi1>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

// One head needs no projections.
// CHECK-LABEL: func.func @predict(
// CHECK: %[[Q:.*]] = prim.reshape %{{.*}} : tensor<?x4x3xf32> -> tensor<?x4x1x3xf32>
// CHECK: prim.attention %[[Q]], %{{.*}} {causal = true, scale = 1.000000e+00 : f32}
layer.model @one_head {
  %q = layer.input "q" {shape = [4, 3]}
  %v = layer.input "v" {shape = [5, 3]}
  %y = layer.attention "a" %q, %v {use_causal_mask = true} : tensor<?x4x3xf32>, tensor<?x5x3xf32>
  layer.output %y : tensor<?x4x3xf32>
}

// -----

// Where scores are returned they are in memory. A mask and the causal one are
// one condition, and scores are zero where nothing may be attended to.
// CHECK-LABEL: func.func @predict(
// CHECK: %[[S:.*]] = prim.dot {{.*}} contract [3] x [3]
// CHECK: %[[Z:.*]] = prim.mul %[[S]]
// CHECK: %[[ROWS:.*]] = prim.iota 2 : tensor<?x2x4x5xi32>
// CHECK: %[[COLUMNS:.*]] = prim.iota 3 : tensor<?x2x4x5xi32>
// CHECK: %[[CAUSAL:.*]] = prim.compare ge %[[ROWS]], %[[COLUMNS]]
// CHECK: %[[MASK:.*]] = prim.and %{{.*}}, %[[CAUSAL]]
// CHECK: %[[MASKED:.*]] = prim.select %[[MASK]], %[[Z]], %{{.*}}
// CHECK: %[[P:.*]] = prim.softmax %[[MASKED]] dim 3
// CHECK: prim.select %[[MASK]], %[[P]], %{{.*}}
layer.model @masked {
  %x = layer.input "x" {shape = [4, 6]}
  %v = layer.input "v" {shape = [5, 3]}
  %m = layer.input "m" {shape = [4, 5], dtype = "bool"}
  %y, %s = layer.multi_head_attention "mha" %x, %v, %m {num_heads = 2, key_dim = 3, arguments = ["query", "value", "attention_mask"], use_causal_mask = true, return_attention_scores = true} : tensor<?x4x6xf32>, tensor<?x5x3xf32>, tensor<?x4x5xi1>
  layer.output %y, %s : tensor<?x4x6xf32>, tensor<?x2x4x5xf32>
}

// -----

// Heads that attend over one of two dimensions stand beside the other.
// CHECK-LABEL: func.func @predict(
// CHECK: prim.dot {{.*}} batch [0, 1, 3] x [0, 1, 3] contract [4] x [4] : tensor<?x3x4x2x1xf32>, tensor<?x3x2x2x1xf32>
// CHECK: %[[M:.*]] = prim.dot {{.*}} batch [0, 1, 2] x [0, 1, 3] contract [4] x [2]
// CHECK: prim.transpose %[[M]] [0, 1, 3, 2, 4]
layer.model @axes {
  %x = layer.input "x" {shape = [3, 4, 6]}
  %v = layer.input "v" {shape = [3, 2, 5]}
  %y = layer.multi_head_attention "mha" %x, %v {num_heads = 2, key_dim = 1, attention_axes = [-2]} : tensor<?x3x4x6xf32>, tensor<?x3x2x5xf32>
  layer.output %y : tensor<?x3x4x6xf32>
}

// -----

// Positions are no sum: cumsum of one number is a multiple of the position.
// CHECK-LABEL: func.func @predict(
// CHECK-NOT: prim.reduce_sum
// CHECK: return
layer.model @positions {
  %x = layer.input "x" {shape = [5], dtype = "int32"}
  %one = layer.constant 1 : i64
  %ones = layer.op_ones_like "ones" %x : tensor<?x5xi32>
  %sums = layer.op_cumsum "sums" %ones {axis = 1} : tensor<?x5xi32>
  %at = layer.op_subtract "at" %sums, %one : tensor<?x5xi32>, tensor<i32>
  layer.output %at : tensor<?x5xi32>
}

// -----

// Another one is a sum over a triangle.
// CHECK-LABEL: func.func @predict(
// CHECK: %[[X:.*]] = prim.broadcast %{{.*}} along [1] : tensor<?x5xf32> -> tensor<?x5x5xf32>
// CHECK: %[[LE:.*]] = prim.compare le
// CHECK: %[[KEPT:.*]] = prim.select %[[LE]], %[[X]]
// CHECK: prim.reduce_sum %[[KEPT]] over [2]
layer.model @running {
  %x = layer.input "x" {shape = [5]}
  %y = layer.op_cumsum "sums" %x {axis = -1} : tensor<?x5xf32>
  layer.output %y : tensor<?x5xf32>
}
