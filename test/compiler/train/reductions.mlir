// How the losses of a batch become one, and what weighted metrics count.
// RUN: dlc-opt %s --split-input-file --expand-layers --train-step=programs=evaluate | FileCheck %s

layer.model @sum {
  %x = layer.input "x" {shape = [3]}
  layer.output %x : tensor<?x3xf32>
}
layer.compile @sum {
  layer.optimizer_sgd
  layer.loss_mean_squared_error {reduction = "sum"}
}
// CHECK-LABEL: func.func @evaluate(
// CHECK: %[[SUM:.*]] = prim.reduce_sum %{{.*}} over [0] : tensor<?xf32>
// CHECK-NEXT: %[[N:.*]] = prim.batch_size
// CHECK-NEXT: prim.mul %[[SUM]], %[[N]]

// -----

layer.model @ignored {
  %x = layer.input "x" {shape = [3]}
  layer.output %x : tensor<?x3xf32>
}
layer.compile @ignored {
  layer.optimizer_sgd
  layer.loss_sparse_categorical_crossentropy {ignore_class = 255, from_logits = true}
  layer.metric_accuracy "accuracy"
  layer.metric_accuracy "accuracy" {weighted = true}
}
// Labels are not checked against the classes, and those samples have no share in
// the mean.
// CHECK-LABEL: func.func @evaluate(
// CHECK-SAME: %[[T:[a-z0-9]*]]: tensor<?xi32> {dlc.loss_class = "sparse_categorical_crossentropy", dlc.target = "x"}
// CHECK-SAME: %[[W:[a-z0-9]*]]: tensor<?xf32> {dlc.sample_weight = "sample_weight"}
// CHECK-SAME: tensor<f32> {dlc.state = "metrics/accuracy/count"}
// CHECK-SAME: tensor<f32> {dlc.state = "metrics/weighted_accuracy/total"}
// CHECK: prim.softmax_crossentropy
// CHECK: prim.compare ne %[[T]], %{{.*}} : tensor<?xi32>, tensor<?xi32>
// Weights are what a weighted metric counts.
// CHECK: prim.reduce_sum %[[W]] over [0] : tensor<?xf32>
