# Products by cuBLASLt: three steps with its stand-in on ptx-sim beside Keras, and what is
# said and left out where there is none.
import json
import pathlib
import shutil

import keras
import numpy as np
import pytest
from keras import layers

import models
import oracle

BATCH, STEPS = 16, 3
SIM = oracle.ROOT / "build/lib/libptx-sim.so.0"
STAND_IN = oracle.ROOT / "build/lib/libptx-sim-cublaslt.so.0"
ALWAYS = ("--libraries", "always", "--device", "sim")


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    """What the tests find does not depend on the machine."""
    monkeypatch.setenv("DLC_CUBLASLT", str(STAND_IN))


def make(width, policy="float32"):
    keras.utils.set_random_seed(3)
    keras.config.set_dtype_policy(policy)
    model = keras.Sequential([
        keras.Input((width,)),
        layers.Dense(width, activation="relu", name="one"),
        layers.Dense(width, activation="tanh", name="two"),
        layers.Dense(4, dtype="float32", name="three"),
    ], name="dense")
    keras.config.set_dtype_policy("float32")
    model.compile(optimizer=keras.optimizers.SGD(1e-2, momentum=0.9),
                  loss="mean_squared_error")
    return model


def save(folder, width=24, policy="float32"):
    model = make(width, policy)
    rng = np.random.default_rng(5)
    # The last batch is a smaller one: it has products of its own sizes.
    x = rng.normal(size=(BATCH * STEPS - 3, width)).astype("float32")
    y = rng.normal(size=(len(x), 4)).astype("float32")
    model.save(folder / "model.keras")
    np.savez(folder / "data.npz", x=x, y=y)
    batches = [(x[i:i + BATCH], y[i:i + BATCH]) for i in range(0, len(x), BATCH)]
    return model, batches


def inspect(path, *options):
    return json.loads(oracle.dlc("inspect", path, "--json", "-", *options))["train"]


@pytest.mark.parametrize("policy,precision,losses,weights", [
    ("float32", "ieee", 1e-5, 1e-4),
    ("float32", "tf32", 1e-2, 3e-2),
    ("mixed_bfloat16", "ieee", 3e-2, 5e-2),
    ("mixed_float16", "ieee", 1e-2, 3e-2),
])
def test_trains_as_keras(policy, precision, losses, weights, tmp_path):
    model, batches = save(tmp_path, policy=policy)
    trained, history = oracle.train(tmp_path / "model.keras", tmp_path / "data.npz", tmp_path,
                                    *ALWAYS, "--float32-precision", precision, batch=BATCH)
    oracle.assert_losses(history["batch_loss"], oracle.keras_batches(model, batches), losses)
    oracle.assert_weights(trained, model, weights)


def test_trains_a_transformer(tmp_path):
    """Projections of sequences, and their gradients, which go over samples and places."""
    keras.utils.set_random_seed(1)
    model = models.transformer(blocks=1)
    model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mean_squared_error")
    rng = np.random.default_rng(0)
    x = rng.integers(0, 30, (12, 12)).astype("int32")
    y = rng.normal(size=(12, 10)).astype("float32")
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    trained, history = oracle.train(tmp_path / "model.keras", tmp_path / "data.npz", tmp_path,
                                    *ALWAYS, batch=5)
    batches = [(x[i:i + 5], y[i:i + 5]) for i in range(0, len(x), 5)]
    oracle.assert_losses(history["batch_loss"], oracle.keras_batches(model, batches), 1e-4)
    oracle.assert_weights(trained, model, 1e-3)


def test_each_product_is_the_librarys(tmp_path):
    """Three layers forward, and backward two inputs and three kernels; no more where it is left
    out."""
    save(tmp_path)
    options = ("--target", "cuda", "--batch", BATCH)
    step = inspect(tmp_path / "model.keras", *options, "--libraries", "always")
    rows = [row for row in step["rows"] if row["by"]]
    assert step["library_calls"] == len(rows) == 8
    assert {row["by"] for row in rows} == {"cuBLASLt"} and {row["pattern"] for row in rows} == {"dot"}
    assert all(any("Dense" in layer for layer in row["layers"]) for row in rows)
    own = inspect(tmp_path / "model.keras", *options, "--libraries", "none")
    assert own["library_calls"] == 0 and not any(row["by"] for row in own["rows"])
    assert own == inspect(tmp_path / "model.keras", *options)
    text = oracle.dlc("inspect", tmp_path / "model.keras", *options, "--libraries", "always",
                      "--explain")
    assert "by cuBLASLt" in text and "which cuBLASLt computes" in text


