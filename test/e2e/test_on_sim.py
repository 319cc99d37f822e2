# Training on the software CUDA device: the PTX that a GPU would get, against the
# host's code and against Keras.
import json

import keras
import numpy as np
import pytest
from keras import layers, ops

import models
import oracle

BATCH, STEPS = 6, 3


def normalized(x, filters, kernel, strides=1):
    x = layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(x)
    return layers.BatchNormalization()(x)


def mobilenet_stack():
    inputs = keras.Input((12, 12, 3))
    x = layers.ReLU(6.0)(normalized(inputs, 8, 3, 2))
    for filters, strides in ((12, 1), (16, 2)):
        x = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(x)
        x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
        x = layers.ReLU(6.0)(normalized(x, filters, 1))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10)(x))


def vgg_block():
    inputs = x = keras.Input((12, 12, 3))
    for filters in (8, 12):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(2, strides=2)(x)
    x = layers.Dense(24, activation="relu")(layers.Flatten()(x))
    return keras.Model(inputs, layers.Dense(10)(x))


MODELS = [models.seed_cnn, models.mlp, models.resnet, mobilenet_stack, vgg_block]
OPTIMIZERS = {"seed_cnn": "adam", "mlp": "adamw"}


@pytest.mark.parametrize("build", MODELS, ids=lambda build: build.__name__)
def test_three_steps(build, tmp_path):
    """The last batch is smaller than the others: it has a graph of its own."""
    keras.utils.set_random_seed(3)
    model = build()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = OPTIMIZERS.get(build.__name__) or keras.optimizers.SGD(1e-2, momentum=0.9)
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    rng = np.random.default_rng(5)
    samples = BATCH * STEPS - 2
    x = rng.normal(size=(samples, *model.input_shape[1:])).astype("float32")
    y = rng.integers(0, 10, samples).astype("int32")
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=x, y=y)
    trained, history = oracle.train(file, data, tmp_path, "--device", "sim", batch=BATCH)
    batches = [(x[i:i + BATCH], y[i:i + BATCH]) for i in range(0, samples, BATCH)]
    oracle.assert_losses(history["batch_loss"], oracle.keras_batches(model, batches), 1e-4)
    loaded = oracle.assert_weights(trained, model, 1e-4)
    oracle.assert_optimizers(loaded, model, 1e-4)


def rolled_dense():
    inputs = keras.Input((3, 4))
    x = layers.Dense(4)(inputs)
    return keras.Model(inputs, ops.concatenate([ops.roll(x, 1, -1), x], 1))


def shifted_convolution():
    inputs = keras.Input((5, 5, 3))
    x = layers.Conv2D(4, 1)(inputs)
    y = layers.ZeroPadding2D(((1, 0), (0, 0)))(layers.Cropping2D(((0, 1), (0, 0)))(x))
    return keras.Model(inputs, layers.Concatenate()([y, x]))


def rotated_half():
    inputs = keras.Input((3, 4))
    x = layers.Dense(4)(inputs)
    half = ops.concatenate([-x[..., 2:], x[..., :2]], -1)
    angles = np.linspace(0, 1, 4, dtype="float32")
    x = x * np.cos(angles) + half * np.sin(angles)
    return keras.Model(inputs, layers.Dense(2)(x))


def first_columns():
    inputs = keras.Input((3, 4))
    return keras.Model(inputs, ops.tanh(layers.Dense(4)(inputs)[:, :, :3]))


def first_rows_of_a_pool():
    inputs = keras.Input((6, 4, 3))
    x = layers.MaxPooling2D(2)(layers.Conv2D(4, 1)(inputs))
    return keras.Model(inputs, ops.tanh(x[:, :2]))


SLICED = [rolled_dense, shifted_convolution, rotated_half, first_columns, first_rows_of_a_pool]


@pytest.mark.parametrize("build", SLICED, ids=lambda build: build.__name__)
def test_slices_of_what_a_routine_makes(build, tmp_path):
    """What reads a part of a result does not run where all of it is made."""
    model = build()
    oracle.randomize(model)
    model.compile(keras.optimizers.SGD(0.05), "mse")
    rng = np.random.default_rng(7)
    x = rng.normal(size=(BATCH, *model.input_shape[1:])).astype("float32")
    y = rng.normal(size=(BATCH, *model.output_shape[1:])).astype("float32")
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=x, y=y)
    oracle.dlc("predict", file, "--data", data, "-o", tmp_path / "y.npz", "--batch", BATCH,
               "--device", "sim")
    np.testing.assert_allclose(oracle.load_npz(tmp_path / "y.npz")["y"], model(x), atol=1e-5)
    trained, history = oracle.train(file, data, tmp_path, "--device", "sim", batch=BATCH)
    oracle.assert_losses(history["batch_loss"], oracle.keras_batches(model, [(x, y)]), 1e-4)
    oracle.assert_weights(trained, model, 1e-4)


def test_a_trace_has_each_launch(tmp_path):
    """Timed steps run launch by launch, and not as a graph."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    model.compile("sgd", "mse")
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", x=np.ones((24, 4), "float32"), y=np.ones((24, 3), "float32"))
    oracle.train(tmp_path / "model.keras", tmp_path / "data.npz", tmp_path, "--device", "sim",
                 "--trace", tmp_path / "trace.json", batch=BATCH)
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert "launches on cuda" in [event["args"]["name"] for event in events if event["ph"] == "M"]
    steps = [event for event in events if event.get("cat") == "step"]
    launches = [event for event in events if event.get("cat") == "launch"]
    # All steps but the first.
    assert len(steps) == 3 and launches and len(launches) % len(steps) == 0
    assert all(event["dur"] > 0 and event["args"]["layers"] for event in launches)


def test_moments_of_a_large_mean(tmp_path):
    """Of whole numbers around 2^16: mean and variance come from one reading, and are
    those of float64. In a kernel of their own and behind a convolution."""
    keras.utils.set_random_seed(4)
    inputs = keras.Input((9, 9, 6))
    x = layers.BatchNormalization(momentum=0, name="own")(inputs)
    y = layers.Conv2D(6, 1, name="conv", kernel_initializer="zeros",
                      bias_initializer=keras.initializers.Constant(2**16))(inputs)
    y = layers.BatchNormalization(momentum=0, name="behind")(y)
    x = layers.GlobalAveragePooling2D()(layers.Add()([x, y]))
    model = keras.Model(inputs, layers.Dense(2)(x))
    model.get_layer("conv").kernel.assign(np.eye(6)[None, None])
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse")
    steps = np.random.default_rng(6).integers(-8, 8, (BATCH, 9, 9, 6))
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=(steps + 2**16).astype("float32"), y=np.zeros((BATCH, 2), "float32"))
    trained, _ = oracle.train(file, data, tmp_path, "--device", "sim", batch=BATCH)
    loaded = keras.saving.load_model(trained)
    variance = steps.astype("float64").var(axis=(0, 1, 2))
    mean = steps.astype("float64").mean(axis=(0, 1, 2))
    for name, offset in (("own", 2**16), ("behind", 2**17)):
        norm = loaded.get_layer(name)
        np.testing.assert_allclose(norm.moving_variance, variance, rtol=1e-6)
        np.testing.assert_allclose(norm.moving_mean, mean + offset, rtol=1e-7)
