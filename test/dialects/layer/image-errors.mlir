// What a hand-written layer over images, or one that normalizes, can get wrong.
// RUN: dlc-opt %s --split-input-file --verify-diagnostics

layer.model @separable_filters {
  %x = layer.input "x" {shape = [8, 8, 3]}
  // expected-error @+1 {{layer.separable_conv2d "conv": filters is 0 but must be at least 1; give a positive number}}
  %y = layer.separable_conv2d "conv" %x {filters = 0, kernel_size = 3} : tensor<?x8x8x3xf32>
  layer.output %y : tensor<?x8x8x3xf32>
}

// -----

layer.model @depth_multiplier {
  %x = layer.input "x" {shape = [8, 8, 3]}
  // expected-error @+1 {{layer.depthwise_conv2d "conv": depth_multiplier is 0 but must be at least 1; give a positive number}}
  %y = layer.depthwise_conv2d "conv" %x {kernel_size = 3, depth_multiplier = 0} : tensor<?x8x8x3xf32>
  layer.output %y : tensor<?x8x8x3xf32>
}

// -----

layer.model @depthwise_reach {
  %x = layer.input "x" {shape = [2, 8, 3]}
  // expected-error @+1 {{layer.depthwise_conv2d "conv": kernel_size reaches over 3 elements but its input has 2; make it smaller or use padding = "same"}}
  %y = layer.depthwise_conv2d "conv" %x {kernel_size = 3} : tensor<?x2x8x3xf32>
  layer.output %y : tensor<?x2x8x3xf32>
}

// -----

layer.model @steps {
  %x = layer.input "x" {shape = [8, 8, 3]}
  // expected-error @+1 {{layer.conv2d "conv": strides reach 2 and dilation_rate 3 but Keras takes one of them above 1; set the other to 1}}
  %y = layer.conv2d "conv" %x {filters = 4, kernel_size = 3, strides = 2, dilation_rate = [1, 3]} : tensor<?x8x8x3xf32>
  layer.output %y : tensor<?x8x8x3xf32>
}

// -----

layer.model @output_padding {
  %x = layer.input "x" {shape = [8, 8, 3]}
  // expected-error @+1 {{layer.conv2d_transpose "conv": output_padding is 1 but has to be below its stride of 1; give a number from 0 on}}
  %y = layer.conv2d_transpose "conv" %x {filters = 4, kernel_size = 3, strides = [2, 1], output_padding = 1} : tensor<?x8x8x3xf32>
  layer.output %y : tensor<?x8x8x3xf32>
}

// -----

layer.model @transpose_padding {
  %x = layer.input "x" {shape = [8, 8, 3]}
  // expected-error @+1 {{layer.conv2d_transpose "conv": padding is "full" but must be same or valid; choose one of these}}
  %y = layer.conv2d_transpose "conv" %x {filters = 4, kernel_size = 3, padding = "full"} : tensor<?x8x8x3xf32>
  layer.output %y : tensor<?x8x8x3xf32>
}

// -----

layer.model @borders {
  %x = layer.input "x" {shape = [8, 8, 3]}
  // expected-error @+1 {{layer.zero_padding2d "pad": padding is [[1, 2], -1] but must be a number, two, or two pairs, none below 0; write [[top, bottom], [left, right]]}}
  %y = layer.zero_padding2d "pad" %x {padding = [[1, 2], -1]} : tensor<?x8x8x3xf32>
  layer.output %y : tensor<?x8x8x3xf32>
}

// -----

layer.model @cropping {
  %x = layer.input "x" {shape = [8, 8, 3]}
  // expected-error @+1 {{layer.cropping2d "crop": cropping takes 8 elements of a side of 8 but has to leave one; make it smaller}}
  %y = layer.cropping2d "crop" %x {cropping = [1, [4, 4]]} : tensor<?x8x8x3xf32>
  layer.output %y : tensor<?x8x8x3xf32>
}

// -----

layer.model @interpolation {
  %x = layer.input "x" {shape = [8, 8, 3]}
  // expected-error @+1 {{layer.up_sampling2d "up": interpolation is "area" but there are nearest, bilinear, bicubic, lanczos3, lanczos5; choose one of these}}
  %y = layer.up_sampling2d "up" %x {interpolation = "area"} : tensor<?x8x8x3xf32>
  layer.output %y : tensor<?x8x8x3xf32>
}

// -----

