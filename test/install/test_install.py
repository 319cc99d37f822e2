# Installs into an empty prefix and consumes the package as a stranger would.
import os
import pathlib
import subprocess

import keras
import numpy as np
import pytest

import models
import oracle

BUILD = pathlib.Path(oracle.DLC).parent.parent


def run(*arguments, **options):
    done = subprocess.run([str(a) for a in arguments], text=True, capture_output=True, **options)
    assert done.returncode == 0, f"{arguments}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BUILD, "--prefix", folder)
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A compiled model's file and data."""
    folder = tmp_path_factory.mktemp("work")
    model = models.tiny()
    oracle.randomize(model)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mean_squared_error")
    model.save(folder / "model.keras")
    rng = np.random.default_rng(18)
    np.savez(folder / "data.npz", x=rng.normal(size=(64, 6)).astype("float32"),
             y=rng.normal(size=(64, 4)).astype("float32"))
    return folder


def build(source, folder, prefix, compiler):
    run("cmake", "-G", "Ninja", "-S", source, "-B", folder, f"-DCMAKE_CXX_COMPILER={compiler}",
        "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("ninja", "-C", folder)


@pytest.fixture(scope="module")
def examples(prefix, tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    build(oracle.ROOT / "examples", folder, prefix, "clang++-22")
    return folder


def test_example_trains_and_saves(examples, work):
    out = run(examples / "train", work / "model.keras", work / "data.npz", work / "a.keras", "3")
    losses = [float(line.split()[-1]) for line in out.splitlines() if line.startswith("epoch")]
    assert len(losses) == 3 and losses[2] < losses[0]
    trained = keras.saving.load_model(work / "a.keras")
    assert int(trained.optimizer.iterations) == 6


def test_example_in_c(examples, prefix, work, tmp_path):
    """dlc.h is C11 to both compilers, and what c_api trains is loaded by Keras."""
    for compiler in ("gcc", "clang-22"):
        run(compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only",
            "-I", prefix / "include/dlc", oracle.ROOT / "examples/c_api.c")
    out = run(examples / "c_api", work / "model.keras", tmp_path / "c.keras").splitlines()
    losses = [float(line.split()[-1]) for line in out if line.startswith("epoch")]
    assert len(losses) == 3 and losses[2] < losses[0]
    assert out[3].startswith("first of 64 outputs: ")
    assert int(keras.saving.load_model(tmp_path / "c.keras").optimizer.iterations) == 6
    # LLVM comes with the compiler, when a model is compiled.
    linked = run("ldd", examples / "c_api")
    assert "libdlc-c" in linked and "libdlc-compiler" not in linked and "LLVM" not in linked
    done = subprocess.run([examples / "c_api", tmp_path / "gone.keras", tmp_path / "d.keras"],
                          text=True, capture_output=True)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {tmp_path}/gone.keras: "), done.stderr


def test_only_the_c_functions_are_exported(prefix):
    """Others would be found in place of the compiler's own functions of the same name."""
    library = next((prefix / "lib").rglob("libdlc-c.so"))
    symbols = run("nm", "-D", "--defined-only", library).split("\n")
    names = {line.split()[-1] for line in symbols if line}
    assert names and all(name.startswith("dlc_") for name in names), names


def test_example_transfers(examples, work, tmp_path):
    base = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, activation="tanh", name="hidden"),
                             keras.layers.Dense(4, name="old")])
    base.save(tmp_path / "base.keras")
    rng = np.random.default_rng(19)
    x = rng.normal(size=(64, 6)).astype("float32")
    np.savez(tmp_path / "data.npz", x=x, y=(x[:, 0] > 0).astype("int32"))
    out = run(examples / "transfer", tmp_path / "base.keras", tmp_path / "data.npz", tmp_path / "t.keras")
    losses = [float(line.split(" loss ")[1].split()[0]) for line in out.splitlines()]
    assert len(losses) == 3 and losses[2] < losses[0]
    trained = keras.saving.load_model(tmp_path / "t.keras")
    assert [layer.name for layer in trained.layers[1:]] == ["hidden", "features", "dropout", "head"]
    assert not trained.get_layer("hidden").trainable and trained.get_layer("head").trainable
    np.testing.assert_array_equal(trained.get_layer("hidden").get_weights()[0],
                                  base.get_layer("hidden").get_weights()[0])


def test_artifact_trains_without_llvm(examples, prefix, work):
    run(prefix / "bin/dlc", "compile", work / "model.keras", "-o", work / "model.dlc")
    program = examples / "train_compiled"
    run(program, work / "model.dlc", work / "data.npz", work / "b.keras")
    assert keras.saving.load_model(work / "b.keras").optimizer.iterations == 2
    linked = run("ldd", program)
    assert "libdlc-runtime" in linked
    assert "LLVM" not in linked and "MLIR" not in linked, linked


def test_threads_share_a_session(examples, prefix, work):
    run(prefix / "bin/dlc", "compile", work / "model.keras", "-o", work / "model.dlc")
    x = np.load(work / "data.npz")["x"]
    wanted = keras.saving.load_model(work / "model.keras").predict(x, verbose=0)[:, 0].mean()
    for threads in (1, 3):
        out = run(examples / "serve", work / "model.dlc", work / "data.npz", threads)
        assert abs(float(out.split()[-1]) - wanted) < 1e-5, out


def test_artifact_trains_on_a_gpu_without_compiler(examples, prefix, tmp_path):
    """The software GPU runs the PTX in the file; the program has no compiler."""
    model = models.seed_cnn()
    model.compile(optimizer="adam", metrics=["accuracy"],
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.save(tmp_path / "model.keras")
    rng = np.random.default_rng(22)
    x = rng.normal(size=(10, 28, 28, 1)).astype("float32")
    y = rng.integers(0, 10, 10).astype("int32")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    run(prefix / "bin/dlc", "compile", tmp_path / "model.keras", "--target", "cuda:sm_80",
        "--float32-precision", "ieee", "-o", tmp_path / "model.dlc")
    run(examples / "train_compiled", tmp_path / "model.dlc", tmp_path / "data.npz",
        tmp_path / "trained.keras", "sim")
    oracle.keras_batches(model, [(x, y)])
    oracle.assert_weights(tmp_path / "trained.keras", model, 1e-4)


def test_one_openmp_runtime_in_a_gcc_program(prefix, work, tmp_path):
    build(oracle.ROOT / "test/install/program", tmp_path / "build", prefix, "g++")
    out = run(tmp_path / "build/embedding", work / "model.keras", work / "data.npz",
              tmp_path / "c.keras", env={**os.environ, "OMP_NUM_THREADS": "2"})
    lines = out.splitlines()
    assert lines.count("threads 2") == 2, out
    mapped = {os.path.realpath(line.split()[1]) for line in lines if line.startswith("mapped")}
    assert len(mapped) == 1, out
    assert "llvm" in mapped.pop()


def test_installed_headers_stand_alone(prefix, tmp_path):
    """Each public header compiles by itself, with nothing of LLVM in sight."""
    headers = sorted((prefix / "include/dlc").rglob("*.h"))
    assert headers
    for header in headers:
        source = tmp_path / "one.cpp"
        source.write_text(f'#include "{header.relative_to(prefix / "include/dlc")}"\n')
        run("g++", "-std=c++20", "-fsyntax-only", "-I", prefix / "include/dlc", source)
