// What a hand-written model or compile can get wrong.
// RUN: dlc-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{layer.model @m: kind is "Subclass" but dlc knows Sequential and Functional; choose one of these}}
layer.model @m attributes {kind = "Subclass"} {
  %x = layer.input "x" {shape = [3]}
  layer.output %x : tensor<?x3xf32>
}

// -----

layer.model @shared {
  %0 = layer.input "i" {shape = [6]}
  %1 = layer.dense "d" %0 {units = 3} : tensor<?x6xf32>
  // expected-error@+1 {{layer.dense "d": needs a kernel of 'tensor<3x3xf32>' but at its first call the layer has one of 'tensor<6x3xf32>'; rename one of them to have two layers}}
  %2 = layer.dense "d" %1 {units = 3} : tensor<?x3xf32>
  layer.output %2 : tensor<?x3xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 3} : tensor<?x3xf32>
  // expected-error @+1 {{layer.dense "fc": has another config than its first call but calls of one layer share it; repeat the config or rename one of them}}
  %z = layer.dense "fc" %y {units = 3, activation = "relu"} : tensor<?x3xf32>
  layer.output %z : tensor<?x3xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 3} : tensor<?x3xf32>
  // expected-error @+1 {{layer.flatten "fc": has the name of a layer.dense but layers of one name are one layer; rename one of them}}
  %z = layer.flatten "fc" %y : tensor<?x3xf32>
  layer.output %z : tensor<?x3xf32>
}

// -----

// expected-error @+1 {{layer.model @m: lists the layer "fc" but has none of that name; list its layers}}
layer.model @m attributes {layers = ["x", "fc"]} {
  %x = layer.input "x" {shape = [3]}
  layer.output %x : tensor<?x3xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.output: names 2 outputs but has 1; name each of them}}
  layer.output %x named ["a", "b"] : tensor<?x3xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.call "n": calls @n but the file has no such layer.model; define it}}
  %y = layer.call "n" @n(%x) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.model @n {
  %x = layer.input "x" {shape = [4]}
  layer.output %x : tensor<?x4xf32>
}
layer.model @m {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.call "n": is given ('tensor<?x3xf32>') but @n takes ('tensor<?x4xf32>'); give these, in this order}}
  %y = layer.call "n" @n(%x) : (tensor<?x3xf32>) -> tensor<?x4xf32>
  layer.output %y : tensor<?x4xf32>
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [3]}
  // expected-error @+1 {{layer.call "m": calls @m which calls itself but a model is finite; break the circle}}
  %y = layer.call "m" @m(%x) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  layer.output %y : tensor<?x3xf32>
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.optimizer_sgd: ema_momentum is 1.500000e+00 : f64 but it is a share of the old average; give a number between 0 and 1}}
  layer.optimizer_sgd {use_ema = true, ema_momentum = 1.5}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.optimizer_sgd: ema_overwrite_frequency is 0 : i64 but weights are overwritten every so many steps; give a whole number from 1 on, or leave it out}}
  layer.optimizer_sgd {use_ema = true, ema_overwrite_frequency = 0}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.optimizer_adam: gradient_accumulation_steps is 1 : i64 but gradients are summed over at least 2 batches; give a whole number from 2 on, or leave it out}}
  layer.optimizer_adam {gradient_accumulation_steps = 1}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.optimizer_adam: clipvalue is 5.000000e-01 : f64 but clipnorm is set, too, and gradients are clipped in one way; keep one of them}}
  layer.optimizer_adam {clipnorm = 1.0, clipvalue = 0.5}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.loss_mean_squared_error: reduction is "none" but training minimises one number, which sum_over_batch_size, mean_with_sample_weight and sum give; set one of these}}
  layer.loss_mean_squared_error {reduction = "none"}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.loss_sparse_categorical_crossentropy: ignore_class is 0.5 but labels are whole numbers of 32 bits; give one}}
  layer.loss_sparse_categorical_crossentropy {ignore_class = 0.5}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.schedule_exponential_decay: decay_steps is 0 : i64 but a rate decays over some steps; give a number above 0}}
  layer.schedule_exponential_decay {initial_learning_rate = 0.1, decay_steps = 0, decay_rate = 0.5}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.schedule_cosine_decay: initial_learning_rate is 0 : i64 but Keras makes all numbers of such a schedule whole, too, and the rate 0; write it with a point, as in 1.0}}
  layer.schedule_cosine_decay {initial_learning_rate = 0, decay_steps = 9, warmup_target = 0.1, warmup_steps = 3}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.schedule_piecewise_constant_decay: has 2 boundaries and 2 values but between and around boundaries, of which there are some, lies one value more; give these}}
  layer.schedule_piecewise_constant_decay {boundaries = [1, 2], values = [0.1, 0.2]}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.schedule_piecewise_constant_decay: values is [1.000000e-01, "a"] but it is a list of numbers; write one}}
  layer.schedule_piecewise_constant_decay {boundaries = [1], values = [0.1, "a"]}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.optimizer_sgd: learning_rate is 5.000000e-01 : f64 but a schedule stands beside it; remove one of them}}
  layer.optimizer_sgd {learning_rate = 0.5}
  layer.schedule_inverse_time_decay {initial_learning_rate = 0.1, decay_steps = 9, decay_rate = 0.5}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.loss_categorical_crossentropy: label_smoothing is 2 but is a share; choose one between 0 and 1}}
  layer.loss_categorical_crossentropy {label_smoothing = 2.0}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.optimizer_adam: has the key "beta1" but no such key has a meaning here; write "beta_1" or "beta_2", or put it into keras = {}}}
  layer.optimizer_adam {beta1 = 0.8}
}

// -----

layer.compile @m {
  // expected-error @+1 {{layer.input: stands in a layer.compile but that holds an optimizer, losses, metrics and a schedule; move it}}
  %x = layer.input "x" {shape = [3]}
}

// -----

// expected-error @+1 {{layer.model: has the key "kinds" but no such key has a meaning here; write "kind"}}
layer.model @m attributes {kinds = "Sequential"} {
  %x = layer.input "x" {shape = [3]}
  layer.output %x : tensor<?x3xf32>
}
