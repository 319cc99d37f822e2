"""Import and export lose nothing: Keras' own view of each model stays.

Usage: round_trip.py FOLDER, with dlc in PATH. FOLDER is filled with the models.
Prints a line a model; exits 1 if one differs.
"""
import os
import subprocess
import sys

import numpy as np

import keras
from keras import layers, ops


def seed_cnn():
    model = keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(4, 3, activation="relu"),
        layers.Conv2D(4, (3, 2), strides=2, padding="same", use_bias=False),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dropout(0.25, seed=3),
        layers.Dense(10),
    ], name="seed")
    model.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"])
    return model


def configured_layers():
    x = inputs = keras.Input((8, 8, 3), name="image", dtype="float32")
    x = layers.Conv2D(
        6, 3, groups=3, dilation_rate=2, padding="same",
        kernel_initializer=keras.initializers.HeNormal(seed=4),
        bias_initializer=keras.initializers.Constant(0.5),
        kernel_regularizer=keras.regularizers.L1L2(1e-3, 1e-2),
        activation="leaky_relu", name="my conv")(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, scale=False)(x)
    x = layers.ReLU(max_value=6.0, negative_slope=0.1)(x)
    x = layers.AveragePooling2D((2, 1), strides=1, padding="same")(x)
    frozen = layers.Conv2D(4, 1)
    frozen.trainable = False
    x = layers.Activation("gelu")(frozen(x))
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Reshape((4,))(x)
    x = layers.Softmax()(x)
    model = keras.Model(inputs, x, name="configured")
    model.compile(
        optimizer=keras.optimizers.RMSprop(
            0.01, rho=0.8, momentum=0.5, centered=True, clipvalue=1.0),
        loss=keras.losses.CategoricalCrossentropy(
            label_smoothing=0.1, name="smooth"),
        metrics=[keras.metrics.CategoricalAccuracy(name="right"), "acc"])
    return model


def shared_and_named():
    a = keras.Input((4,), name="a")
    b = keras.Input((4,), name="b")
    dense = layers.Dense(5, name="shared", kernel_regularizer="l2")
    x, y = dense(a), dense(b)
    z = ops.relu(x) * 2.0 + y
    inner = keras.Sequential(
        [keras.Input((5,)), layers.Dense(3), layers.BatchNormalization()],
        name="inner")
    p, q = inner(z), inner(x)
    r = ops.concatenate([p, q], axis=-1)
    s = r[:, 0:2]
    t = ops.transpose(ops.power(ops.reshape(r, (-1, 2, 3)), 2), (0, 2, 1))
    t = ops.mean(1.0 - ops.softmax(t, axis=-1) / 3, axis=(1, 2), keepdims=True)
    w = layers.Dense(2, name="w")(layers.Concatenate()([p, q]))
    model = keras.Model({"a": a, "b": b}, {"s": s, "w": w, "t": t},
                        name="shared_and_named")
    model.compile(
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        loss={"s": "mse", "w": keras.losses.MeanSquaredError(), "t": "mse"},
        loss_weights={"s": 1.0, "w": 0.5, "t": 2.0},
        metrics={"w": ["accuracy"]})
    return model


def nested_functional():
    i1, i2 = keras.Input((3,), name="i1"), keras.Input((3,), name="i2")
    h = layers.Dense(3, name="h")(i1)
    two = keras.Model([i1, i2], [layers.Add()([h, i2]), layers.Multiply()([h, i2])],
                      name="two")
    outer_in = keras.Input((3,), name="x")
    first, second = two([outer_in, layers.Dense(3, name="pre")(outer_in)])
    again, _ = two([second, first])
    deep_in = keras.Input((3,))
    deep = keras.Model(deep_in, layers.Dense(3)(layers.Dense(3)(deep_in)),
                       name="deep")
    deep.trainable = False
    out = layers.Subtract()([deep(again), first])
    model = keras.Model(outer_in, [out, second, deep(second)],
                        name="nested_functional")
    model.compile(optimizer=keras.optimizers.AdamW(0.01, weight_decay=0.1),
                  loss=["mse", None, "mse"])
    return model


def nested_in_sequential():
    inner_in = keras.Input((4,))
    inner = keras.Model(inner_in, layers.Dense(3, activation="tanh")(inner_in),
                        name="features")
    return keras.Sequential([inner, layers.Dense(2)], name="stacked")


def training_argument():
    x = inputs = keras.Input((4,))
    x = layers.Dropout(0.5)(x, training=True)
    x = layers.BatchNormalization()(x, training=False)
    return keras.Model(inputs, layers.Dense(1)(x), name="training_argument")


