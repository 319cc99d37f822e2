# How many kernels a training step on a GPU takes and how many bytes it moves: at most
# these, with kernels that are all dlc's own, none of which spills. A count may only fall.
import json

import keras
import pytest

import models
import oracle

# The bench's batch, kernels and megabytes; --full for those that take long to compile.
QUICK = [("seed_cnn", 128, 16, 590), ("mlp", 256, 14, 141)]
LARGE = [("unet_small", 8, 108, 2450), ("mobilenet_head", 16, 144, 4200),
         ("resnet50", 8, 277, 5480), ("vgg16", 8, 68, 7300)]


@pytest.mark.parametrize("name, batch, most, megabytes", [
    *QUICK, *(pytest.param(*row, marks=pytest.mark.full) for row in LARGE)])
def test_kernels_of_a_step(name, batch, most, megabytes, tmp_path):
    file = tmp_path / "model.keras"
    models.load_bench_models().build_compiled(name).save(file)
    printed = oracle.dlc("inspect", file, "--batch", batch, "--target", "cuda:sm_80", "--json", "-")
    step = json.loads(printed)["train"]
    assert step["library_calls"] == 0
    assert step["spills"] == 0
    assert step["kernels"] <= most
    assert step["phases"] <= most
    assert step["bytes"] <= megabytes * 1e6


def test_a_normalised_convolution_takes_five_kernels(tmp_path):
    """Convolution with moments, scaling with relu; gradients of input with sums, of
    normalisation, of kernel."""
    def count(blocks):
        inputs = x = keras.Input((8, 8, 8))
        for _ in range(blocks):
            x = keras.layers.Conv2D(8, 3, padding="same", use_bias=False)(x)
            x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        x = keras.layers.GlobalAveragePooling2D()(x)
        model = keras.Model(inputs, keras.layers.Dense(10)(x))
        model.compile(optimizer="sgd", loss="mse")
        file = tmp_path / f"{blocks}.keras"
        model.save(file)
        printed = oracle.dlc("inspect", file, "--batch", 128, "--target", "cuda", "--json", "-")
        return json.loads(printed)["train"]["kernels"]

    assert count(4) - count(3) <= 5
