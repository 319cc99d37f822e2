# An epoch on real data from the same weights in the same order: test accuracy
# within half a point of Keras.
import gzip
import json
import pathlib

import keras
import numpy as np
import pytest

import models
import oracle

DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
QUICK_IMAGES = 6_000


def read_idx(name):
    raw = gzip.decompress((DATA / name).read_bytes())
    dims = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(dims)]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dims).reshape(shape)


def test_epoch_reaches_keras_accuracy(tmp_path, request):
    full = request.config.getoption("--full")
    images = read_idx("train-images-idx3-ubyte.gz").astype("float32")[..., None] / 255
    labels = read_idx("train-labels-idx1-ubyte.gz").astype("int32")
    if not full:
        images, labels = images[:QUICK_IMAGES], labels[:QUICK_IMAGES]
    keras.utils.set_random_seed(6)
    model = models.seed_cnn()
    model.compile(optimizer="adam", metrics=["accuracy"],
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    file = tmp_path / "model.keras"
    model.save(file)
    if full:
        data = DATA
    else:
        data = tmp_path / "data.npz"
        np.savez(data, x=images, y=labels)

    trained, _ = oracle.train(file, data, tmp_path, batch=128)
    oracle.dlc("evaluate", trained, "--data", DATA, "--batch", 128, "--json", tmp_path / "e.json")
    ours = json.loads((tmp_path / "e.json").read_text())
    ours = ours.get("metrics", ours)

    model.fit(images, labels, batch_size=128, shuffle=False, verbose=0)
    x = read_idx("t10k-images-idx3-ubyte.gz").astype("float32")[..., None] / 255
    y = read_idx("t10k-labels-idx1-ubyte.gz").astype("int32")
    theirs = model.evaluate(x, y, batch_size=1000, verbose=0, return_dict=True)
    assert theirs["accuracy"] > 0.7
    assert abs(ours["accuracy"] - theirs["accuracy"]) < 0.005

    # What Keras makes of the trained file is what dlc makes of it.
    x, y = x[:2000], y[:2000]
    np.savez(tmp_path / "part.npz", x=x, y=y)
    oracle.dlc("evaluate", trained, "--data", tmp_path / "part.npz", "--json", tmp_path / "e.json")
    ours = json.loads((tmp_path / "e.json").read_text())
    ours = ours.get("metrics", ours)
    loaded = keras.saving.load_model(trained)
    again = loaded.evaluate(x, y, batch_size=1000, verbose=0, return_dict=True)
    assert again["accuracy"] == pytest.approx(ours["accuracy"], abs=1e-3)
    assert again["loss"] == pytest.approx(ours["loss"], rel=1e-4)
