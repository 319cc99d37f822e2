// The loss, its gradient and the accuracy's comparison are one kernel over rows,
// whether the model ends in logits or in a softmax. What is left over the rows'
// elements is the gradient of the bias, which adds up columns.
// RUN: dlc-opt %s --split-input-file --expand-layers --train-step --decompose-composites --canonicalize --cse --fuse-epilogues --fuse-kernels --merge-kernels | FileCheck %s

// CHECK-LABEL: func.func @train(
// CHECK: %[[Y:.*]] = kernel.library {{.*}} "dot" {{.*}} -> tensor<?x10xf32>
// CHECK-NOT: over [?, 10]
// CHECK: %[[LOSS:.*]]:{{.*}} = kernel.fused {{.*}} row_reduction over [?, 10] reduced [1] {{.*}}(%{{.*}}, %[[Y]]{{.*}}) {{.*}} tensor<?x10xf32>
// CHECK: math.exp
// CHECK: math.log
// CHECK-NOT: row_reduction over [?, 10]
// CHECK-NOT: pointwise over [?, 10]
// CHECK: kernel.fused {{.*}} column_reduction over [?, 10] reduced [0] {{.*}}(%[[LOSS]]#{{[0-9]+}}) : (tensor<?x10xf32>) -> tensor<10xf32>
// CHECK-NOT: over [?, 10]
// CHECK: return
layer.model @logits attributes {kind = "Sequential"} {
  %x = layer.input "x" {shape = [8]}
  %y = layer.dense "out" %x {units = 10} : tensor<?x8xf32>
  layer.output %y : tensor<?x10xf32>
}

layer.compile @logits {
  layer.optimizer_sgd
  layer.loss_sparse_categorical_crossentropy {from_logits = true}
  layer.metric_accuracy "accuracy"
}

// -----

// Keras divides the probabilities by their sum once more and clips them.
// CHECK-LABEL: func.func @train(
// CHECK: %[[Y:.*]] = kernel.library {{.*}} "dot" {{.*}} -> tensor<?x10xf32>
// CHECK-NOT: over [?, 10]
// CHECK: %[[LOSS:.*]]:{{.*}} = kernel.fused {{.*}} row_reduction over [?, 10] reduced [1] {{.*}}(%{{.*}}, %[[Y]]{{.*}}) {{.*}} tensor<?x10xf32>
// CHECK: math.exp
// CHECK: math.log
// CHECK-NOT: row_reduction over [?, 10]
// CHECK-NOT: pointwise over [?, 10]
// CHECK: kernel.fused {{.*}} column_reduction over [?, 10] reduced [0] {{.*}}(%[[LOSS]]#{{[0-9]+}}) : (tensor<?x10xf32>) -> tensor<10xf32>
// CHECK-NOT: over [?, 10]
// CHECK: return
layer.model @probabilities attributes {kind = "Sequential"} {
  %x = layer.input "x" {shape = [8]}
  %y = layer.dense "out" %x {units = 10, activation = "softmax"} : tensor<?x8xf32>
  layer.output %y : tensor<?x10xf32>
}

layer.compile @probabilities {
  layer.optimizer_sgd
  layer.loss_sparse_categorical_crossentropy {from_logits = false}
  layer.metric_accuracy "accuracy"
}
