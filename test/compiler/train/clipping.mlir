// Gradients are clipped before the optimizer sees them; weights decay first and obey
// their constraints last.
// RUN: dlc-opt %s --split-input-file --expand-layers --train-step | FileCheck %s

// w' = w - w 0.1 rate, and g' = g 2 / max(|g|, 2).
// CHECK-LABEL: func.func @train(
// CHECK: %[[SQUARES:.*]] = prim.mul %[[G:.*]], %[[G]] : tensor<3x2xf32>
// CHECK: %[[SUM:.*]] = prim.reduce_sum %[[SQUARES]] over [0, 1]
// CHECK: %[[NORM:.*]] = prim.sqrt %[[SUM]]
// CHECK: %[[LONGEST:.*]] = prim.max %[[NORM]],
// CHECK: %[[SCALED:.*]] = prim.mul %[[G]],
// CHECK: %[[WIDE:.*]] = prim.broadcast %[[LONGEST]]
// CHECK: prim.div %[[SCALED]], %[[WIDE]]
// CHECK: %[[DECAY:.*]] = prim.constant 1.000000e-01 : f32
// CHECK: prim.mul %{{.*}}, %[[DECAY]]
layer.model @m {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 2, use_bias = false} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}
layer.compile @m {
  layer.optimizer_sgd {clipnorm = 2.0, weight_decay = 0.1}
  layer.loss_mean_squared_error
}

// -----

// A frozen layer has no optimizer state and keeps its weight.
// CHECK-LABEL: func.func @train(
// CHECK-NOT: dlc.state = "optimizer/frozen/kernel/momentum"
// CHECK-SAME: dlc.state = "optimizer/fc/kernel/momentum"
// CHECK-NOT: dlc.state = "optimizer/frozen/kernel/momentum"
layer.model @m {
  %x = layer.input "x" {shape = [3]}
  %h = layer.dense "frozen" %x {units = 3, use_bias = false, trainable = false} : tensor<?x3xf32>
  %y = layer.dense "fc" %h {units = 2, use_bias = false} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}
layer.compile @m {
  layer.optimizer_sgd {momentum = 0.9}
  layer.loss_mean_squared_error
}

// -----

// A constraint has the last word about a weight: w' = max(w - rate g, 0).
// CHECK-LABEL: func.func @train(
// CHECK-SAME: dlc.constraint = "non_neg"
// CHECK: %[[NEW:.*]] = prim.sub {{.*}} : tensor<3x2xf32>
// CHECK: %[[KEPT:.*]] = prim.max %[[NEW]],
// CHECK: return {{.*}}%[[KEPT]]
layer.model @m {
  %x = layer.input "x" {shape = [3]}
  %y = layer.dense "fc" %x {units = 2, use_bias = false, kernel_constraint = "non_neg"} : tensor<?x3xf32>
  layer.output %y : tensor<?x2xf32>
}
layer.compile @m {
  layer.optimizer_sgd
  layer.loss_mean_squared_error
}
