// Every shape rule refuses what breaks it: the thing, its value, the limit, the
// remedy.
// RUN: dlc-opt %s --split-input-file --verify-diagnostics

func.func @elementwise(%l: tensor<?x2xf32>, %r: tensor<2xf32>) {
  // expected-error@+1 {{prim.add: operand 1 is 'tensor<2xf32>' but operand 0 is 'tensor<?x2xf32>'; broadcast the smaller one first}}
  %0 = prim.add %l, %r : tensor<?x2xf32>, tensor<2xf32>
  return
}

// -----

// The batch is no other dimension, whatever its size.
func.func @batch(%l: tensor<?x2xf32>, %r: tensor<4x2xf32>) {
  // expected-error@+1 {{prim.mul: operand 1 is 'tensor<4x2xf32>' but operand 0 is 'tensor<?x2xf32>'; broadcast the smaller one first}}
  %0 = prim.mul %l, %r : tensor<?x2xf32>, tensor<4x2xf32>
  return
}

// -----

func.func @truth(%l: tensor<2xi1>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of 32-bit float or bfloat16 type or 16-bit float or 32-bit signless integer values, but got 'tensor<2xi1>'}}
  %0 = prim.add %l, %l : tensor<2xi1>, tensor<2xi1>
  return
}

// -----

func.func @unranked(%x: tensor<*xf32>) {
  // expected-error@+1 {{invalid kind of type specified}}
  %0 = prim.exp %x : tensor<*xf32>
  return
}

// -----

func.func @compare(%l: tensor<2xf32>, %r: tensor<2xi32>) {
  // expected-error@+1 {{prim.compare: operand 1 is 'tensor<2xi32>' but operand 0 is 'tensor<2xf32>'; broadcast the smaller one first}}
  %0 = prim.compare lt %l, %r : tensor<2xf32>, tensor<2xi32>
  return
}

// -----

func.func @select_values(%c: tensor<2xi1>, %t: tensor<2xf32>, %f: tensor<2xi32>) {
  // expected-error@+1 {{prim.select: on_false is 'tensor<2xi32>' but on_true is 'tensor<2xf32>'; broadcast or convert one of them first}}
  %0 = prim.select %c, %t, %f : tensor<2xi1>, tensor<2xf32>, tensor<2xi32>
  return
}

// -----

func.func @select_condition(%c: tensor<1xi1>, %t: tensor<2xf32>) {
  // expected-error@+1 {{prim.select: the condition is 'tensor<1xi1>' but on_true is 'tensor<2xf32>'; broadcast the condition first}}
  %0 = prim.select %c, %t, %t : tensor<1xi1>, tensor<2xf32>, tensor<2xf32>
  return
}

// -----

func.func @convert(%x: tensor<2xf32>) {
  // expected-error@+1 {{turns 'tensor<2xf32>' into 'tensor<3xi32>' but the shape may not change; reshape it besides}}
  %0 = prim.convert %x : tensor<2xf32> -> tensor<3xi32>
  return
}

// -----

func.func @constant() {
  // expected-error@+1 {{has a value of type 'f32' but its elements are 'i32'; write the value in that type}}
  %0 = prim.constant 1.0 : f32 to tensor<2xi32>
  return
}

// -----

func.func @iota_type() {
  // expected-error@+1 {{has the result 'tensor<2xf32>' but positions are i32; convert them afterwards}}
  %0 = prim.iota 0 : tensor<2xf32>
  return
}

// -----

func.func @iota_dim() {
  // expected-error@+1 {{prim.iota: dim is 1 but the rank is 1; name a dim from 0 to 0}}
  %0 = prim.iota 1 : tensor<2xi32>
  return
}

// -----

func.func @random_key(%s: tensor<2xi32>, %t: tensor<i32>) {
  // expected-error@+1 {{has the seed 'tensor<2xi32>' of rank 1 but the key is one number; reshape it to rank 0}}
  %0 = prim.random_uniform %s, %t stream 0 : tensor<2xi32>, tensor<i32> -> tensor<3xf32>
  return
}

// -----

