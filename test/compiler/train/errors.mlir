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

// -----

layer.model @m {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 2} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}
// expected-error@+1 {{layer.compile: has 2 learning-rate schedules but training follows one; keep one}}
layer.compile @m {
  layer.optimizer_sgd
  layer.schedule_exponential_decay {initial_learning_rate = 0.1, decay_steps = 9, decay_rate = 0.5}
  layer.schedule_inverse_time_decay {initial_learning_rate = 0.1, decay_steps = 9, decay_rate = 0.5}
  layer.loss_mean_squared_error
}

// -----

layer.model @constraint {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 2, kernel_constraint = "orthogonal"} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}
layer.compile @constraint {
  // expected-error @+1 {{weight "fc/kernel": the constraint is "orthogonal" but dlc knows max_norm, min_max_norm, non_neg and unit_norm; use one of these}}
  layer.optimizer_sgd
  layer.loss_mean_squared_error
}

// -----

layer.model @constraint_axis {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 2, kernel_constraint = {class_name = "MaxNorm", config = {axis = 2}}} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}
layer.compile @constraint_axis {
  // expected-error @+1 {{weight "fc/kernel": the constraint's axis is 2 : i64 but the weight is 'tensor<3x2xf32>'; name dimensions that it has}}
  layer.optimizer_sgd
  layer.loss_mean_squared_error
}

// -----

layer.model @constraint_value {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 2, kernel_constraint = {class_name = "MaxNorm", config = {max_value = "a"}}} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}
layer.compile @constraint_value {
  // expected-error @+1 {{weight "fc/kernel": the constraint's max_value is "a" but norms are numbers; give one}}
  layer.optimizer_sgd
  layer.loss_mean_squared_error
}
