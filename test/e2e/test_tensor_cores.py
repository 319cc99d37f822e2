# Training with products on tensor cores: three steps on ptx-sim beside Keras, whose
# products are exact, as far as rounding to tf32 lets them agree.
import re

import keras
import numpy as np
import pytest

import models
import oracle

BATCH, STEPS = 4, 3
# What losses and weights may be apart: a bias is a sum that nearly cancels.
TOLERANCE = {"tf32": (1e-2, 3e-2), "tf32x3": (1e-4, 1e-4)}


@pytest.fixture(scope="module")
def seed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tensor")
    keras.utils.set_random_seed(3)
    model = models.seed_cnn()
    # SGD, not Adam, which divides small differences by small gradients.
    model.compile(optimizer=keras.optimizers.SGD(1e-2, momentum=0.9),
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rng = np.random.default_rng(5)
    x = rng.normal(size=(BATCH * STEPS - 1, *model.input_shape[1:])).astype("float32")
    y = rng.integers(0, 10, len(x)).astype("int32")
    model.save(folder / "model.keras")
    np.savez(folder / "data.npz", x=x, y=y)
    batches = [(x[i:i + BATCH], y[i:i + BATCH]) for i in range(0, len(x), BATCH)]
    return folder, model, oracle.keras_batches(model, batches)


@pytest.mark.parametrize("precision", TOLERANCE)
def test_seed_cnn(precision, seed, tmp_path):
    folder, model, losses = seed
    trained, history = oracle.train(folder / "model.keras", folder / "data.npz", tmp_path,
                                    "--device", "sim", "--float32-precision", precision,
                                    batch=BATCH)
    oracle.assert_losses(history["batch_loss"], losses, TOLERANCE[precision][0])
    oracle.assert_weights(trained, model, TOLERANCE[precision][1])


def count_operations(kernel):
    """Of a warp by tensor cores, and bytes of a lane that it loads from shared memory for
    them, in the instructions of a kernel of PTX."""
    shapes = re.findall(r"mma\.sync\.aligned\.m(\d+)n(\d+)k(\d+)", kernel)
    loads = re.findall(r"ldmatrix\.sync\.aligned\.m8n8\.x4|ld\.shared\.v4\.u32", kernel)
    return sum(2 * int(m) * int(n) * int(k) for m, n, k in shapes), 16 * len(loads)


@pytest.mark.parametrize("policy,least", [("float32", 8), ("mixed_bfloat16", 16)])
def test_operations_of_a_byte(policy, least, seed, tmp_path):
    """At least 128 for a byte of a lane's load, and for a byte of shared memory what an A100
    computes in the time in which it gives one."""
    text = oracle.dlc("compile", seed[0] / "model.keras", "--target", "cuda", "--emit", "ptx",
                      "--dtype-policy", policy, "--float32-precision", "tf32")
    kernels = [kernel for kernel in text.split(".entry")[1:] if "mma.sync" in kernel]
    assert kernels
    for kernel in kernels:
        operations, loaded = count_operations(kernel)
        assert operations >= 128 * loaded > 0
        assert operations >= least * 32 * loaded


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_operations_of_attention(policy, tmp_path):
    """At least 128 for a byte of a lane's load. Why some have less for one of shared memory than
    an A100 computes meanwhile is told in docs/compiler/EmitCudaRoutines.md."""
    models.transformer(sequence=128, width=256, blocks=1).save(tmp_path / "model.keras")
    text = oracle.dlc("compile", tmp_path / "model.keras", "--target", "cuda", "--emit", "ptx",
                      "--dtype-policy", policy, "--float32-precision", "tf32")
    # Softmax between two products.
    kernels = [kernel for kernel in text.split(".entry")[1:]
               if "mma.sync" in kernel and "ex2" in kernel]
    assert kernels
    for kernel in kernels:
        operations, loaded = count_operations(kernel)
        assert operations >= 128 * loaded > 0


def test_artifact_says_it(seed, tmp_path):
    """Each contraction's configuration is in the file, and a file is as it was compiled."""
    folder = seed[0]
    for precision, count in (("tf32", True), ("ieee", False)):
        oracle.dlc("compile", folder / "model.keras", "-o", tmp_path / "m.dlc", "--target",
                   "cuda", "--float32-precision", precision)
        assert (b'\\"precision\\":\\"tf32\\"' in (tmp_path / "m.dlc").read_bytes()) == count
    code, _, err = oracle.Run("inspect", tmp_path / "m.dlc",
                              "--float32-precision", "tf32").outcome()
    assert code == 1 and "--float32-precision changes how a model is compiled" in err
