// A model and what model.compile said become the steps evaluate and train.
// RUN: dlc-opt %s --expand-layers --train-step | FileCheck %s
// RUN: dlc-opt %s --expand-layers --train-step=programs=gradients,train,evaluate,predict \
// RUN:   | FileCheck %s --check-prefix=GRAD
// RUN: dlc-opt %s --expand-layers --train-step=programs=predict \
// RUN:   | FileCheck %s --check-prefix=PREDICT
// RUN: dlc-opt %s --expand-layers --train-step=programs=train \
// RUN:   | FileCheck %s --check-prefix=TRAIN

layer.model @m {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 2, use_bias = false} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}

layer.compile @m {
  layer.optimizer_sgd {learning_rate = 0.5, momentum = 0.9}
  layer.loss_mean_squared_error
}

// Evaluation changes the metrics and nothing else.
// CHECK-LABEL: func.func @evaluate(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<?x3xf32> {dlc.input = "x"}
// CHECK-SAME: %[[W:[a-z0-9]*]]: tensor<3x2xf32> {dlc.h5 = "layers/dense/vars/0", dlc.state = "fc/kernel", dlc.trainable}
// CHECK-SAME: tensor<?x2xf32> {dlc.loss_class = "mean_squared_error", dlc.target = "fc"}
// CHECK-SAME: tensor<?xf32> {dlc.sample_weight = "sample_weight"}
// CHECK-SAME: tensor<f32> {dlc.direction = "down", dlc.kind = "metric", dlc.state = "metrics/loss/total"}
// CHECK-SAME: -> (tensor<f32> {dlc.state = "metrics/loss/total"}, tensor<f32> {dlc.state = "metrics/loss/count"})

// @predict stays as it is; @forward is gone.
// CHECK-LABEL: func.func @predict(
// CHECK-NOT: @forward

// The weight, its momentum and the counters are arguments and results.
// CHECK-LABEL: func.func @train(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<?x3xf32> {dlc.input = "x"}
// CHECK-SAME: %[[W:[a-z0-9]*]]: tensor<3x2xf32>
// CHECK-SAME: %[[T:[a-z0-9]*]]: tensor<?x2xf32> {dlc.loss_class = "mean_squared_error", dlc.target = "fc"}
// CHECK-SAME: %[[S:[a-z0-9]*]]: tensor<?xf32> {dlc.sample_weight = "sample_weight"}
// CHECK-SAME: tensor<i32> {dlc.h5 = "optimizer/vars/0", dlc.kind = "optimizer", dlc.state = "optimizer/iteration"}
// CHECK-SAME: tensor<f32> {dlc.h5 = "optimizer/vars/1", dlc.initial = 5.000000e-01 : f64, dlc.kind = "optimizer", dlc.state = "optimizer/learning_rate"}
// CHECK-SAME: %[[M:[a-z0-9]*]]: tensor<3x2xf32> {dlc.h5 = "optimizer/vars/2", dlc.kind = "optimizer", dlc.state = "optimizer/fc/kernel/momentum"}
// CHECK-SAME: tensor<f32> {dlc.output = "loss"}
// CHECK-SAME: tensor<3x2xf32> {dlc.state = "fc/kernel"}
// CHECK-SAME: tensor<3x2xf32> {dlc.state = "optimizer/fc/kernel/momentum"}
// CHECK-SAME: tensor<i32> {dlc.state = "optimizer/iteration"}
// CHECK: %[[Y:.*]] = prim.dot %[[X]], %[[W]]
// CHECK: prim.sub
// The mean is over the samples that there are.
// CHECK: prim.batch_size
// dw = x^T dy
// CHECK: prim.dot %[[X]], %{{.*}} contract [0] x [0]

// GRAD-LABEL: func.func @gradients(
// GRAD-SAME: -> (tensor<f32> {dlc.output = "loss"}, tensor<?x3xf32> {dlc.output = "x_x"}, tensor<3x2xf32> {dlc.output = "fc/kernel"})
// GRAD-LABEL: func.func @train(

// Only what a command runs is made or kept.
// PREDICT-NOT: func.func
// PREDICT: func.func @predict
// PREDICT-NOT: func.func
// TRAIN-NOT: func.func
// TRAIN: func.func @train
// TRAIN-NOT: func.func