func.func @random_batch(%s: tensor<i32>) {
  // expected-error@+1 {{has the batch as dimension 1 of 'tensor<3x?xf32>' but elements are counted with the batch as dimension 0; transpose the result}}
  %0 = prim.random_uniform %s, %s stream 0 : tensor<i32>, tensor<i32> -> tensor<3x?xf32>
  return
}

// -----

func.func @broadcast(%x: tensor<3xf32>) {
  // expected-error@+1 {{reads 'tensor<3xf32>' but 'tensor<3x?xf32>' without dims [0] is 'tensor<?xf32>'; correct `along` or the result's type}}
  %0 = prim.broadcast %x along [0] : tensor<3xf32> -> tensor<3x?xf32>
  return
}

// -----

func.func @broadcast_dims(%x: tensor<3xf32>) {
  // expected-error@+1 {{prim.broadcast: dims has 0 after 1 but the rank is 3; name dims from 0 to 2 in rising order}}
  %0 = prim.broadcast %x along [1, 0] : tensor<3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @reshape_count(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{turns 'tensor<?x4xf32>' of 4 elements into 'tensor<?x2x3xf32>' of 6; give both the same number of elements}}
  %0 = prim.reshape %x : tensor<?x4xf32> -> tensor<?x2x3xf32>
  return
}

// -----

func.func @reshape_batch(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{turns 'tensor<?x4xf32>' into 'tensor<4x?xf32>' but the batch must be the first dimension of both or of neither; transpose it to the front first}}
  %0 = prim.reshape %x : tensor<?x4xf32> -> tensor<4x?xf32>
  return
}

// -----

func.func @reshape_type(%x: tensor<4xf32>) {
  // expected-error@+1 {{turns 'tensor<4xf32>' into 'tensor<4xi32>' but elements may not change; convert them first}}
  %0 = prim.reshape %x : tensor<4xf32> -> tensor<4xi32>
  return
}

// -----

func.func @transpose(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{prim.transpose: permutation is [0, 0] but x is 'tensor<2x3xf32>' of rank 2; name each of its dims once}}
  %0 = prim.transpose %x [0, 0] : tensor<2x3xf32>
  return
}

// -----

func.func @slice_end(%x: tensor<5xf32>) {
  // expected-error@+1 {{prim.slice: dimension 0 is read at 5 but has 5 elements; take fewer or start earlier}}
  %0 = prim.slice %x from [1] size [3] by [2] : tensor<5xf32>
  return
}

// -----

func.func @slice_batch(%x: tensor<?xf32>) {
  // expected-error@+1 {{prim.slice: dimension 0 is cut from 0 size 2 by 1 but it is the batch, which is taken whole; write start 0, size -1, stride 1}}
  %0 = prim.slice %x from [0] size [2] by [1] : tensor<?xf32>
  return
}

// -----

func.func @slice_whole(%x: tensor<5xf32>) {
  // expected-error@+1 {{prim.slice: dimension 0 is cut from 0 size -1 by 1 but the least are 0, 1 and 1; correct them}}
  %0 = prim.slice %x from [0] size [-1] by [1] : tensor<5xf32>
  return
}

// -----

func.func @slice_rank(%x: tensor<5xf32>) {
  // expected-error@+1 {{prim.slice: starts is [0, 0] of 2 numbers but needs 1; write 1 numbers}}
  %0 = prim.slice %x from [0, 0] size [1] by [1] : tensor<5xf32>
  return
}

// -----

func.func @pad_batch(%x: tensor<?xf32>) {
  // expected-error@+1 {{prim.pad: dimension 0 is padded by 1, 0 and 0 but it is the batch, which is never padded; write 0 there}}
  %0 = prim.pad %x low [1] high [0] interior [0] : tensor<?xf32>
  return
}

// -----

func.func @pad_negative(%x: tensor<4xf32>) {
  // expected-error@+1 {{prim.pad: high has -1 but the least is 0; write numbers from 0}}
  %0 = prim.pad %x low [1] high [-1] interior [0] : tensor<4xf32>
  return
}

// -----

