// What training refuses, and how it says so.
// RUN: dlc-opt %s --split-input-file --expand-layers --train-step --verify-diagnostics

layer.model @m {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 2} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}
layer.compile @m {
  layer.optimizer_sgd
  // expected-error@+1 {{layer.loss_mean_squared_error: output is "fc2" but the model's outputs are fc; name one of them}}
  layer.loss_mean_squared_error {output = "fc2"}
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 2} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}
// expected-error@+1 {{layer.compile: has no loss but training minimises one}}
layer.compile @m {
  layer.optimizer_sgd
}

// -----

layer.model @m {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 2} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}
// expected-error@+1 {{layer.compile: has 2 optimizers but training uses one}}
layer.compile @m {
  layer.optimizer_sgd
  layer.optimizer_adam
  layer.loss_mean_squared_error
}
