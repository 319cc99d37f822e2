# NVRTC of the PyPI wheel, with the machine's CUDA toolkit hidden: it is found, it
# compiles, and what it made trains.
import json
import re
import sys

import keras
import numpy as np

import oracle


def test_wheel_trains(tmp_path, monkeypatch):
    """DLC_NVRTC names the virtual environment, so that nothing else is looked at;
    the loader tells which library was opened."""
    for variable in ("CUDA_HOME", "CUDA_PATH", "LD_LIBRARY_PATH"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DLC_NVRTC", sys.prefix)
    monkeypatch.setenv("LD_DEBUG", "files")
    monkeypatch.setenv("LD_DEBUG_OUTPUT", str(tmp_path / "loader"))
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, activation="relu"),
                              keras.layers.Dense(3)])
    model.compile(optimizer="sgd", loss=keras.losses.SparseCategoricalCrossentropy(
        from_logits=True))
    rng = np.random.default_rng(4)
    x = rng.normal(size=(8, 6)).astype("float32")
    y = rng.integers(0, 3, 8).astype("int32")
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=x, y=y)

    trained, history = oracle.train(file, data, tmp_path, "--device", "sim", "--cache-dir", "off",
                                    batch=4)
    batches = [(x[i:i + 4], y[i:i + 4]) for i in (0, 4)]
    oracle.assert_losses(history["batch_loss"], oracle.keras_batches(model, batches), 1e-5)
    oracle.assert_weights(trained, model, 1e-5)

    said = "".join(path.read_text() for path in tmp_path.glob("loader*"))
    opened = set(re.findall(r"file=(\S*libnvrtc\S*) \[0\];\s+generating link map", said))
    assert any("libnvrtc.so." in path for path in opened), said[-2000:]
    assert all(path.startswith(f"{sys.prefix}/") for path in opened), opened


def test_doctor_names_the_nvrtc_that_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv("DLC_NVRTC", sys.prefix)
    named = json.loads(oracle.dlc("doctor", "--json", "-"))["gpu"]["nvrtc"]
    assert named.startswith(f"{sys.prefix}/") and "libnvrtc.so." in named
    assert named in oracle.dlc("doctor")
    monkeypatch.setenv("DLC_NVRTC", str(tmp_path))
    assert json.loads(oracle.dlc("doctor", "--json", "-"))["gpu"]["nvrtc"] == ""