func.func @concat_shape(%a: tensor<?x2x3xf32>, %b: tensor<?x2x4xf32>) {
  // expected-error@+1 {{prim.concat: operand 1 is 'tensor<?x2x4xf32>' but operand 0 is 'tensor<?x2x3xf32>'; they may differ in dimension 1 only: reshape one of them}}
  %0 = prim.concat %a, %b dim 1 : tensor<?x2x3xf32>, tensor<?x2x4xf32>
  return
}

// -----

func.func @concat_batch(%a: tensor<?x2xf32>) {
  // expected-error@+1 {{prim.concat: dimension 0 of operand 0 ('tensor<?x2xf32>') is the batch but must have a known size; join along another dimension}}
  %0 = prim.concat %a, %a dim 0 : tensor<?x2xf32>, tensor<?x2xf32>
  return
}

// -----

func.func @reduce(%x: tensor<?x2xf32>) {
  // expected-error@+1 {{prim.reduce_sum: dims has 2 after -1 but the rank is 2; name dims from 0 to 1 in rising order}}
  %0 = prim.reduce_sum %x over [2] : tensor<?x2xf32>
  return
}

// -----

func.func @dot_size(%l: tensor<?x2xf32>, %r: tensor<3x4xf32>) {
  // expected-error@+1 {{prim.dot: contract pairs dimension 1 of lhs ('tensor<?x2xf32>') with dimension 0 of rhs ('tensor<3x4xf32>') but their sizes differ; transpose or resize one of them}}
  %0 = prim.dot %l, %r batch [] x [] contract [1] x [0] : tensor<?x2xf32>, tensor<3x4xf32>
  return
}

// -----

func.func @dot_pairs(%l: tensor<?x2xf32>, %r: tensor<2x4xf32>) {
  // expected-error@+1 {{prim.dot: contract has 1 dims of lhs but 0 of rhs; name them in pairs}}
  %0 = prim.dot %l, %r batch [] x [] contract [1] x [] : tensor<?x2xf32>, tensor<2x4xf32>
  return
}

// -----

func.func @dot_dims(%l: tensor<?x2xf32>, %r: tensor<2x4xf32>) {
  // expected-error@+1 {{prim.dot: lhs names dimension 2 in batch [] and contract [2] but is 'tensor<?x2xf32>' of rank 2; name dims that it has, each once}}
  %0 = prim.dot %l, %r batch [] x [] contract [2] x [0] : tensor<?x2xf32>, tensor<2x4xf32>
  return
}

// -----

func.func @conv_groups(%x: tensor<?x8x8x3xf32>, %k: tensor<3x3x2x4xf32>) {
  // expected-error@+1 {{prim.conv2d: the kernel 'tensor<3x3x2x4xf32>' reads 2 channels in each of 1 groups but x ('tensor<?x8x8x3xf32>') has 3; correct groups or the kernel}}
  %0 = prim.conv2d %x, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1 : tensor<?x8x8x3xf32>, tensor<3x3x2x4xf32>
  return
}

// -----

func.func @conv_filters(%x: tensor<?x8x8x4xf32>, %k: tensor<3x3x2x3xf32>) {
  // expected-error@+1 {{prim.conv2d: the kernel 'tensor<3x3x2x3xf32>' has 3 filters but they must divide among 2 groups; correct groups}}
  %0 = prim.conv2d %x, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 2 : tensor<?x8x8x4xf32>, tensor<3x3x2x3xf32>
  return
}

// -----

func.func @conv_window(%x: tensor<?x8x2x3xf32>, %k: tensor<3x3x3x4xf32>) {
  // expected-error@+1 {{prim.conv2d: a window reaches over 3 elements of dimension 2 but 'tensor<?x8x2x3xf32>' with its padding has 2; take a smaller window or more padding}}
  %0 = prim.conv2d %x, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1 : tensor<?x8x2x3xf32>, tensor<3x3x3x4xf32>
  return
}

// -----

