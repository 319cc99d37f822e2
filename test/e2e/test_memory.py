# What training takes of the host's memory: weights are there once.
import json

import keras
import numpy as np

import oracle


def peak(folder, width, target):
    """Peak resident bytes of a training step of a model of width * width weights,
    which is saved as `target`, and the bytes of its weights and of the step."""
    model = keras.Sequential([
        keras.Input((width,)), keras.layers.Dense(width), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(1e-3), loss="mse")
    model.save(folder / "model.keras")
    rng = np.random.default_rng(0)
    np.savez(folder / "data.npz", x=rng.normal(size=(2, width)).astype("float32"),
             y=rng.normal(size=(2, 1)).astype("float32"))
    measured = json.loads(oracle.dlc(
        "train", folder / "model.keras", "--data", folder / "data.npz", "--batch", 2,
        "--json", "-", "-o", folder / target))
    return measured["peak_rss_bytes"], 4 * model.count_params(), measured["arena_bytes"]


def test_weights_are_held_once(tmp_path):
    for target in ("out.keras", "out.h5", "out.weights.h5"):
        base, few, _ = peak(tmp_path, 16, target)
        whole, weights, arena = peak(tmp_path, 5000, target)
        # The states, a step, and one tensor that is copied out to be saved. On the way
        # in: the file's bytes or the tensors made of them, and the largest once more.
        assert whole - base < (weights - few) * 2.3 + arena, (target, whole, base, arena)
