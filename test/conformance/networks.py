# The networks of keras.applications with weights that keep a signal alive through
# hundreds of layers. As a program: writes one of them with data and with what
# Keras makes of it. It runs in a process of its own because it lets XLA compile
# hastily: `python networks.py NAME FOLDER [--train]`.
import os
import sys

if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["XLA_FLAGS"] = ("--xla_backend_optimization_level=0 "
                               "--xla_llvm_disable_expensive_passes=true")

import functools
import json
import pathlib
import zlib

import keras
import numpy as np

import conditioning

# The first of each line stands for its family: it also trains.
FAMILIES = [
    ["VGG16", "VGG19"],
    ["ResNet50", "ResNet101", "ResNet152"],
    ["ResNet50V2", "ResNet101V2", "ResNet152V2"],
    ["MobileNet"],
    ["MobileNetV2"],
    ["MobileNetV3Small", "MobileNetV3Large"],
    ["DenseNet121", "DenseNet169", "DenseNet201"],
    ["NASNetMobile", "NASNetLarge"],
    ["EfficientNetB0", "EfficientNetB1", "EfficientNetB2", "EfficientNetB3",
     "EfficientNetB4", "EfficientNetB5", "EfficientNetB6", "EfficientNetB7"],
    ["EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2", "EfficientNetV2B3",
     "EfficientNetV2S", "EfficientNetV2M", "EfficientNetV2L"],
    ["ConvNeXtTiny", "ConvNeXtSmall", "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtXLarge"],
    ["InceptionV3"],
    ["InceptionResNetV2"],
    ["Xception"],
]
NAMES = [name for family in FAMILIES for name in family]
HEADS = [family[0] for family in FAMILIES]

# What Keras refuses to go below.
SMALLEST = {"InceptionV3": 75, "InceptionResNetV2": 75, "Xception": 71}
BATCH = 8
# Among the many windows of its poolings that more samples have, two values tie in
# nearly every draw.
FEWER_SAMPLES = {"xception": 2}
CLASSES = 1000
# A step as large as the gradient: what rounding does to a weight is nothing beside it.
RATE = 1.0


def image_size(name):
    return SMALLEST.get(name, 32)


def build(name):
    """The network as Keras has it, but for its last softmax and its dropout."""
    size = image_size(name)
    model = getattr(keras.applications, name)(
        weights=None, include_top=True, input_shape=(size, size, 3), classes=CLASSES,
        classifier_activation=None)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return model


def fan_in(layer, variable):
    depthwise = (isinstance(layer, keras.layers.DepthwiseConv2D)
                 or variable.name == "depthwise_kernel")
    return int(np.prod(variable.shape[:2] if depthwise else variable.shape[:-1]))


def is_branch(layer):
    """Whether the layer ends a branch that stochastic depth may drop."""
    return isinstance(layer, keras.layers.BatchNormalization) and any(
        isinstance(follower, keras.layers.Dropout)
        for follower in conditioning.followers(layer))


def redraw(layer, variable, rng, branches):
    """A weight's new value: variance 2/fan_in suits relu and its like. All branches
    together grow no larger than one, else their gates make rounding grow by a
    thousand."""
    shape = tuple(variable.shape)
    kind = variable.name
    if kind.endswith("kernel"):
        value = rng.standard_normal(shape, np.float32)
        value *= np.float32(np.sqrt(2 / fan_in(layer, variable)))
        return value
    if type(layer).__name__ == "LayerScale":
        return rng.uniform(0.1, 0.5, shape)
    if kind == "gamma" and is_branch(layer):
        return rng.uniform(0.5, 1.5, shape) / np.sqrt(branches)
    if kind in ("gamma", "moving_variance", "variance"):
        return rng.uniform(0.5, 1.5, shape)
    if kind == "beta":
        return rng.normal(0.75, 0.5, shape)
    if kind in ("bias", "moving_mean", "mean"):
        return rng.normal(0, 0.2, shape)
    raise ValueError(f"{variable.path}: no rule redraws it")


def list_layers(model):
    """All layers, those of nested models too."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from list_layers(layer)
        else:
            yield layer


def randomize(model, rng, trains):
    """Redraws every weight and statistic. Gives images for which float32 can tell
    whether the network is computed rightly."""
    found = list(list_layers(model))
    branches = sum(is_branch(layer) for layer in found)
    for layer in found:
        for variable in layer.variables:
            if variable.name not in ("count", "seed_generator_state"):
                variable.assign(redraw(layer, variable, rng, branches))
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    draw = functools.partial(draw_images, model, rng)
    x = conditioning.settle(model, found, draw) if trains else draw()
    conditioning.calibrate(model, found, x, rng)
    return x


def draw_images(model, rng):
    """Pixels where the network scales them itself, else their like."""
    scales = any(isinstance(layer, (keras.layers.Rescaling, keras.layers.Normalization))
                 for layer in model.layers)
    shape = (FEWER_SAMPLES.get(model.name, BATCH), *model.input_shape[1:])
    x = rng.uniform(0, 255, shape) if scales else rng.normal(size=shape)
    return x.astype("float32")


def write(name, folder, trains):
    """FOLDER gets model.keras, data.npz, predicted.npy, after training also
    trained.keras; and facts.json."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    keras.utils.set_random_seed(1)
    model = build(name)
    x = randomize(model, rng, trains)
    y = rng.integers(0, CLASSES, len(x)).astype("int32")
    if trains:
        model.compile(
            optimizer=keras.optimizers.SGD(RATE),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    np.savez(folder / "data.npz", x=x, y=y)
    model.save(folder / "model.keras")
    np.save(folder / "predicted.npy", model.predict_on_batch(x))
    if trains:
        model.train_on_batch(x, y)
        model.save(folder / "trained.keras")
    facts = {"layers": len(model.layers), "parameters": model.count_params(),
             "input": "x".join(map(str, model.input_shape[1:]))}
    (folder / "facts.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    write(sys.argv[1], pathlib.Path(sys.argv[2]), "--train" in sys.argv[3:])
