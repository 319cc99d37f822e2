"""Writes one wrong .keras file a mistake into the folder given."""
import os
import sys

from keras_file import dense, functional, layer, node, sequential, tensor, write


def own(class_name, registered, **config):
    """An object of a user's class that has the name of one of Keras'."""
    return {"module": None, "class_name": class_name, "config": config,
            "registered_name": registered}


WRONG = {
    "not-json": "{\"class_name\": ",
    "deep": "[" * 1000,
    "subclassed": {"module": "mine", "class_name": "MyModel",
                   "config": {"units": 3}},
    "unknown-layer": sequential(layer("Densee", {"name": "fc"})),
    "custom-layer": sequential(layer("Dense", {"name": "fc"}, module="mine")),
    # What @register_keras_serializable makes of a subclass, and Python without it.
    "bare-layer": sequential(own("Dense", "Dense", name="fc", units=2)),
    "own-loss": sequential(dense("fc"), compile_config={
        "optimizer": "adam", "loss": own("MeanSquaredError", "Custom>MeanSquaredError")}),
    "own-metric": sequential(dense("fc"), compile_config={
        "optimizer": "adam", "loss": "mse",
        "metrics": [own("MeanAbsoluteError", "MeanAbsoluteError")]}),
    "own-optimizer": sequential(dense("fc"), compile_config={
        "optimizer": own("SGD", "mine>SGD", learning_rate=0.1), "loss": "mse"}),
    "wrong-type": sequential(dense("fc", units="many")),
    "wrong-value": sequential(dense("fc", units=0)),
    "twice": sequential(dense("fc"), dense("fc")),
    "no-name": sequential(layer("Dense", {"units": 2})),
    "loop": functional([dense(inbound_nodes=[node(tensor("y"))])]),
    "missing-layer": functional([dense(inbound_nodes=[node(tensor("z"))])]),
    "missing-result":
        functional([dense(inbound_nodes=[node(tensor("x", result=1))])]),
    "missing-output": functional([dense(inbound_nodes=[node(tensor("x"))])],
                                 outputs=["y", 7, 0]),
    "two-tensors":
        functional([dense(inbound_nodes=[node(tensor("x"), tensor("x"))])]),
    "keyword":
        functional([dense(inbound_nodes=[node(tensor("x"), mask=[1])])]),
    "array": functional([
        layer("Add", {"name": "y"}, module="keras.src.ops.numpy", name="y",
              inbound_nodes=[node(tensor("x"), [1.0, 2.0])])]),
    "free-size": {"module": "keras", "class_name": "Sequential", "config": {
        "name": "m", "layers": [
            layer("InputLayer", {"batch_shape": [None, None, None, 3],
                                 "name": "image"}), dense("fc")]}},
    "not-built": {"module": "keras", "class_name": "Sequential",
                  "config": {"name": "m", "layers": [dense("fc")]}},
    "unknown-loss": sequential(dense("fc"), compile_config={
        "optimizer": "adam", "loss": "mean_square_error"}),
    "loss-elsewhere": sequential(dense("fc"), compile_config={
        "optimizer": "adam", "loss": {"head": "mse"}}),
    "unknown-metric": sequential(dense("fc"), compile_config={
        "optimizer": "adam", "loss": "mse", "metrics": ["accurracy"]}),
}

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
for name, config in WRONG.items():
    write(os.path.join(folder, name + ".keras"), config)
print(" ".join(WRONG))
