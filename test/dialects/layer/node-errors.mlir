// Functions of keras.ops with settings that do not fit their tensors.
// RUN: dlc-opt %s --split-input-file --verify-diagnostics

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_split "f": indices_or_sections is 4 but dimension 2 of 'tensor<?x4x6xf32>' has 6 elements; give a number that divides it, or ascending indices within it}}
  %y = layer.op_split "f" %x {indices_or_sections = 4, axis = 2} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_split "f": axis is 0 but that is the batch, whose samples are independent; choose another dimension}}
  %y = layer.op_split "f" %x {indices_or_sections = 2, axis = 0} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_unstack "f": num is 3 but dimension 1 of 'tensor<?x4x6xf32>' has 4 elements; leave it out}}
  %y = layer.op_unstack "f" %x {num = 3, axis = 1} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_stack "f": axis is 0 but its inputs are 'tensor<?x4x6xf32>' and the batch stays first; choose one from 1 to 3}}
  %y = layer.op_stack "f" %x {axis = 0} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_einsum "f": subscripts are}}
  %y = layer.op_einsum "f" %x {subscripts = "bii->bi"} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_einsum "f": subscripts are}}
  %y = layer.op_einsum "f" %x {subscripts = "bij->ij"} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_swapaxes "f": names axes that its input 'tensor<?x4x6xf32>' does not have, or moves the batch, which comes first; name other dimensions of it, each once}}
  %y = layer.op_swapaxes "f" %x {axis1 = 0, axis2 = 1} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_moveaxis "f": names axes that its input 'tensor<?x4x6xf32>' does not have, or moves the batch, which comes first; name other dimensions of it, each once}}
  %y = layer.op_moveaxis "f" %x {source = [1, 1], destination = [1, 2]} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_flip "f": axis is 0 but that is the batch, whose samples are independent; choose another dimension}}
  %y = layer.op_flip "f" %x {} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_roll "f": axis is null, which rolls over all of 'tensor<?x4x6xf32>' but samples are independent; choose dimensions beside the batch}}
  %y = layer.op_roll "f" %x {shift = 1} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_tile "f": repeats are (2, 1, 1) but its input is 'tensor<?x4x6xf32>'; give 1 for the batch and at least 1 for its other dimensions}}
  %y = layer.op_tile "f" %x {repeats = [2, 1, 1]} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_repeat "f": repeats are (1, 2) but dlc repeats all elements alike; give one number from 1 on}}
  %y = layer.op_repeat "f" %x {repeats = [1, 2], axis = 1} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_pad "f": pad_width is [[0, 0], [0, 4], [0, 0]] but its input is}}
  %y = layer.op_pad "f" %x {pad_width = [[0, 0], [0, 4], [0, 0]], mode = "reflect"} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_pad "f": mode is "wrap" but dlc pads in the modes constant, reflect and symmetric; choose one of these}}
  %y = layer.op_pad "f" %x {pad_width = 0, mode = "wrap"} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_argmax "f": has 2 axes but counts places along one; give it one}}
  %y = layer.op_argmax "f" %x {axis = [1, 2]} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_norm "f": ord is 1 but dlc knows the Euclidean length alone; leave it out}}
  %y = layer.op_norm "f" %x {ord = 1, axis = 1} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_normalize "f": order is 3 but dlc knows the Euclidean length alone; take 2}}
  %y = layer.op_normalize "f" %x {order = 3} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_one_hot "f": num_classes is 0 but must be at least 1; give the number of classes}}
  %y = layer.op_one_hot "f" %x {num_classes = 0} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_get_item "f": key has the step 0 but its input is 'tensor<?x4x6xf32>'; index with what it has, and take the batch whole}}
  %y = layer.op_get_item "f" %x {key = [{}, {step = 0}]} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.op_get_item "f": key takes a part of the batch but its input is 'tensor<?x4x6xf32>'; index with what it has, and take the batch whole}}
  %y = layer.op_get_item "f" %x {key = {step = -1}} : tensor<?x4x6xf32>
  layer.output %y : tensor<?x4x6xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 5]}
  // expected-error @+1 {{layer.op_glu "f": splits dimension 2 of 'tensor<?x4x5xf32>' in two but it is odd; make it even}}
  %y = layer.op_glu "f" %x {} : tensor<?x4x5xf32>
  layer.output %y : tensor<?x4x5xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [4, 6]}
  // expected-error @+1 {{layer.constant: value is}}
  %c = layer.constant {value = {class_name = "__numpy__", config = {value = ["a"]}}}
  layer.output %x : tensor<?x4x6xf32>
}
