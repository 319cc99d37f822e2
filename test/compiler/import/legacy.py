"""Legacy files as Keras 2 wrote them, by h5py; wrong ones in a folder of theirs."""
import json
import os
import sys

import h5py
import numpy as np


def layer(class_name, config, *nodes):
    """nodes: the names of the tensors of each call, each a layer's first result."""
    return {"class_name": class_name, "config": {"trainable": True, **config},
            "name": config["name"],
            "inbound_nodes": [[[name, 0, 0, {}] for name in node] for node in nodes]}


def functional(*layers, class_name="Model", out="out"):
    start = layer("InputLayer", {"batch_input_shape": [None, 8, 8, 4], "name": "x",
                                 "dtype": "float32", "sparse": False})
    return {"class_name": class_name,
            "config": {"name": "model_1", "layers": [start, *layers],
                       "input_layers": [["x", 0, 0]], "output_layers": [[out, 0, 0]]}}


def write(path, model, weights, training=None, version="2.2.4"):
    """weights: {layer: {name: shape}}, names of fixed length."""
    with h5py.File(path, "w") as file:
        if version:
            file.attrs["keras_version"] = np.bytes_(version)
        if model:
            file.attrs["model_config"] = json.dumps(model).encode()
        if training:
            file.attrs["training_config"] = json.dumps(training).encode()
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array(list(weights), "S")
        for name, values in weights.items():
            of_layer = group.create_group(name)
            names = [key.encode() for key in values]
            of_layer.attrs["weight_names"] = np.array(names, "S") if names else []
            for key, shape in values.items():
                of_layer[key] = np.ones(shape, np.float32)


def ndarray(value):
    return {"type": "ndarray", "value": value}


ZEROS = {"class_name": "Zeros", "config": {"dtype": "float32"}}
OLD = functional(
    layer("DepthwiseConv2D", {"name": "deep", "kernel_size": [3, 3], "groups": 1,
                              "kernel_initializer": ZEROS, "use_bias": False,
                              "depthwise_initializer": ZEROS}, ["x"]),
    layer("BatchNormalizationV1", {"name": "norm", "axis": [3]}, ["deep"]),
    layer("ReLU", {"name": "relu", "max_value": ndarray(6.0),
                   "negative_slope": ndarray(0.0), "threshold": ndarray(0.0)}, ["norm"]),
    layer("LeakyReLU", {"name": "leaky", "alpha": ndarray(0.1)}, ["relu"]),
    layer("GlobalAveragePooling2D", {"name": "pool"}, ["leaky"]),
    layer("Dense", {"name": "out", "units": 3, "bias_initializer": ZEROS}, ["pool"]))
OLD_WEIGHTS = {
    "x": {}, "deep": {"deep/depthwise_kernel:0": (3, 3, 4, 1)},
    "norm": {f"norm/{name}:0": (4,)
             for name in ("gamma", "beta", "moving_mean", "moving_variance")},
    "relu": {}, "leaky": {}, "pool": {},
    "out": {"out/kernel:0": (4, 3), "out/bias:0": (3,)}}
TRAINING = {
    "optimizer_config": {"class_name": "Custom>Adam",
                         "config": {"lr": 0.5, "decay": 0.0, "epsilon": None,
                                    "amsgrad": False}},
    "loss": {"class_name": "CategoricalCrossentropy",
             "config": {"reduction": "auto", "name": "categorical_crossentropy",
                        "from_logits": True}},
    "metrics": [[{"class_name": "MeanMetricWrapper",
                  "config": {"name": "hits", "fn": "categorical_accuracy"}}]],
    "loss_weights": None, "sample_weight_mode": None}

# Before 2.2.3 the config of a Sequential was its list of layers.
LIST = {"class_name": "Sequential", "config": [
    {"class_name": "Dense", "config": {"name": "out", "units": 2,
                                       "batch_input_shape": [None, 4]}}]}
DENSE = {"out": {"out/kernel:0": (4, 2), "out/bias:0": (2,)}}

folder = sys.argv[1]
os.makedirs(folder + "/wrong", exist_ok=True)
write(folder + "/old.h5", OLD, OLD_WEIGHTS, TRAINING)
write(folder + "/list.hdf5", LIST, DENSE, version=None)
for name, entry in {
        "lambda": layer("Lambda", {"name": "out"}, ["x"]),
        "tensorflow": layer("TFOpLambda", {"name": "out", "function": "math.add"}, ["x"]),
        "thresholded": layer("ThresholdedReLU", {"name": "out", "theta": 1.0}, ["x"]),
        "local": layer("LocallyConnected2D", {"name": "out"}, ["x"]),
        "cudnn": layer("CuDNNLSTM", {"name": "out", "units": 3}, ["x"]),
        "keras1": layer("Convolution2D", {"name": "out", "nb_filter": 3}, ["x"]),
        "custom": layer("Mine", {"name": "out"}, ["x"])}.items():
    write(f"{folder}/wrong/{name}.h5", functional(entry), {})
write(folder + "/wrong/missing.h5", OLD, {**OLD_WEIGHTS, "out": {}})
write(folder + "/wrong/count.h5", LIST, {"out": {"out/kernel:0": (4, 2)}})
write(folder + "/wrong/shape.h5", LIST, {"out": {"out/kernel:0": (4, 5), "out/bias:0": (2,)}})
write(folder + "/wrong/weights.h5", None, DENSE)
write(folder + "/wrong/dangling.h5", LIST, DENSE)
with h5py.File(folder + "/wrong/dangling.h5", "a") as file:
    del file["model_weights/out/out/bias:0"]
with open(folder + "/wrong/text.h5", "w") as file:
    file.write("not HDF5")