def node_functions():
    x = keras.Input((4, 3), name="x")
    y = ops.matmul(x, ops.transpose(x, (0, 2, 1)))
    y = ops.sqrt(ops.absolute(y)) - ops.exp(-y) + ops.log(ops.sigmoid(y))
    y = ops.maximum(ops.tanh(y), ops.minimum(y, 0.5)) / 2.0
    z = ops.sum(ops.square(y), axis=-1) + ops.max(y, axis=1)
    z = ops.squeeze(ops.expand_dims(z, 1), 1)
    last = z[..., -1]
    return keras.Model(
        x, [z, ops.cast(ops.cast(z, "int32"), "float32"), last,
            y[:, 1:3, None, 0]], name="node_functions")


def attention():
    x, memory = keras.Input((6, 8), name="x"), keras.Input((4, 5), name="memory")
    keep = keras.Input((6, 4), dtype="bool", name="keep")
    wide = layers.MultiHeadAttention(
        2, 3, value_dim=4, dropout=0.1, kernel_initializer="he_normal", seed=3)
    y = wide(x, memory, attention_mask=keep, use_causal_mask=True)
    y, scores = layers.MultiHeadAttention(2, 3, use_gate=True, sliding_window=2)(
        y, value=x, key=x, return_attention_scores=True)
    y = y + wide(query=x, value=memory)
    y = layers.GroupQueryAttention(2, 4, 2)(y, y)
    y = layers.Attention(use_scale=True)([y, x], use_causal_mask=True)
    y = layers.AdditiveAttention()([y, x])
    kept = ops.where(ops.logical_not(ops.cumsum(keep, axis=2, dtype="int32") > 1), 1, 0)
    y = layers.GlobalAveragePooling1D()(y, mask=ops.not_equal(kept, 0)[:, :, 0])
    model = keras.Model([x, memory, keep], [y, scores], name="attention")
    model.compile(optimizer="adam", loss="mse")
    return model


MODELS = [seed_cnn, configured_layers, shared_and_named, nested_functional,
          nested_in_sequential, training_argument, node_functions, attention]


def normalize(config):
    """A config without what differs from object to object."""
    if isinstance(config, dict):
        return {key: normalize(value) for key, value in config.items()
                if key != "shared_object_id"}
    if isinstance(config, (list, tuple)):
        return [normalize(value) for value in config]
    return config


def first_difference(left, right, path=""):
    """Where two configs part, and what each holds there; none if nowhere."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(set(left) | set(right)):
            found = first_difference(left.get(key, "absent"),
                                     right.get(key, "absent"), f"{path}/{key}")
            if found:
                return found
        return None
    if isinstance(left, list) and isinstance(right, list) \
            and len(left) == len(right):
        for index, (l, r) in enumerate(zip(left, right)):
            found = first_difference(l, r, f"{path}/{index}")
            if found:
                return found
        return None
    return None if left == right else (path, left, right)


def train_a_little(model, random):
    """Gives optimizer state and moving averages values of their own."""
    for variable in model.variables:
        variable.assign(random.normal(size=variable.shape))
    if getattr(model, "optimizer", None) is not None:
        model.optimizer.build(model.trainable_variables)
        for variable in model.optimizer.variables[2:]:
            variable.assign(random.normal(size=variable.shape))
        model.optimizer.variables[0].assign(17)


def differences(before, after):
    for what in ["get_config", "get_compile_config"]:
        found = first_difference(normalize(getattr(before, what)()),
                                 normalize(getattr(after, what)()))
        if found:
            yield what, *found
    pairs = [("weights", before.variables, after.variables)]
    if getattr(before, "optimizer", None) is not None:
        pairs.append(("optimizer", before.optimizer.variables,
                      after.optimizer.variables))
    for what, ours, theirs in pairs:
        if len(ours) != len(theirs):
            yield what, len(ours), len(theirs)
        for u, v in zip(ours, theirs):
            # Keras does not save the state of random generators.
            if "seed_generator" in u.path:
                continue
            if not np.array_equal(np.asarray(u.value), np.asarray(v.value)):
                yield what, u.path, v.path


def main(folder):
    os.makedirs(folder, exist_ok=True)
    random = np.random.default_rng(1)
    failed = False
    for build in MODELS:
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        model = build()
        train_a_little(model, random)
        path = lambda end: os.path.join(folder, build.__name__ + end)
        model.save(path(".keras"))
        steps = [["dlc", "import", path(".keras"), "-o", path(".mlir")],
                 ["dlc", "export", path(".mlir"), "-o", path(".out.keras")]]
        found = []
        for step in steps:
            result = subprocess.run(step, capture_output=True, text=True)
            if result.returncode != 0:
                found = [(" ".join(step), result.stderr)]
                break
        if not found:
            keras.utils.clear_session()
            before = keras.models.load_model(path(".keras"))
            keras.utils.clear_session()
            try:
                after = keras.models.load_model(path(".out.keras"))
                found = list(differences(before, after))
            except Exception as error:
                found = [("load_model", error)]
        failed |= bool(found)
        print(f"{build.__name__}: {'differs' if found else 'same'}")
        for difference in found:
            print("", *difference, sep="\n    ")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