layer.model @factors {
  %x = layer.input "x" {shape = [8, 8, 3]}
  // expected-error @+1 {{layer.up_sampling2d "up": size is (2, 0) but an image grows by one or two factors of at least 1; give these}}
  %y = layer.up_sampling2d "up" %x {size = [2, 0]} : tensor<?x8x8x3xf32>
  layer.output %y : tensor<?x8x8x3xf32>
}

// -----

layer.model @feature_twice {
  %x = layer.input "x" {shape = [8, 3]}
  // expected-error @+1 {{layer.layer_normalization "ln": axis is (2, -1) but features are at least one dimension, none of them twice; name each once}}
  %y = layer.layer_normalization "ln" %x {axis = [2, -1]} : tensor<?x8x3xf32>
  layer.output %y : tensor<?x8x3xf32>
}

// -----

layer.model @feature_batch {
  %x = layer.input "x" {shape = [8, 3]}
  // expected-error @+1 {{layer.layer_normalization "ln": axis is 0 but that is the batch, whose samples are independent; choose another dimension}}
  %y = layer.layer_normalization "ln" %x {axis = [0, -1]} : tensor<?x8x3xf32>
  layer.output %y : tensor<?x8x3xf32>
}

// -----

layer.model @scale_shape {
  %x = layer.input "x" {shape = [8, 3]}
  // expected-error @+1 {{layer.rescaling "r": scale has the shape (2) but has to fit the last dimensions of its input 'tensor<?x8x3xf32>'; give a number, or one for each channel}}
  %y = layer.rescaling "r" %x {scale = [1.0, 2.0]} : tensor<?x8x3xf32>
  layer.output %y : tensor<?x8x3xf32>
}

// -----

layer.model @ragged {
  %x = layer.input "x" {shape = [8, 3]}
  // expected-error-re @+1 {{layer.rescaling "r": offset is {{.*}} but must be a number or a list of numbers; give one of these}}
  %y = layer.rescaling "r" %x {scale = 1, offset = [[1.0], 2.0]} : tensor<?x8x3xf32>
  layer.output %y : tensor<?x8x3xf32>
}

// -----

layer.model @mean_alone {
  %x = layer.input "x" {shape = [8, 3]}
  // expected-error @+1 {{layer.normalization "n": has a mean alone but needs both; give both, or none to keep them as weights}}
  %y = layer.normalization "n" %x {mean = 1.0} : tensor<?x8x3xf32>
  layer.output %y : tensor<?x8x3xf32>
}

// -----

layer.model @mean_shape {
  %x = layer.input "x" {shape = [8, 3]}
  // expected-error @+1 {{layer.normalization "n": mean has the shape (2) but its axes have the sizes (3); give a number, or one for each element of these}}
  %y = layer.normalization "n" %x {mean = [1.0, 2.0], variance = [1.0, 2.0]} : tensor<?x8x3xf32>
  layer.output %y : tensor<?x8x3xf32>
}

// -----

layer.model @mean_variance {
  %x = layer.input "x" {shape = [8, 3]}
  // expected-error-re @+1 {{layer.normalization "n": mean is {{.*}} and variance {{.*}} but both are numbers or lists of one shape; give as many of each}}
  %y = layer.normalization "n" %x {mean = [1.0, 2.0, 3.0], variance = 1.0} : tensor<?x8x3xf32>
  layer.output %y : tensor<?x8x3xf32>
}

// -----

layer.model @projection_dim {
  %x = layer.input "x" {shape = [8, 3]}
  // expected-error @+1 {{layer.layer_scale "s": projection_dim is 4 but its input is 'tensor<?x8x3xf32>'; give the size of the last dimension}}
  %y = layer.layer_scale "s" %x {init_values = 0.5, projection_dim = 4} : tensor<?x8x3xf32>
  layer.output %y : tensor<?x8x3xf32>
}

// -----

layer.model @scale_inputs {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.custom_scale "s": has 1 inputs but it adds one to another; give it two}}
  %y = layer.custom_scale "s" %x {scale = 0.5} : tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @maximum_of_booleans {
  %x = layer.input "x" {shape = [8, 8, 3], dtype = "bool"}
  // expected-error @+1 {{layer.global_max_pooling2d "p": has a boolean input but compares numbers; cast it to float32}}
  %y = layer.global_max_pooling2d "p" %x : tensor<?x8x8x3xi1>
  layer.output %y : tensor<?x3xi1>
}
