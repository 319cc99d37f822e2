# Convolutions by cuDNN: steps with its stand-in on ptx-sim beside Keras, and what is said and left
# out where there is none.
import shutil

import keras
import numpy as np
import pytest
from keras import layers

import oracle
from test_libraries import ALWAYS, SIM, inspect

BATCH = 4
STAND_IN = oracle.ROOT / "build/lib/libptx-sim-cudnn.so.0"


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    """What the tests find does not depend on the machine."""
    monkeypatch.setenv("DLC_CUDNN", str(STAND_IN))
    monkeypatch.setenv("DLC_CUBLASLT", str(oracle.ROOT / "build/lib/libptx-sim-cublaslt.so.0"))


def make(policy="float32"):
    keras.utils.set_random_seed(3)
    keras.config.set_dtype_policy(policy)
    model = keras.Sequential([
        keras.Input((10, 9, 3)),
        layers.Conv2D(8, 3, padding="same", activation="relu", name="same"),
        layers.Conv2D(8, (3, 2), strides=(2, 1), use_bias=False, name="strided"),
        layers.BatchNormalization(name="norm"),
        layers.Conv2D(12, 2, dilation_rate=2, activation="tanh", name="dilated"),
        layers.Conv2D(8, (2, 3), groups=4, padding="same", name="odd"),
        layers.Conv2D(8, 1, groups=2, name="grouped"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(4, dtype="float32", name="last"),
    ], name="convolutions")
    keras.config.set_dtype_policy("float32")
    model.compile(optimizer=keras.optimizers.SGD(1e-2, momentum=0.9), loss="mean_squared_error")
    return model


def save(folder, policy="float32"):
    model = make(policy)
    rng = np.random.default_rng(5)
    # The last batch is a smaller one: its images are described anew.
    x = rng.normal(size=(3 * BATCH - 1, 10, 9, 3)).astype("float32")
    y = rng.normal(size=(len(x), 4)).astype("float32")
    model.save(folder / "model.keras")
    np.savez(folder / "data.npz", x=x, y=y)
    return model, [(x[i:i + BATCH], y[i:i + BATCH]) for i in range(0, len(x), BATCH)]


# ConvolutionTest.cpp has tf32 and float16.
@pytest.mark.parametrize("policy,precision,losses,weights", [
    ("float32", "ieee", 1e-5, 1e-4),
    ("mixed_bfloat16", "ieee", 3e-2, 6e-2),
])
def test_trains_as_keras(policy, precision, losses, weights, tmp_path):
    model, batches = save(tmp_path, policy)
    trained, history = oracle.train(tmp_path / "model.keras", tmp_path / "data.npz", tmp_path,
                                    *ALWAYS, "--float32-precision", precision, batch=BATCH)
    oracle.assert_losses(history["batch_loss"], oracle.keras_batches(model, batches), losses)
    oracle.assert_weights(trained, model, weights)


def test_each_convolution_is_the_librarys(tmp_path):
    """All but those whose padding differs by side; their gradients too, but for that of the
    images."""
    save(tmp_path)
    options = ("--target", "cuda", "--batch", BATCH)
    step = inspect(tmp_path / "model.keras", *options, "--libraries", "always")
    by = {(row["pattern"], row["layers"][0].split()[-1]): row["by"] for row in step["rows"]
          if row["pattern"].startswith("conv2d")}
    for name in ("same", "strided", "dilated", "grouped", "odd"):
        wanted = None if name == "odd" else "cuDNN"
        assert by["conv2d", name] == by["conv2d_kernel_grad", name] == wanted, by
        assert name == "same" or by["conv2d_input_grad", name] == wanted, by
    own = inspect(tmp_path / "model.keras", *options, "--libraries", "none")
    assert own["library_calls"] == 0 and not any(row["by"] for row in own["rows"])
    assert own == inspect(tmp_path / "model.keras", *options)
    text = oracle.dlc("inspect", tmp_path / "model.keras", *options, "--libraries", "always",
                      "--explain")
    assert "by cuDNN" in text and "which cuDNN computes" in text


def test_large_convolutions_on_a_new_gpu(tmp_path, monkeypatch):
    """Where the library is, and its time is expected to be less: on an H100, not on an A100."""
    model = keras.Sequential([
        keras.Input((28, 28, 256)),
        layers.Conv2D(256, 3, padding="same", activation="relu"),
        layers.Conv2D(256, 3, padding="same"),
        layers.GlobalAveragePooling2D()])
    model.compile(optimizer="sgd", loss="mean_squared_error")
    model.save(tmp_path / "model.keras")

    def convolutions(target, *options):
        text = oracle.dlc("compile", tmp_path / "model.keras", "--emit", "plan", "--target", target,
                          "--batch", 64, "--float32-precision", "tf32", *options)
        step = text.split("func.func @train")[1].split("func.func")[0]
        return step.count('kernel.by = "cudnn"')
    # Both forward and both kernels' gradients; the images' one, whose chain goes on with what the
    # relu hands back and adds up a bias' gradient, is to be written and read again.
    assert convolutions("cuda:sm_90") == 4
    assert convolutions("cuda:sm_90", "--libraries", "none") == convolutions("cuda:sm_80") == 0
    monkeypatch.setenv("DLC_CUDNN", str(tmp_path))
    assert convolutions("cuda:sm_90") == 0


def test_a_file_says_what_computes_it(tmp_path):
    """What is compiled is what runs: bit by bit in this process, two steps a launch, and from a
    file, which needs the library."""
    save(tmp_path)
    def compile(name, *options):
        oracle.dlc("compile", tmp_path / "model.keras", "-o", tmp_path / name, "--target", "cuda",
                   "--batch", BATCH, *options)
        return (tmp_path / name).read_bytes()
    assert b'"library":"cudnn"' in compile("always.dlc", "--libraries", "always")
    assert b"cudnn" not in compile("none.dlc", "--libraries", "none")
    data = tmp_path / "data.npz"
    (tmp_path / "here").mkdir()
    _, from_file = oracle.train(tmp_path / "always.dlc", data, tmp_path, "--device", "sim",
                                batch=BATCH)
    _, in_process = oracle.train(tmp_path / "model.keras", data, tmp_path / "here", *ALWAYS,
                                 "--steps-per-launch", 2, batch=BATCH)
    assert from_file["batch_loss"] == in_process["batch_loss"]


def test_a_machine_without_it(tmp_path, monkeypatch):
    save(tmp_path)
    for library in (SIM, SIM.with_name("libptx-sim-cublaslt.so.0")):
        shutil.copy(library, tmp_path / library.name)
    monkeypatch.setenv("DLC_PTX_SIM", str(tmp_path / SIM.name))
    run = oracle.Run("train", tmp_path / "model.keras", "--data", tmp_path / "data.npz", "-o",
                     tmp_path / "trained.keras", "--batch", BATCH, *ALWAYS)
    code, _, err = run.outcome()
    assert code == 1 and not (tmp_path / "trained.keras").exists()
    assert "launch \"" in err and "cuDNN" in err and "cannot be opened" in err
    assert "compile the model again with --libraries none" in err
