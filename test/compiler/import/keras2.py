"""A functional model as Keras 2.15 wrote it, with a nested model."""
import io
import os
import sys

import h5py
import numpy as np

from keras_file import layer, write

KERAS_2 = "keras.src.engine.functional"


def entry(name, class_name, config, nodes):
    return {"module": "keras.layers", "class_name": class_name,
            "config": {"name": name, "trainable": True, "dtype": "float32",
                       **config},
            "registered_name": None, "name": name, "inbound_nodes": nodes}


def model(name, layers, inputs, outputs):
    return {"module": KERAS_2, "class_name": "Functional",
            "config": {"name": name, "trainable": True, "layers": layers,
                       "input_layers": inputs, "output_layers": outputs},
            "registered_name": "Functional"}


inner = model("inner", [
    entry("i", "InputLayer", {"batch_input_shape": [None, 3], "sparse": False,
                              "ragged": False}, []),
    entry("d", "Dense", {"units": 3, "activation": "relu"},
          [[["i", 0, 0, {}]]]),
], [["i", 0, 0]], [["d", 0, 0]])

outer = model("outer", [
    entry("x", "InputLayer", {"batch_input_shape": [None, 3]}, []),
    # Keras 2 counts the calls of a nested model from 1.
    {**inner, "name": "inner",
     "inbound_nodes": [[["x", 0, 0, {}]], [["drop", 0, 0, {}]]]},
    entry("drop", "Dropout", {"rate": 0.5, "noise_shape": None, "seed": None},
          [[["inner", 1, 0, {"training": True}]]]),
    entry("norm", "BatchNormalization", {"axis": [1]},
          [[["inner", 2, 0, {}]]]),
    entry("add", "Add", {}, [[["norm", 0, 0, {}], ["inner", 1, 0, {}]]]),
], [["x", 0, 0]], [["add", 0, 0]])
outer["compile_config"] = {
    "optimizer": {"module": "keras.optimizers", "class_name": "Adam",
                  "config": {"name": "Adam", "learning_rate": 0.5,
                             "is_legacy_optimizer": False}},
    "loss": "mse", "metrics": None}

# Keras 2.13 has another name for `layers`, in some places.
LAYERS = "_layer_checkpoint_dependencies"
SHAPES = {f"layers/functional/{LAYERS}/dense": [(3, 3), (3,)],
          f"{LAYERS}/batch_normalization": [(3,)] * 4}
memory = io.BytesIO()
with h5py.File(memory, "w") as file:
    for path, shapes in SHAPES.items():
        for index, shape in enumerate(shapes):
            file[f"{path}/vars/{index}"] = np.ones(shape, np.float32)

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
for name, version in [("keras2", "2.15.0"), ("keras3", "3.15.1")]:
    write(os.path.join(folder, name + ".keras"), outer, version=version,
          weights=memory.getvalue())
values = np.arange(24, dtype=np.float32).reshape(8, 3)
np.savez(os.path.join(folder, "data.npz"), x=values % 5, y=values % 7)
