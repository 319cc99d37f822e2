# The steps on ptx-sim, a GPU in software, beside those on the host.
import json
import os
import re
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


def test_a_gpu_that_answers_is_the_default(trainable, tmp_path):
    """ptx-sim in the place of the driver. NVRTC asks the driver for more than that has, so
    the code is in the cache before."""
    (tmp_path / "driver").mkdir()
    (tmp_path / "driver/libcuda.so.1").symlink_to(oracle.ROOT / "build/lib/libptx-sim.so.0")
    # So little memory that nothing runs there.
    variables = {"LD_LIBRARY_PATH": str(tmp_path / "driver"), "DLC_PTX_SIM_MEMORY": "1"}
    model = [trainable / "model.keras", "--cache-dir", tmp_path / "cache"]

    def say(*arguments, **variables):
        return subprocess.run([oracle.DLC, *map(str, arguments)], capture_output=True, text=True,
                              env=os.environ | variables, check=True).stdout

    found = json.loads(say("doctor", "--json", "-", **variables))
    assert found["gpu"]["devices"] == [{"name": "ptx-sim", "target": "cuda:sm_80"}]
    assert found["target"] == "cuda" and found["reason"].startswith("ptx-sim answers")
    asked = json.loads(say("inspect", *model, "--target", "cuda", "--json", "-"))
    assert json.loads(say("inspect", *model, "--json", "-", **variables)) == asked

    def train(device, *options, model="model.dlc"):
        return run_on_sim(fit(trainable, device, *options, model=model), **variables)

    code, err = train("auto")
    assert code == 1 and 'GPU "ptx-sim": has 1 bytes' in err, err
    assert train("host")[0] == 0
    assert train("auto", "--target", "host", model="model.keras")[0] == 0


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
    for phase in "plan", "cuda", "ptx":
        assert "sm_999: is not known to NVRTC" in explain(
            "compile", trainable / "model.keras", "--target", "cuda:sm_999", "--emit", phase)
    assert "is compiled already" in explain("compile", trainable / "cuda.dlc", "--emit", "ptx")


def run_on_sim(arguments, **variables):
    """(exit code, standard error) with the simulator's variables set."""
    run = subprocess.run([oracle.DLC, *map(str, arguments)], capture_output=True, text=True,
                         timeout=600, env=os.environ | variables)
    return run.returncode, run.stderr


def weights_of(file):
    return [weight.numpy() for weight in keras.saving.load_model(file).weights]


def test_a_fault_leaves_what_was_trained(trainable):
    # Late enough to be in a graph.
    code, err = run_on_sim(fit(trainable, "sim", "--epochs", 50, "--rescue-seconds", 0),
                           DLC_PTX_SIM_FAULT="60")
    assert code == 1
    assert 'program "train": launch "' in err, err
    assert "CUDA_ERROR_ILLEGAL_ADDRESS" in err, err
    assert "those of 1 steps before" in err, err
    assert not (trainable / "out.keras").exists()
    rescued = trainable / "out.rescued.keras"
    assert str(rescued) in err, err
    # They are those after the step before the fault, which is not the first one.
    steps = int(keras.saving.load_model(rescued).optimizer.iterations)
    assert steps > 1
    oracle.dlc(*fit(trainable, "sim", "--epochs", 50, "--steps", steps))
    for left, right in zip(weights_of(rescued), weights_of(trainable / "out.keras")):
        np.testing.assert_array_equal(left, right)


def test_a_fault_tells_how_far_behind_the_weights_are(trainable):
    code, err = run_on_sim(fit(trainable, "sim", "--epochs", 50, "--rescue-seconds", 3600),
                           DLC_PTX_SIM_FAULT="60")
    assert code == 1
    behind = int(re.search(r"those of (\d+) steps before", err).group(1))
    assert behind > 1, err
    first = keras.saving.load_model(trainable / "out.rescued.keras")
    assert int(first.optimizer.iterations) == 0


def test_too_little_memory_says_which_batch_fits(trainable):
    def train(batch, memory):
        return run_on_sim(fit(trainable, "sim", "--batch", batch, model="model.keras"),
                          DLC_PTX_SIM_MEMORY=str(memory))

    _, err = train(64, 1)
    memory = int(re.search(r"batches of 64 need (\d+) bytes", err).group(1)) - 1
    code, err = train(64, memory)
    assert code == 1 and err.count("\n") == 1, err
    assert (f'GPU "ptx-sim": has {memory} bytes of {memory} bytes free but batches of 64 need'
            in err)
    for part in ("for weights and optimizer state", "for a step", "at its fullest", "for inputs"):
        assert part in err, err
    assert not (trainable / "out.keras").exists()
    batch = int(re.search(r"with --batch (\d+), which should fit", err).group(1))
    assert 1 <= batch < 64
    # Room for the driver's own needs, which are not in the sum.
    code, err = train(batch, memory + 32000)
    assert code == 0, err


def test_steps_at_a_launch_change_no_bit(trainable):
    def train(device, *options):
        oracle.dlc(*fit(trainable, device, "--epochs", 2, "--batch", 8, "--validation-split", 0.25,
                        "--seed", 5, *options))
        return json.loads((trainable / "h.json").read_text()), weights_of(trainable / "out.keras")

    # 75 samples train: 9 full batches an epoch and one of 3.
    for device in ("host", "sim"):
        for limit in ([], ["--steps", 13]):
            one = train(device, "--steps-per-launch", 1, *limit)
            several = train(device, "--steps-per-launch", 4, *limit)
            assert len(one[0]["batch_loss"]) == (13 if limit else 20)
            assert several[0] == one[0]
            for left, right in zip(several[1], one[1]):
                np.testing.assert_array_equal(left, right)


def test_steps_at_a_launch_come_from_keras(trainable):
    """steps_per_execution of compile, unless the option says otherwise."""
    model = keras.saving.load_model(trainable / "model.keras")
    model.compile(optimizer="adam", loss="mse", steps_per_execution=4)
    model.save(trainable / "four.keras")
    rng = np.random.default_rng(20)
    np.savez(trainable / "data.npz", x=rng.normal(size=(64, 6)).astype("float32"),
             y=rng.normal(size=(64, 4)).astype("float32"))

    def train(memory, *options):
        return run_on_sim(fit(trainable, "sim", "--batch", 4, *options, model="four.keras"),
                          DLC_PTX_SIM_MEMORY=str(memory))

    # A device with room for one step's inputs says how many there were to be.
    _, err = train(1)
    memory = int(re.search(r"need (\d+) bytes", err).group(1)) + 2048
    code, err = train(memory)
    assert code == 1 and "inputs of 4 steps at a launch" in err, err
    assert "choose --steps-per-launch 2, which should fit" in err, err
    code, err = train(memory, "--steps-per-launch", 9)
    assert code == 1 and "inputs of 9 steps at a launch" in err, err
    assert train(10_000_000)[0] == 0
    assert train(10_000_000, "--steps-per-launch", 0)[0] == 2


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
