// What a hand-written layer can get wrong, and what dlc says about it.
// RUN: dlc-opt %s --split-input-file --verify-diagnostics

layer.model @missing_key {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{'layer.dense' op requires attribute 'units'}}
  %y = layer.dense "fc" %x : tensor<?x3xf32>
  layer.output %y : tensor<?x4xf32>
}

// -----

layer.model @unknown_key {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.dense: has the key "unit" but no such key has a meaning here; write "units"}}
  %y = layer.dense "fc" %x {unit = 4} : tensor<?x3xf32>
  layer.output %y : tensor<?x4xf32>
}

// -----

layer.model @shape {
  // expected-error @+1 {{layer.input "x": shape holds the size 0 but all sizes but the batch are known and positive}}
  %x = layer.input "x" {shape = [3, 0]}
  layer.output %x : tensor<?x3x0xf32>
}

// -----

layer.model @dtype {
  // expected-error @+1 {{layer.input "x": dtype is "string" but dlc computes with numbers and booleans}}
  %x = layer.input "x" {shape = [3], dtype = "string"}
  layer.output %x : tensor<?x3xf32>
}

// -----

layer.model @units {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.dense "fc": units is -4 but must be at least 1; give a positive size}}
  %y = layer.dense "fc" %x {units = -4} : tensor<?x3xf32>
  layer.output %y : tensor<?x4xf32>
}

// -----

layer.model @activation {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.activation "act": activation is "swich" but Keras has no such function of one argument; did you mean "swish"}}
  %y = layer.activation "act" %x {activation = "swich"} : tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @glu {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.activation "act": activation glu splits the last dimension of 'tensor<?x3xf32>' in two but it is odd; make it even}}
  %y = layer.activation "act" %x {activation = "glu"} : tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @rank {
  %x = layer.input "x" {shape = [8, 8]}
  // expected-error @+1 {{layer.conv2d "conv": input is 'tensor<?x8x8xf32>' of rank 3 but images have rank 4; put a Reshape before it}}
  %y = layer.conv2d "conv" %x {filters = 4, kernel_size = 3} : tensor<?x8x8xf32>
  layer.output %y : tensor<?x8x8xf32>
}

// -----

layer.model @too_large {
  %x = layer.input "x" {shape = [4, 8, 3]}
  // expected-error @+1 {{layer.conv2d "conv": kernel_size reaches over 5 elements but its input has 4; make it smaller or use padding = "same"}}
  %y = layer.conv2d "conv" %x {filters = 4, kernel_size = 3, dilation_rate = 2} : tensor<?x4x8x3xf32>
  layer.output %y : tensor<?x8x8xf32>
}

// -----

layer.model @groups {
  %x = layer.input "x" {shape = [8, 8, 3]}
  // expected-error @+1 {{layer.conv2d "conv": groups is 2 but has to divide the 3 channels of its input and its 4 filters; choose another}}
  %y = layer.conv2d "conv" %x {filters = 4, kernel_size = 3, groups = 2} : tensor<?x8x8x3xf32>
  layer.output %y : tensor<?x8x8xf32>
}

// -----

layer.model @padding {
  %x = layer.input "x" {shape = [8, 8, 3]}
  // expected-error @+1 {{layer.max_pooling2d "pool": padding is "full" but must be same or valid; choose one of these}}
  %y = layer.max_pooling2d "pool" %x {padding = "full"} : tensor<?x8x8x3xf32>
  layer.output %y : tensor<?x8x8xf32>
}

// -----

layer.model @reshape {
  %x = layer.input "x" {shape = [8, 3]}
  // expected-error @+1 {{layer.reshape "r": target_shape is (5, -1) but a sample has 24 elements; give sizes whose product is that}}
  %y = layer.reshape "r" %x {target_shape = [5, -1]} : tensor<?x8x3xf32>
  layer.output %y : tensor<?x8x3xf32>
}

// -----

layer.model @rate {
  %x = layer.input "x" {shape = [8]}
  // expected-error @+1 {{layer.dropout "d": rate is 1.5 but a share is between 0 and 1; choose one in that range}}
  %y = layer.dropout "d" %x {rate = 1.5} : tensor<?x8xf32>
  layer.output %y : tensor<?x8xf32>
}

// -----

layer.model @axis {
  %x = layer.input "x" {shape = [8]}
  // expected-error @+1 {{layer.batch_normalization "bn": axis is 0 but that is the batch, whose samples are independent; choose another dimension}}
  %y = layer.batch_normalization "bn" %x {axis = 0} : tensor<?x8xf32>
  layer.output %y : tensor<?x8xf32>
}

// -----