func.func @conv_rank(%x: tensor<?x8x3xf32>, %k: tensor<3x3x3x4xf32>) {
  // expected-error@+1 {{prim.conv2d: x is 'tensor<?x8x3xf32>' but images are [n, h, w, c] with known h, w and c; reshape it first}}
  %0 = prim.conv2d %x, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1 : tensor<?x8x3xf32>, tensor<3x3x3x4xf32>
  return
}

// -----

func.func @conv_strides(%x: tensor<?x8x8x3xf32>, %k: tensor<3x3x3x4xf32>) {
  // expected-error@+1 {{prim.conv2d: strides has 0 but the least is 1; write numbers from 1}}
  %0 = prim.conv2d %x, %k strides [1, 0] padding [0, 0, 0, 0] dilation [1, 1] groups 1 : tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>
  return
}

// -----

func.func @input_grad(%dy: tensor<?x6x6x4xf32>, %k: tensor<3x3x3x4xf32>) {
  // expected-error@+1 {{prim.conv2d_input_grad: dy is 'tensor<?x6x6x4xf32>' but the other types imply 'tensor<?x7x7x4xf32>'; correct one of them}}
  %0 = prim.conv2d_input_grad %dy, %k strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1 : tensor<?x6x6x4xf32>, tensor<3x3x3x4xf32> -> tensor<?x9x9x3xf32>
  return
}

// -----

func.func @kernel_grad(%x: tensor<?x8x8x3xf32>, %dy: tensor<?x6x6x4xf32>) {
  // expected-error@+1 {{prim.conv2d_kernel_grad: dy is 'tensor<?x6x6x4xf32>' but the other types imply 'tensor<?x7x7x4xf32>'; correct one of them}}
  %0 = prim.conv2d_kernel_grad %x, %dy strides [1, 1] padding [0, 0, 0, 0] dilation [1, 1] groups 1 : tensor<?x8x8x3xf32>, tensor<?x6x6x4xf32> -> tensor<2x2x3x4xf32>
  return
}

// -----

func.func @pool_padding(%x: tensor<?x8x8x3xf32>) {
  // expected-error@+1 {{prim.max_pool2d: padding has 2 but the window there has 2 elements and may not lie outside; pad less}}
  %0 = prim.max_pool2d %x window [2, 2] strides [2, 2] padding [0, 2, 0, 0] : tensor<?x8x8x3xf32>
  return
}

// -----

func.func @pool_grad(%x: tensor<?x8x8x3xf32>, %dy: tensor<?x3x4x3xf32>) {
  // expected-error@+1 {{prim.max_pool2d_grad: dy is 'tensor<?x3x4x3xf32>' but the other types imply 'tensor<?x4x4x3xf32>'; correct one of them}}
  %0 = prim.max_pool2d_grad %x, %dy window [2, 2] strides [2, 2] padding [0, 0, 0, 0] : tensor<?x8x8x3xf32>, tensor<?x3x4x3xf32>
  return
}

// -----

func.func @softmax(%x: tensor<?x3xf32>) {
  // expected-error@+1 {{prim.softmax: dim is -1 but the rank is 2; name a dim from 0 to 1}}
  %0 = prim.softmax %x dim -1 : tensor<?x3xf32>
  return
}

// -----

func.func @crossentropy(%x: tensor<?x3xf32>, %l: tensor<?xf32>) {
  // expected-error@+1 {{prim.softmax_crossentropy: labels are 'tensor<?xf32>' but logits are 'tensor<?x3xf32>'; encode the labels one-hot over the same classes}}
  %0 = prim.softmax_crossentropy %x, %l : tensor<?x3xf32>, tensor<?xf32>
  return
}

// -----

func.func @deviations(%x: tensor<?x3xf32>, %m: tensor<?xf32>) {
  // expected-error@+1 {{prim.squared_deviations: mean is 'tensor<?xf32>' but that of 'tensor<?x3xf32>' over these dims is 'tensor<3xf32>'; take the mean over the same dims}}
  %0 = prim.squared_deviations %x from %m over [0] : tensor<?x3xf32>, tensor<?xf32>
  return
}

// -----

