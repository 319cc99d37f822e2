// What an optimizer keeps besides its own variables, in the order in which Keras
// saves it.
// RUN: dlc-opt %s --split-input-file --expand-layers --train-step=programs=train | FileCheck %s

layer.model @schedule {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 2, use_bias = false} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}
layer.compile @schedule {
  layer.optimizer_sgd {momentum = 0.9}
  layer.schedule_inverse_time_decay {initial_learning_rate = 0.5, decay_steps = 4, decay_rate = 0.25}
  layer.loss_mean_squared_error
}

// The rate comes from the iteration and is no variable.
// CHECK-LABEL: func.func @train(
// CHECK-SAME: %[[I:[a-z0-9]*]]: tensor<i32> {dlc.h5 = "optimizer/vars/0", dlc.kind = "optimizer", dlc.state = "optimizer/iteration"}
// CHECK-SAME: tensor<3x2xf32> {dlc.h5 = "optimizer/vars/1", dlc.kind = "optimizer", dlc.state = "optimizer/fc/kernel/momentum"}
// CHECK-NOT: optimizer/learning_rate
// CHECK: %[[STEP:.*]] = prim.convert %[[I]] : tensor<i32> -> tensor<f32>
// CHECK: prim.div %[[STEP]], %{{.*}} : tensor<f32>, tensor<f32>

// Those who log the rate ask for that of the step to come.
// CHECK-LABEL: func.func @learning_rate(
// CHECK-SAME: %[[COUNT:[a-z0-9]*]]: tensor<i32> {dlc.h5 = "optimizer/vars/0", dlc.kind = "optimizer", dlc.state = "optimizer/iteration"}
// CHECK-SAME: -> (tensor<f32> {dlc.output = "learning_rate"})
// CHECK: prim.convert %[[COUNT]] : tensor<i32> -> tensor<f32>

// -----

layer.model @all {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 2} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}
layer.compile @all {
  layer.optimizer_sgd {momentum = 0.9, use_ema = true, ema_overwrite_frequency = 3, gradient_accumulation_steps = 2, loss_scale_factor = 8.0}
  layer.loss_mean_squared_error
}

// CHECK-LABEL: func.func @train(
// CHECK-SAME: %[[I:[a-z0-9]*]]: tensor<i32> {dlc.h5 = "optimizer/vars/0"
// CHECK-SAME: {dlc.h5 = "optimizer/vars/1", {{.*}} dlc.state = "optimizer/learning_rate"}
// CHECK-SAME: tensor<3x2xf32> {dlc.h5 = "optimizer/vars/2", dlc.kind = "optimizer", dlc.state = "optimizer/fc/kernel/average"}
// CHECK-SAME: tensor<2xf32> {dlc.h5 = "optimizer/vars/3", dlc.kind = "optimizer", dlc.state = "optimizer/fc/bias/average"}
// CHECK-SAME: tensor<3x2xf32> {dlc.h5 = "optimizer/vars/4", dlc.kind = "optimizer", dlc.state = "optimizer/fc/kernel/gradient_accumulator"}
// CHECK-SAME: tensor<2xf32> {dlc.h5 = "optimizer/vars/5", dlc.kind = "optimizer", dlc.state = "optimizer/fc/bias/gradient_accumulator"}
// CHECK-SAME: tensor<3x2xf32> {dlc.h5 = "optimizer/vars/6", dlc.kind = "optimizer", dlc.state = "optimizer/fc/kernel/momentum"}
// CHECK-SAME: tensor<2xf32> {dlc.h5 = "optimizer/vars/7", dlc.kind = "optimizer", dlc.state = "optimizer/fc/bias/momentum"}
// Of two batches the second updates.
// CHECK: %[[NEXT:.*]] = prim.add %[[I]], %{{.*}} : tensor<i32>, tensor<i32>
// CHECK: %[[UPDATES:.*]] = prim.quotient %[[I]], %{{.*}} : tensor<i32>, tensor<i32>
// CHECK: prim.quotient %[[NEXT]], %{{.*}} : tensor<i32>, tensor<i32>
// CHECK: %[[IS_UPDATE:.*]] = prim.compare eq {{.*}}, %[[NEXT]] : tensor<i32>, tensor<i32>
// CHECK: prim.broadcast %[[IS_UPDATE]] along [0, 1] : tensor<i1> -> tensor<3x2xi1>
