# The steps on ptx-sim, a GPU in software, beside those on the host.
import json
import os
import subprocess

import keras
import numpy as np
import pytest

import models
import oracle


@pytest.fixture
def trainable(tmp_path):
    """A small classifier and 100 samples, and the artifact for both devices."""
    model = models.tiny()
    model.compile(optimizer="adam", metrics=["accuracy"],
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.save(tmp_path / "model.keras")
    rng = np.random.default_rng(20)
    np.savez(tmp_path / "data.npz", x=rng.normal(size=(100, 6)).astype("float32"),
             y=rng.integers(0, 4, 100))
    oracle.dlc("compile", tmp_path / "model.keras", "--target", "host,cuda:sm_80",
               "-o", tmp_path / "model.dlc")
    return tmp_path


def fit(folder, device, *options, model="model.dlc", out="out.keras"):
    return ["train", folder / model, "--data", folder / "data.npz", "--device", device,
            "--history", folder / "h.json", "--log-every", 1, "-o", folder / out, *options]


def test_trains_as_the_host(trainable):
    histories, trained = {}, {}
    for device in ("host", "sim"):
        oracle.dlc(*fit(trainable, device, "--epochs", 3, "--validation-split", 0.25,
                        out=f"{device}.keras"))
        histories[device] = json.loads((trainable / "h.json").read_text())
        trained[device] = keras.saving.load_model(trainable / f"{device}.keras")
    assert histories["host"].keys() == histories["sim"].keys()
    for name, values in histories["host"].items():
        np.testing.assert_allclose(histories["sim"][name], values, rtol=1e-4, err_msg=name)
    for host, sim in zip(trained["host"].weights, trained["sim"].weights):
        np.testing.assert_allclose(sim.numpy(), host.numpy(), rtol=1e-4, atol=1e-6)
    optimizers = [trained[device].optimizer for device in ("host", "sim")]
    assert int(optimizers[0].iterations) == int(optimizers[1].iterations) == 9


def test_evaluates_and_predicts_as_the_host(trainable):
    logs, outputs = {}, {}
    for device in ("host", "sim"):
        common = [trainable / "model.dlc", "--data", trainable / "data.npz",
                  "--device", device]
        logs[device] = json.loads(oracle.dlc("evaluate", *common, "--json", "-"))
        oracle.dlc("predict", *common, "-o", trainable / "y.npz")
        outputs[device] = oracle.load_npz(trainable / "y.npz")["y"]
    assert logs["sim"] == pytest.approx(logs["host"], rel=1e-5)
    np.testing.assert_allclose(outputs["sim"], outputs["host"], rtol=1e-4, atol=1e-6)


def test_a_device_alone_compiles_for_it(trainable):
    oracle.dlc(*fit(trainable, "sim", "--batch", 16, model="model.keras"))
    assert len(json.loads((trainable / "h.json").read_text())["batch_loss"]) == 7


def test_times_every_launch(trainable):
    oracle.dlc(*fit(trainable, "sim", "--profile", trainable / "p.json"))
    profile = json.loads((trainable / "p.json").read_text())
    assert profile["steps"] == 3
    assert profile["rows"] and all(row["ms"] > 0 for row in profile["rows"])


def test_says_what_the_model_or_the_machine_lacks(trainable):
    def explain(*arguments):
        code, _, err = oracle.Run(*arguments).outcome()
        assert code == 1 and err.count("\n") == 1, err
        return err

    oracle.dlc("compile", trainable / "model.keras", "-o", trainable / "host.dlc")
    assert "compile it with --target cuda:sm_80" in explain(
        *fit(trainable, "sim", model="host.dlc"))
    oracle.dlc("compile", trainable / "model.keras", "--target", "cuda:sm_80",
               "-o", trainable / "cuda.dlc")
    assert "compile it with --target host" in explain(*fit(trainable, "host", model="cuda.dlc"))
    assert "the devices are host, cuda, cuda:N and sim" in explain(*fit(trainable, "gpu"))


def test_a_fault_leaves_what_was_trained(trainable):
    # Late enough to be in a graph.
    arguments = [oracle.DLC, *map(str, fit(trainable, "sim", "--epochs", 50))]
    run = subprocess.run(arguments, capture_output=True, text=True, timeout=600,
                         env=os.environ | {"DLC_PTX_SIM_FAULT": "60"})
    assert run.returncode == 1
    assert 'program "train": launch "' in run.stderr, run.stderr
    assert "CUDA_ERROR_ILLEGAL_ADDRESS" in run.stderr, run.stderr
    assert not (trainable / "out.keras").exists()
    rescued = trainable / "out.rescued.keras"
    assert str(rescued) in run.stderr, run.stderr
    keras.saving.load_model(rescued)


@pytest.mark.parametrize("seed", [1, 2])
def test_dropout_masks_are_those_of_the_host(seed, tmp_path):
    """Philox is the same integers everywhere: bit for bit, also the factor."""
    model = keras.Sequential([keras.Input((1000,)), keras.layers.Dropout(0.3)])
    model.compile(optimizer="sgd", loss="mse")
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", x=np.ones((7, 1000), "float32"),
             y=np.zeros((7, 1000), "float32"))
    gradients = {}
    for device, of in (("host", seed), ("sim", seed), ("other", seed + 2)):
        oracle.dlc("gradients", tmp_path / "model.keras", "--data", tmp_path / "data.npz",
                   "--batch", 7, "--seed", of, "-o", tmp_path / f"{device}.npz",
                   "--device", "host" if device == "other" else device)
        arrays = oracle.load_npz(tmp_path / f"{device}.npz")
        (gradients[device],) = [value for name, value in arrays.items() if name.startswith("x_")]
    assert 0.25 < np.mean(gradients["host"] == 0) < 0.35
    assert gradients["host"].tobytes() == gradients["sim"].tobytes()
    assert gradients["host"].tobytes() != gradients["other"].tobytes()