layer.model @renorm {
  %x = layer.input "x" {shape = [8]}
  // expected-error @+1 {{layer.batch_normalization "bn": renorm is true but dlc normalises by the batch alone; set renorm = false}}
  %y = layer.batch_normalization "bn" %x {renorm = true} : tensor<?x8xf32>
  layer.output %y : tensor<?x8xf32>
}

// -----

layer.model @merge {
  %x = layer.input "x" {shape = [8]}
  %z = layer.input "z" {shape = [7]}
  // expected-error @+1 {{layer.add "sum": has inputs of the types 'tensor<?x8xf32>' and 'tensor<?x7xf32>' but sizes have to agree or be 1; reshape one of them}}
  %y = layer.add "sum" %x, %z : tensor<?x8xf32>, tensor<?x7xf32>
  layer.output %y : tensor<?x8xf32>
}

// -----

layer.model @subtract {
  %x = layer.input "x" {shape = [8]}
  // expected-error @+1 {{layer.subtract "difference": has 3 inputs but it merges two; give it these}}
  %y = layer.subtract "difference" %x, %x, %x : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
  layer.output %y : tensor<?x8xf32>
}

// -----

layer.model @subtract_one {
  %x = layer.input "x" {shape = [8]}
  // expected-error @+1 {{layer.subtract "difference": has 1 inputs but it merges two; give it these}}
  %y = layer.subtract "difference" %x : tensor<?x8xf32>
  layer.output %y : tensor<?x8xf32>
}

// -----

layer.model @normalized_by_mask {
  %x = layer.input "x" {shape = [8, 2]}
  %m = layer.input "m" {shape = [8, 2]}
  // expected-error @+1 {{layer.batch_normalization "bn": mask is 'tensor<?x8x2xf32>' but its input is 'tensor<?x8x2xf32>'; give one number for each place before the last dimension}}
  %y = layer.batch_normalization "bn" %x, %m {arguments = ["inputs", "mask"]} : tensor<?x8x2xf32>, tensor<?x8x2xf32>
  layer.output %y : tensor<?x8x2xf32>
}

// -----

layer.model @rescaled {
  %x = layer.input "x" {shape = [8]}
  // expected-error @+1 {{layer.rescaling "r": scale is {class_name = "__numpy__", config = {dtype = "float32", value = "one"}} but must be a number or a list of numbers; give one of these}}
  %y = layer.rescaling "r" %x {scale = {class_name = "__numpy__", config = {dtype = "float32", value = "one"}}} : tensor<?x8xf32>
  layer.output %y : tensor<?x8xf32>
}

// -----

layer.model @concatenate {
  %x = layer.input "x" {shape = [8, 2]}
  %z = layer.input "z" {shape = [7, 2]}
  // expected-error @+1 {{layer.concatenate "cat": joins 'tensor<?x8x2xf32>' and 'tensor<?x7x2xf32>' along dimension 2 but all others have to agree; reshape one of them}}
  %y = layer.concatenate "cat" %x, %z : tensor<?x8x2xf32>, tensor<?x7x2xf32>
  layer.output %y : tensor<?x8x2xf32>
}

// -----

layer.model @concatenate_batches {
  %x = layer.input "x" {shape = [8]}
  // expected-error @+1 {{layer.op_concatenate "cat": axis is 0 but that is the batch, whose samples are independent; choose another dimension}}
  %y = layer.op_concatenate "cat" %x, %x : tensor<?x8xf32>, tensor<?x8xf32>
  layer.output %y : tensor<?x8xf32>
}

// -----

layer.model @matmul {
  %x = layer.input "x" {shape = [8, 2]}
  // expected-error @+1 {{layer.op_matmul "mm": multiplies 'tensor<?x8x2xf32>' by 'tensor<?x8x2xf32>' but columns of the first have to match rows of the second}}
  %y = layer.op_matmul "mm" %x, %x : tensor<?x8x2xf32>, tensor<?x8x2xf32>
  layer.output %y : tensor<?x8x2xf32>
}

// -----

layer.model @mean_over_batch {
  %x = layer.input "x" {shape = [8, 2]}
  // expected-error @+1 {{layer.op_mean "m": axis is 0 but that is the batch, whose samples are independent; choose another dimension}}
  %y = layer.op_mean "m" %x : tensor<?x8x2xf32>
  layer.output %y : tensor<f32>
}

// -----

layer.model @transpose {
  %x = layer.input "x" {shape = [8, 2]}
  // expected-error @+1 {{layer.op_transpose "t": moves the batch to dimension 2 but it comes first; keep 0 as the first of axes}}
  %y = layer.op_transpose "t" %x : tensor<?x8x2xf32>
  layer.output %y : tensor<?x8x2xf32>
}

// -----

