// A small CNN for 28x28 grey images in ten classes, as `dlc train` takes it.
// In Keras: Conv2D(32, 3), Conv2D(64, 3), MaxPooling2D, Flatten, Dense(1024),
// Dense(10); Adam, crossentropy from logits, accuracy.

layer.model @seed_cnn attributes {kind = "Sequential"} {
  %image = layer.input "image" {shape = [28, 28, 1]}
  %conv1 = layer.conv2d "conv1" %image {filters = 32, kernel_size = [3, 3], activation = "relu"}
      : tensor<?x28x28x1xf32>
  %conv2 = layer.conv2d "conv2" %conv1 {filters = 64, kernel_size = [3, 3], activation = "relu"}
      : tensor<?x26x26x32xf32>
  %pool = layer.max_pooling2d "pool" %conv2 {pool_size = [2, 2]} : tensor<?x24x24x64xf32>
  %flat = layer.flatten "flat" %pool : tensor<?x12x12x64xf32>
  %hidden = layer.dense "hidden" %flat {units = 1024, activation = "relu"} : tensor<?x9216xf32>
  %logits = layer.dense "logits" %hidden {units = 10} : tensor<?x1024xf32>
  layer.output %logits : tensor<?x10xf32>
}

layer.compile @seed_cnn {
  layer.optimizer_adam
  layer.loss_sparse_categorical_crossentropy {from_logits = true}
  layer.metric_accuracy "accuracy"
}