def test_large_products_on_a_new_gpu(tmp_path, monkeypatch):
    """Where the library is, and its time is expected to be less: on an H100, not on an A100."""
    make(2048).save(tmp_path / "model.keras")

    def products(target, *options):
        text = oracle.dlc("compile", tmp_path / "model.keras", "--emit", "plan", "--target", target,
                          "--batch", 1024, "--float32-precision", "tf32", *options)
        step = text.split("func.func @train")[1].split("func.func")[0]
        return step.count('kernel.by = "cublaslt"')
    # Forward a bias and a relu go along, and of two kernels' gradients nothing goes on. What else
    # does would have to be read again; the last layer is narrow.
    assert products("cuda:sm_90") == 3
    assert products("cuda:sm_90", "--libraries", "none") == products("cuda:sm_80") == 0
    monkeypatch.setenv("DLC_CUBLASLT", str(tmp_path))
    assert products("cuda:sm_90") == 0


def test_a_file_says_what_computes_it(tmp_path, monkeypatch):
    """What is compiled is what runs: bit by bit in this process, two steps a launch, and from a
    file, which needs the library; one that does not is the same wherever it was compiled."""
    save(tmp_path)
    def compile(name, *options):
        oracle.dlc("compile", tmp_path / "model.keras", "-o", tmp_path / name, "--target", "cuda",
                   "--batch", BATCH, *options)
        return (tmp_path / name).read_bytes()
    compile("always.dlc", "--libraries", "always")
    assert b'"library":"cublaslt"' in (tmp_path / "always.dlc").read_bytes()
    data = tmp_path / "data.npz"
    (tmp_path / "here").mkdir()
    _, from_file = oracle.train(tmp_path / "always.dlc", data, tmp_path, "--device", "sim",
                                batch=BATCH)
    _, in_process = oracle.train(tmp_path / "model.keras", data, tmp_path / "here", *ALWAYS,
                                 "--steps-per-launch", 2, batch=BATCH)
    assert from_file["batch_loss"] == in_process["batch_loss"]

    own = compile("none.dlc", "--libraries", "none")
    assert compile("auto.dlc") == own and b"cublaslt" not in own
    monkeypatch.setenv("DLC_CUBLASLT", str(tmp_path))
    assert compile("auto.dlc") == own

    code, _, err = oracle.Run("train", tmp_path / "none.dlc", "--data", data, "-o",
                              tmp_path / "t.keras", "--libraries", "none").outcome()
    assert code == 1 and "--libraries changes how a model is compiled" in err


def test_a_machine_without_it(tmp_path, monkeypatch):
    save(tmp_path)
    shutil.copy(SIM, tmp_path / "libptx-sim.so.0")
    monkeypatch.setenv("DLC_PTX_SIM", str(tmp_path / "libptx-sim.so.0"))
    run = oracle.Run("train", tmp_path / "model.keras", "--data", tmp_path / "data.npz", "-o",
                     tmp_path / "trained.keras", "--batch", BATCH, *ALWAYS)
    code, _, err = run.outcome()
    assert code == 1 and not (tmp_path / "trained.keras").exists()
    assert "launch \"" in err and "cuBLASLt" in err and "cannot be opened" in err
    assert "compile the model again with --libraries none" in err


@pytest.mark.parametrize("name,variable,library", [
    ("cublaslt", "DLC_CUBLASLT", STAND_IN),
    ("cudnn", "DLC_CUDNN", STAND_IN.with_name("libptx-sim-cudnn.so.0")),
])
def test_doctor_names_it(name, variable, library, tmp_path, monkeypatch):
    monkeypatch.setenv(variable, str(library))
    def named():
        return json.loads(oracle.dlc("doctor", "--json", "-"))["gpu"][name]
    assert pathlib.Path(named()) == library and str(library) in oracle.dlc("doctor")
    monkeypatch.setenv(variable, str(tmp_path))
    assert named() == ""