layer.model @new_shape {
  %x = layer.input "x" {shape = [8, 2]}
  // expected-error @+1 {{layer.op_reshape "r": newshape is (-1, 2) but its input is 'tensor<?x8x2xf32>'; start with -1 for the batch and keep the number of elements of a sample}}
  %y = layer.op_reshape "r" %x {newshape = [-1, 2]} : tensor<?x8x2xf32>
  layer.output %y : tensor<?x8x2xf32>
}

// -----

layer.model @sample {
  %x = layer.input "x" {shape = [8, 2]}
  // expected-error @+1 {{layer.op_get_item "item": key picks one sample of the batch but its input is 'tensor<?x8x2xf32>'; index with what it has, and take the batch whole}}
  %y = layer.op_get_item "item" %x {key = 0} : tensor<?x8x2xf32>
  layer.output %y : tensor<?x8x2xf32>
}

// -----

layer.model @beyond {
  %x = layer.input "x" {shape = [8, 2]}
  // expected-error @+1 {{layer.op_get_item "item": key asks for element 9 of 8 but its input}}
  %y = layer.op_get_item "item" %x {key = [{}, 9]} : tensor<?x8x2xf32>
  layer.output %y : tensor<?x8x2xf32>
}

// -----

layer.model @boolean {
  %x = layer.input "x" {shape = [8], dtype = "bool"}
  // expected-error @+1 {{layer.op_add "sum": has boolean operands but computes with numbers; cast them to float32}}
  %y = layer.op_add "sum" %x, %x : tensor<?x8xi1>, tensor<?x8xi1>
  layer.output %y : tensor<?x8xf32>
}

// -----

layer.model @embedding_size {
  %x = layer.input "x" {shape = [3], dtype = "int32"}
  // expected-error @+1 {{layer.embedding "e": input_dim is 0 but must be at least 1; give a positive size}}
  %y = layer.embedding "e" %x {input_dim = 0, output_dim = 2} : tensor<?x3xi32>
  layer.output %y : tensor<?x3x2xf32>
}

// -----

layer.model @permute {
  %x = layer.input "x" {shape = [3, 4]}
  // expected-error @+1 {{layer.permute "p": dims are (0, 2) but its input is 'tensor<?x3x4xf32>'; name each dimension of a sample once, the first of them as 1}}
  %y = layer.permute "p" %x {dims = [0, 2]} : tensor<?x3x4xf32>
  layer.output %y : tensor<?x4x3xf32>
}

// -----

layer.model @repeat_rank {
  %x = layer.input "x" {shape = [3, 4]}
  // expected-error @+1 {{layer.repeat_vector "r": input is 'tensor<?x3x4xf32>' of rank 3 but it repeats vectors, [batch, c]; flatten it first}}
  %y = layer.repeat_vector "r" %x {n = 2} : tensor<?x3x4xf32>
  layer.output %y : tensor<?x2x4xf32>
}

// -----

layer.model @repeat_count {
  %x = layer.input "x" {shape = [4]}
  // expected-error @+1 {{layer.repeat_vector "r": n is 0 but a vector is repeated once at least; give a positive number}}
  %y = layer.repeat_vector "r" %x {n = 0} : tensor<?x4xf32>
  layer.output %y : tensor<?x2x4xf32>
}

// -----

layer.model @leaky_slope {
  %x = layer.input "x" {shape = [4]}
  // expected-error @+1 {{layer.leaky_relu "l": negative_slope is -1 but must not be negative; give 0 or more}}
  %y = layer.leaky_relu "l" %x {negative_slope = -1} : tensor<?x4xf32>
  layer.output %y : tensor<?x4xf32>
}

// -----

layer.model @prelu_axes {
  %x = layer.input "x" {shape = [3, 4]}
  // expected-error @+1 {{layer.prelu "p": shared_axes are (3) but its input is 'tensor<?x3x4xf32>'; name its dimensions, of which the first after the batch is 1}}
  %y = layer.prelu "p" %x {shared_axes = [3]} : tensor<?x3x4xf32>
  layer.output %y : tensor<?x3x4xf32>
}

// -----

layer.model @dot_axes {
  %x = layer.input "x" {shape = [3, 4]}
  // expected-error @+1 {{layer.dot "d": axes are (0, 1) but its inputs are 'tensor<?x3x4xf32>' and 'tensor<?x3x4xf32>'; name one dimension of each beside the batch}}
  %y = layer.dot "d" %x, %x {axes = [0, 1]} : tensor<?x3x4xf32>, tensor<?x3x4xf32>
  layer.output %y : tensor<?x3x4xf32>
}

// -----

layer.model @dot_sizes {
  %x = layer.input "x" {shape = [3, 4]}
  // expected-error @+1 {{layer.dot "d": sums over dimension 1 of 'tensor<?x3x4xf32>' and dimension 2 of 'tensor<?x3x4xf32>' but their sizes differ; choose other axes}}
  %y = layer.dot "d" %x, %x {axes = [1, 2]} : tensor<?x3x4xf32>, tensor<?x3x4xf32>
  layer.output %y : tensor<?x3x4xf32>
}

