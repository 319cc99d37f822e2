"""Makes .keras files from JSON for tests, without Keras."""
import json
import sys
import zipfile

FLOAT32 = {"module": "keras", "class_name": "DTypePolicy",
           "config": {"name": "float32"}, "registered_name": None}


def write(path, config, version="3.15.1", weights=None):
    """weights: bytes of model.weights.h5"""
    with zipfile.ZipFile(path, "w") as archive:
        text = config if isinstance(config, str) else json.dumps(config)
        archive.writestr("config.json", text)
        if version:
            archive.writestr("metadata.json",
                             json.dumps({"keras_version": version}))
        if weights:
            archive.writestr("model.weights.h5", weights)


def layer(class_name, config, module="keras.layers", **more):
    return {"module": module, "class_name": class_name, "config": config,
            "registered_name": None, **more}


def tensor(name, call=0, result=0, shape=(None, 4)):
    return {"class_name": "__keras_tensor__",
            "config": {"shape": list(shape), "dtype": "float32",
                       "keras_history": [name, call, result]}}


def node(*args, **kwargs):
    return {"args": list(args), "kwargs": kwargs}


def sequential(*layers, **more):
    start = layer("InputLayer", {"batch_shape": [None, 4], "name": "x"})
    return {"module": "keras", "class_name": "Sequential",
            "config": {"name": "m", "layers": [start, *layers]}, **more}


def functional(layers, inputs=("x", 0, 0), outputs=("y", 0, 0), **more):
    start = layer("InputLayer", {"batch_shape": [None, 4], "name": "x"},
                  name="x", inbound_nodes=[])
    return {"module": "keras.src.models.functional",
            "class_name": "Functional",
            "config": {"name": "m", "layers": [start, *layers],
                       "input_layers": list(inputs),
                       "output_layers": list(outputs)}, **more}


def dense(name="y", units=2, **more):
    return layer("Dense", {"name": name, "units": units}, name=name, **more)
