// Each output has sample weights of its own, a number for each of its losses.
// RUN: dlc-opt %s --expand-layers --train-step=programs=train,evaluate | FileCheck %s

layer.model @m {
  %x = layer.input "x" {shape = [5, 3]}
  %steps = layer.dense "steps" %x {units = 2} : tensor<?x5x3xf32>
  %flat = layer.flatten "flat" %x : tensor<?x5x3xf32>
  %whole = layer.dense "whole" %flat {units = 1} : tensor<?x15xf32>
  layer.output %steps, %whole : tensor<?x5x2xf32>, tensor<?x1xf32>
}
layer.compile @m {
  layer.optimizer_sgd
  layer.loss_mean_squared_error {output = "steps"}
  layer.loss_mean_squared_error {output = "whole"}
  layer.metric_mean_absolute_error "mae" {output = "steps", weighted = true}
}

// CHECK-LABEL: func.func @evaluate(
// CHECK-SAME: tensor<?x5x2xf32> {dlc.loss_class = "mean_squared_error", dlc.target = "steps"}
// CHECK-SAME: tensor<?x1xf32> {dlc.loss_class = "mean_squared_error", dlc.target = "whole"}
// CHECK-SAME: %[[S:[a-z0-9]*]]: tensor<?x5xf32> {dlc.sample_weight = "steps"}
// CHECK-SAME: %[[W:[a-z0-9]*]]: tensor<?xf32> {dlc.sample_weight = "whole"}
// CHECK: prim.mul %{{.*}}, %[[S]] : tensor<?x5xf32>
// CHECK: prim.mul %{{.*}}, %[[W]] : tensor<?xf32>
// A weighted metric counts by those of its output.
// CHECK: prim.reduce_sum %[[S]] over [0, 1] : tensor<?x5xf32>

// CHECK-LABEL: func.func @train(
// CHECK-SAME: tensor<?x5xf32> {dlc.sample_weight = "steps"}
// CHECK-SAME: tensor<?xf32> {dlc.sample_weight = "whole"}