// -----

layer.model @dot_rank {
  %x = layer.input "x" {shape = []}
  // expected-error @+1 {{layer.dot "d": has the input 'tensor<?xf32>' but sums over a dimension beside the batch; reshape it to two at least}}
  %y = layer.dot "d" %x, %x {axes = 1} : tensor<?xf32>, tensor<?xf32>
  layer.output %y : tensor<?x1xf32>
}

// -----

layer.model @dot_integers {
  %x = layer.input "x" {shape = [4], dtype = "int32"}
  // expected-error @+1 {{layer.dot "d": has the inputs 'tensor<?x4xi32>' and 'tensor<?x4xi32>' but multiplies in float32; cast one of them}}
  %y = layer.dot "d" %x, %x {axes = 1} : tensor<?x4xi32>, tensor<?x4xi32>
  layer.output %y : tensor<?x1xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4]}
  // expected-error @+1 {{layer.dense "d": activation PReLU has weights but an activation is a function without any; put the layer behind this one}}
  %y = layer.dense "d" %x {units = 3, activation = {class_name = "PReLU", config = {}}} : tensor<?x4xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4]}
  // expected-error @+1 {{layer.dense "d": activation LeakyReLU has negative_slope = -1.000000e+00 : f64 but it must not be negative; give 0 or more}}
  %y = layer.dense "d" %x {units = 3, activation = {class_name = "LeakyReLU", config = {negative_slope = -1.0}}} : tensor<?x4xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4]}
  // expected-error @+1 {{layer.dense "d": activation LeakyReLU has the key alpha but dlc knows no such setting of it; put the layer behind this one}}
  %y = layer.dense "d" %x {units = 3, activation = {class_name = "LeakyReLU", config = {alpha = 0.1}}} : tensor<?x4xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4]}
  // expected-error @+1 {{layer.dense "d": activation Softmax has axis = 0 : i64 but is applied to 'tensor<?x3xf32>'; name its dimensions other than the batch}}
  %y = layer.dense "d" %x {units = 3, activation = {class_name = "Softmax", config = {axis = 0}}} : tensor<?x4xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4]}
  // expected-error @+1 {{but dlc takes functions by name and the layers Activation, ELU, Identity, LeakyReLU, ReLU, Softmax; put another layer behind this one}}
  %y = layer.dense "d" %x {units = 3, activation = {class_name = "Dropout", config = {rate = 0.1}}} : tensor<?x4xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @einsum_form {
  %x = layer.input "input" {shape = [4, 6]}
  // expected-error @+1 {{layer.einsum_dense "dense": equation is "abc,cd" for an input of rank 3 but it has the form ab,bc->ac, ...ab,bc->...ac or ab...,bc->ac... with a letter for each dimension that the ellipsis does not stand for; correct it}}
  %y = layer.einsum_dense "dense" %x {equation = "abc,cd", output_shape = [4, 5]} : tensor<?x4x6xf32>
}

// -----

layer.model @einsum_sizes {
  %x = layer.input "input" {shape = [4, 6]}
  // expected-error @+1 {{layer.einsum_dense "dense": output_shape has 1 sizes but the result of "abd" has 2 beside the batch; give as many}}
  %y = layer.einsum_dense "dense" %x {equation = "abc,cd->abd", output_shape = 5} : tensor<?x4x6xf32>
}

// -----

layer.model @einsum_unequal {
  %x = layer.input "input" {shape = [4, 6]}
  // expected-error @+1 {{layer.einsum_dense "dense": output_shape gives 3 for 'b' but its input has 4 there; make them equal}}
  %y = layer.einsum_dense "dense" %x {equation = "abc,cd->abd", output_shape = [3, 5]} : tensor<?x4x6xf32>
}

// -----

layer.model @einsum_bias {
  %x = layer.input "input" {shape = [4, 6]}
  // expected-error @+1 {{layer.einsum_dense "dense": bias_axes are "c" but 'c' is no dimension of known size in the result of "abc,cd->abd"; choose others}}
  %y = layer.einsum_dense "dense" %x {equation = "abc,cd->abd", output_shape = [4, 5], bias_axes = "c"} : tensor<?x4x6xf32>
}

// -----

layer.model @einsum_batch {
  %x = layer.input "input" {shape = [4, 6]}
  // expected-error @+1 {{layer.einsum_dense "dense": equation is "abc,cd->bad" but no tensor has a letter twice and the batch stays the first dimension of the result; correct it}}
  %y = layer.einsum_dense "dense" %x {equation = "abc,cd->bad", output_shape = [unit, 5]} : tensor<?x4x6xf32>
}