func.func @gather_scalar(%t: tensor<f32>, %i: tensor<?xi32>) {
  // expected-error@+1 {{prim.gather: the table is 'tensor<f32>' but its rows are counted; give one of known sizes}}
  %0 = prim.gather %t, %i : tensor<f32>, tensor<?xi32>
  return
}

// -----

func.func @gather_batch(%t: tensor<?x2xf32>, %i: tensor<?xi32>) {
  // expected-error@+1 {{prim.gather: the table is 'tensor<?x2xf32>' but its rows are counted; give one of known sizes}}
  %0 = prim.gather %t, %i : tensor<?x2xf32>, tensor<?xi32>
  return
}

// -----

func.func @scatter_add(%u: tensor<?x3xf32>, %i: tensor<?xi32>) {
  // expected-error@+1 {{'prim.scatter_add' op has the updates 'tensor<?x3xf32>' but rows of 'tensor<4x2xf32>' at 'tensor<?xi32>' are 'tensor<?x2xf32>'; reshape them first}}
  %0 = prim.scatter_add %u, %i : tensor<?x3xf32>, tensor<?xi32> -> tensor<4x2xf32>
  return
}

// -----

func.func @attention_heads(%q: tensor<?x4x3x8xf32>, %k: tensor<?x5x2x8xf32>, %v: tensor<?x5x2x6xf32>) {
  // expected-error@+1 {{prim.attention: the query is 'tensor<?x4x3x8xf32>', the key 'tensor<?x5x2x8xf32>' and the value 'tensor<?x5x2x6xf32>' but these are [n, t, h, c], [n, s, k, c] and [n, s, k, v] of one type, h a multiple of k; reshape or convert them}}
  %0:2 = prim.attention %q, %k, %v {scale = 1.0 : f32} : tensor<?x4x3x8xf32>, tensor<?x5x2x8xf32>, tensor<?x5x2x6xf32>
  return
}

// -----

func.func @attention_mask(%q: tensor<?x4x2x8xf32>, %k: tensor<?x5x2x8xf32>, %m: tensor<?x4x5xi1>) {
  // expected-error@+1 {{prim.attention: the mask is 'tensor<?x4x5xi1>' but scores are}}
  %0:2 = prim.attention %q, %k, %k mask %m {scale = 1.0 : f32} : tensor<?x4x2x8xf32>, tensor<?x5x2x8xf32>, tensor<?x5x2x8xf32>, tensor<?x4x5xi1>
  return
}

// -----

func.func @attention_window(%q: tensor<?x4x2x8xf32>) {
  // The window is known when the op is verified.
  // expected-error@+2 {{prim.attention: window is -1 but counts places; write 0 for none}}
  // expected-error@+1 {{'prim.attention' op failed to infer returned types}}
  %0:2 = prim.attention %q, %q, %q {scale = 1.0 : f32, window = -1 : i64} : tensor<?x4x2x8xf32>, tensor<?x4x2x8xf32>, tensor<?x4x2x8xf32>
  return
}

// -----

func.func @attention_grad(%q: tensor<?x4x2x8xf32>, %l: tensor<?x4x2xf32>, %g: tensor<?x4x2x7xf32>) {
  // expected-error@+1 {{prim.attention_grad: dy is 'tensor<?x4x2x7xf32>' but that of the query 'tensor<?x4x2x8xf32>' and the value 'tensor<?x4x2x8xf32>' is 'tensor<?x4x2x8xf32>'; reshape or convert it}}
  %0:3 = prim.attention_grad %q, %q, %q, %l, %l, %g {scale = 1.0 : f32} : tensor<?x4x2x8xf32>, tensor<?x4x2x8xf32>, tensor<?x4x2x8xf32>, tensor<?x4x2xf32>, tensor<?x4x2xf32>, tensor<?x4x2x7xf32>
  return
}

// -----

func.func @reverse_batch(%x: tensor<?x3xf32>) {
  // expected-error @+1 {{prim.reverse: dimension 0 of 'tensor<?x3xf32>' is the batch, whose order never changes; reverse others}}
  %0 = prim.reverse %x along [0] : tensor<?x3xf32>
  return
}
