# Layers at sizes drawn at random: odd ones, 1, strides beyond the kernel, dilation, one
# channel, windows as large as the image. Forward and every gradient against live Keras.
# A few models in scripts/test, many with --full.
import random

import keras
import numpy as np
import pytest
from keras import layers

import oracle

BATCH = 3
QUICK, ALL = 6, 120
LAYERS_EACH = 6


def draw_data_format(rng):
    return rng.choice(["channels_last", "channels_last", "channels_first"])


def draw_image(rng, least=1):
    return [rng.choice([least, least + 1, rng.randint(least, 9)]) for _ in range(2)]


def order(image, channels, data_format):
    return (*image, channels) if data_format == "channels_last" else (channels, *image)


def draw_window(rng, image, dilates):
    """Kernel, strides, dilation and padding of which Keras takes any."""
    padding = rng.choice(["valid", "same"])
    kernel = [rng.randint(1, min(size, 4)) for size in image]
    strides, dilation = 1, 1
    if dilates and rng.random() < 0.4:
        room = min((size - 1) // max(k - 1, 1) for size, k in zip(image, kernel))
        dilation = rng.randint(1, max(1, min(room, 3)))
    if dilation == 1:
        strides = rng.choice([1, 2, rng.randint(1, 5)])
    return dict(kernel_size=kernel, strides=strides, padding=padding), dilation


def conv2d(rng):
    image, form = draw_image(rng), draw_data_format(rng)
    groups = rng.choice([1, 1, 2, 3])
    channels, filters = groups * rng.randint(1, 3), groups * rng.randint(1, 4)
    window, dilation = draw_window(rng, image, dilates=True)
    return order(image, channels, form), layers.Conv2D(
        filters, **window, dilation_rate=dilation, groups=groups, data_format=form,
        use_bias=rng.random() < 0.7, activation=rng.choice([None, "relu", "tanh"]))


def depthwise(rng):
    image, form = draw_image(rng), draw_data_format(rng)
    window, dilation = draw_window(rng, image, dilates=True)
    window["strides"] = 1 if dilation > 1 else window["strides"]
    return order(image, rng.randint(1, 5), form), layers.DepthwiseConv2D(
        **window, dilation_rate=dilation, depth_multiplier=rng.randint(1, 3), data_format=form)


def separable(rng):
    image = draw_image(rng)
    window, _ = draw_window(rng, image, dilates=False)
    return (*image, rng.randint(1, 4)), layers.SeparableConv2D(
        rng.randint(1, 5), **window, depth_multiplier=rng.randint(1, 2))


def transposed(rng):
    image, form = draw_image(rng), draw_data_format(rng)
    window, _ = draw_window(rng, image, dilates=False)
    window["kernel_size"] = [rng.randint(1, 4) for _ in image]
    return order(image, rng.randint(1, 3), form), layers.Conv2DTranspose(
        rng.randint(1, 3), **window, data_format=form)


def conv1d(rng):
    steps = rng.choice([1, rng.randint(2, 11)])
    kernel = rng.randint(1, min(steps, 4))
    dilation = rng.randint(1, max(1, (steps - 1) // max(kernel - 1, 1)))
    return (steps, rng.randint(1, 4)), layers.Conv1D(
        rng.randint(1, 4), kernel, padding=rng.choice(["valid", "same", "causal"]),
        strides=1 if dilation > 1 else rng.randint(1, 4), dilation_rate=dilation)


def pooling(rng):
    image, form = draw_image(rng), draw_data_format(rng)
    window, _ = draw_window(rng, image, dilates=False)
    kind = rng.choice([layers.MaxPooling2D, layers.AveragePooling2D])
    return order(image, rng.randint(1, 4), form), kind(
        window["kernel_size"], strides=window["strides"], padding=window["padding"],
        data_format=form)


def dense(rng):
    shape = [rng.choice([1, rng.randint(1, 17)]) for _ in range(rng.randint(1, 3))]
    return tuple(shape), layers.Dense(rng.choice([1, rng.randint(1, 33)]), activation="tanh",
                                      use_bias=rng.random() < 0.7)


def normalization(rng):
    shape = tuple(rng.choice([1, rng.randint(2, 9)]) for _ in range(rng.randint(1, 3)))
    axis = rng.randint(1, len(shape))
    kind = rng.choice(["layer", "layer", "batch", "group"])
    if kind == "layer":
        # Over one element all is zero, and its gradient rounding alone.
        axes = [axis] if shape[axis - 1] > 1 else [*range(1, len(shape) + 1)]
        return shape, layers.LayerNormalization(axis=axes, epsilon=0.01)
    if kind == "group":
        size = shape[axis - 1]
        return shape, layers.GroupNormalization(
            rng.choice([n for n in range(1, size + 1) if size % n == 0]), axis=axis, epsilon=0.1)
    return shape, layers.BatchNormalization(axis=axis, epsilon=0.1)


def borders(rng):
    image = draw_image(rng, least=3)
    sides = ((rng.randint(0, 1), rng.randint(0, 1)), (rng.randint(0, 1), rng.randint(0, 1)))
    return (*image, rng.randint(1, 3)), rng.choice([
        layers.ZeroPadding2D(sides), layers.Cropping2D(sides),
        layers.UpSampling2D((rng.randint(1, 3), rng.randint(1, 3)))])


def global_pooling(rng):
    kind = rng.choice([layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D])
    return (*draw_image(rng), rng.randint(1, 4)), kind(keepdims=rng.random() < 0.5)


KINDS = [conv2d, conv2d, depthwise, separable, transposed, conv1d, pooling, pooling, dense,
         normalization, borders, global_pooling]


def make_model(seed):
    """Some layers side by side, each with an input of its own."""
    rng = random.Random(seed)
    keras.utils.set_random_seed(seed)
    inputs, parts = [], []
    for i in range(LAYERS_EACH):
        shape, layer = rng.choice(KINDS)(rng)
        inputs.append(keras.Input(shape, name=f"in{i}"))
        parts.append(layers.Flatten()(layer(inputs[-1])))
    model = keras.Model(inputs, layers.Concatenate()(parts), name="sizes")
    oracle.randomize(model, seed)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mean_squared_error")
    return model


def describe(model):
    """What was drawn, to make a failure readable."""
    return "; ".join(
        f"{type(layer).__name__} {dict(list(layer.get_config().items())[3:12])} "
        f"on {layer.input.shape}" for layer in model.layers
        if type(layer).__name__ not in ("InputLayer", "Flatten", "Concatenate"))


@pytest.mark.parametrize("seed", [
    pytest.param(seed, marks=[] if seed < QUICK else [pytest.mark.full]) for seed in range(ALL)])
def test_any_size(seed, tmp_path):
    model = make_model(seed)
    rng = np.random.default_rng(seed)
    x = {tensor.name: rng.normal(size=(BATCH, *tensor.shape[1:])).astype("float32")
         for tensor in model.inputs}
    y = rng.normal(size=(BATCH, *model.output_shape[1:])).astype("float32")
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, y=y, **{f"x_{name}": value for name, value in x.items()})
    runs = [oracle.Run(command, file, "--data", data, "-o", tmp_path / f"{command}.npz",
                       "--batch", BATCH) for command in ("predict", "gradients")]
    forward = np.asarray(model(oracle.x_structure(model, x), training=False))
    expected = oracle.keras_gradients(model, x, y)
    for run in runs:
        run.finish()
    what = describe(model)
    oracle.assert_near(oracle.load_npz(tmp_path / "predict.npz")["y"], forward,
                       f"output of {what}", 1e-5)
    actual = oracle.load_npz(tmp_path / "gradients.npz")
    assert actual.keys() == expected.keys()
    for name, value in expected.items():
        oracle.assert_near(np.reshape(actual[name], value.shape), value,
                           f"gradient of {name} in {what}", 2e-5)
