"""Prints what Keras makes of a model file."""
import sys

import keras
import numpy as np

model = keras.models.load_model(sys.argv[1])
print(type(model).__name__, model.name)
for layer in model.layers:
    config = layer.get_config()
    shape = getattr(layer, "batch_shape", None) or layer.output.shape
    start = config.get("kernel_initializer") or {}
    print(type(layer).__name__, layer.name, shape,
          config.get("activation", ""), start.get("class_name", ""))
print("outputs", ", ".join(model.output_names))
print("optimizer", type(model.optimizer).__name__,
      float(model.optimizer.learning_rate))
config = model.get_compile_config()
losses = config["loss"]
if "class_name" in losses:
    losses = {"": losses}
print("loss", {name: loss["class_name"] for name, loss in losses.items()},
      config["loss_weights"])
inputs = [np.ones([2] + list(x.shape[1:]), np.float32) for x in model.inputs]
assert all(np.isfinite(y).all() for y in model.predict(inputs, verbose=0))
print("parameters", model.count_params())
