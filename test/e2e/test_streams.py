# Branches of a step side by side: the same bits as one after the other, whichever
# of them ptx-sim runs first.
import json

import keras
import numpy as np
import pytest

import oracle
from test_bit_equal import weights_of

BATCH = 8


def inception():
    """Four branches of one image, joined, then two heads."""
    layers = keras.layers
    image = keras.Input((8, 8, 4))
    branches = [layers.Conv2D(4, 1, activation="relu")(image),
                layers.Conv2D(4, 3, padding="same", activation="relu")(image),
                layers.BatchNormalization()(layers.Conv2D(3, 5, padding="same")(image)),
                layers.Conv2D(2, 1)(layers.MaxPooling2D(3, 1, padding="same")(image))]
    x = layers.Flatten()(layers.Concatenate()(branches))
    model = keras.Model(image, [layers.Dense(3, name="a")(layers.Dense(16, "tanh")(x)),
                                layers.Dense(2, name="b")(layers.Dropout(0.2)(x))])
    model.compile(keras.optimizers.Adam(1e-2), loss=["mse", "mse"])
    return model


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    keras.utils.set_random_seed(5)
    inception().save(folder / "model.keras")
    rng = np.random.default_rng(5)
    np.savez(folder / "data.npz", x=rng.normal(size=(32, 8, 8, 4)).astype("f"),
             y_a=rng.normal(size=(32, 3)).astype("f"), y_b=rng.normal(size=(32, 2)).astype("f"))
    return folder


def train(folder, monkeypatch, streams, seed):
    monkeypatch.setenv("DLC_PTX_SIM_SEED", str(seed))
    out = folder / f"{streams}-{seed}.keras"
    oracle.dlc("train", folder / "model.keras", "--data", folder / "data.npz", "--batch", BATCH,
               "--epochs", 2, "--device", "sim", "--streams", streams, "-o", out)
    return weights_of(out)


def test_same_bits_in_any_number_of_streams(case, monkeypatch):
    alone = train(case, monkeypatch, 1, 0)
    for seed in (1, 2):
        beside = train(case, monkeypatch, 4, seed)
        assert beside.keys() == alone.keys()
        assert [name for name in alone if beside[name] != alone[name]] == []


def inspect(folder, *options):
    return json.loads(oracle.dlc("inspect", folder / "model.keras", "--target", "cuda:sm_80",
                                 "--batch", BATCH, *options, "--json", "-"))["train"]


def test_inspect_shows_streams(case):
    step = inspect(case)
    assert 1 < step["streams"] <= 4
    assert step["branch_width"] >= 2
    names = [row["name"] for row in step["rows"]]
    used = {row["stream"] for row in step["rows"]}
    assert used == set(range(step["streams"]))
    for number, row in enumerate(step["rows"]):
        assert all(other < number for other in row["waits"]), names[number]
    kind = step["architectures"]["sm_80"]
    assert 0 < kind["predicted_critical_path"] < kind["predicted_time"]
    text = oracle.dlc("inspect", case / "model.keras", "--target", "cuda:sm_80", "--batch", BATCH)
    assert f"in {step['streams']} streams the longest way through takes" in text


def test_one_stream_and_memory_limits(case):
    alone = inspect(case, "--streams", 1)
    assert alone["streams"] == 1
    kind = alone["architectures"]["sm_80"]
    assert kind["predicted_critical_path"] == pytest.approx(kind["predicted_time"])
    assert inspect(case, "--memory-limit", "1GB")["streams"] == 1
