# The Keras models of the end-to-end tests.
import importlib.util
import pathlib

import keras
from keras import layers


def load_bench_models():
    """bench/models.py, without its folder on the path: it has this file's name."""
    file = pathlib.Path(__file__).resolve().parent.parent / "bench/models.py"
    spec = importlib.util.spec_from_file_location("bench_models", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def seed_cnn():
    """The model that the bench times."""
    return load_bench_models().seed_cnn(keras)


def mlp():
    return keras.Sequential([
        keras.Input((20,)),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.0),
        layers.Dense(32, activation="tanh"),
        layers.Dropout(0.0),
        layers.Dense(10),
    ], name="mlp")


def resnet():
    """Two residual stages with BatchNormalization, the second with a stride."""
    def normalised(x, filters, strides, activation=True):
        x = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        return layers.ReLU()(x) if activation else x

    def block(x, filters, strides):
        shortcut = x
        if strides != 1:
            shortcut = layers.Conv2D(filters, 1, strides=strides)(x)
            shortcut = layers.BatchNormalization()(shortcut)
        x = normalised(x, filters, strides)
        x = normalised(x, filters, 1, activation=False)
        return layers.Activation("relu")(layers.Add()([x, shortcut]))

    image = keras.Input((16, 16, 3), name="image")
    x = normalised(image, 8, 1)
    x = block(x, 8, 1)
    x = block(x, 16, 2)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(10)(x), name="resnet")


def two_by_two():
    """Two inputs, two outputs, a layer and a model used twice."""
    left = keras.Input((12,), name="left")
    right = keras.Input((12,), name="right")
    shared = layers.Dense(16, activation="tanh", name="shared")
    inner_in = keras.Input((16,), name="inner_in")
    inner = keras.Model(inner_in, layers.Dense(8, name="core")(inner_in), name="inner")
    a, b = inner(shared(left)), inner(shared(right))
    both = layers.Concatenate(name="both")([a, b * 0.5 + a])
    classes = layers.Dense(5, name="classes")(both)
    value = layers.Dense(1, name="value")(layers.Multiply(name="product")([a, b]))
    return keras.Model([left, right], [classes, value], name="two_by_two")


def transformer(sequence=12, width=16, vocabulary=30, blocks=2):
    """Tokens with positions made by functions of keras.ops, then encoder blocks."""
    tokens = keras.Input((sequence,), dtype="int32", name="tokens")
    x = layers.Embedding(vocabulary, width)(tokens)
    position = keras.ops.cumsum(keras.ops.ones_like(tokens), axis=1) - 1
    x = layers.Add()([x, layers.Embedding(sequence, width)(position)])
    for _ in range(blocks):
        x = layers.LayerNormalization()(
            layers.Add()([x, layers.MultiHeadAttention(4, width // 4)(x, x)]))
        hidden = layers.Dense(2 * width, activation="gelu")(x)
        x = layers.LayerNormalization()(layers.Add()([x, layers.Dense(width)(hidden)]))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(tokens, layers.Dense(10)(x), name="transformer")


def tiny():
    """For losses, optimizers and errors: compiles in no time."""
    return keras.Sequential([
        keras.Input((6,), name="features"),
        layers.Dense(8, activation="tanh", name="hidden"),
        layers.Dense(4, name="out"),
    ], name="tiny")
