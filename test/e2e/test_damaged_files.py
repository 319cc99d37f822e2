# Damaged files of each kind that dlc reads, 1,000 of each with --full: it may
# refuse one in a line or make sense of it, but never die, hang or take all memory.
import concurrent.futures
import gzip
import resource
import shutil
import struct
import subprocess
import zipfile

import keras
import numpy as np
import pytest

import damage
import models
import oracle

ADDRESS_SPACE = 8 << 30  # bytes; a good run maps less than 2 GiB
TIME_LIMIT = 120  # s, a hundred times what a good run takes


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Files that dlc takes, to be damaged one at a time."""
    folder = tmp_path_factory.mktemp("good")
    model = models.tiny()
    model.compile("sgd", "mse")
    model.save(folder / "model.keras")
    model.save(folder / "model.h5")
    oracle.dlc("compile", folder / "model.keras", "-o", folder / "model.dlc")
    oracle.dlc("import", folder / "model.keras", "-o", folder / "model.mlir")
    x = np.random.default_rng(3).normal(size=(5, 6)).astype("float32")
    np.save(folder / "x.npy", x)
    np.savez_compressed(folder / "x.npz", x=x)

    image = keras.Sequential([keras.Input((4, 3, 1)), keras.layers.Flatten(),
                              keras.layers.Dense(2)])
    image.save(folder / "image.keras")
    oracle.dlc("compile", folder / "image.keras", "-o", folder / "image.dlc")
    images = struct.pack(">IIII", 0x803, 5, 4, 3) + bytes(range(60))
    (folder / "images").write_bytes(images)
    (folder / "images.gz").write_bytes(gzip.compress(images, mtime=0))
    return folder


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


def run(arguments, out):
    """Runs a command that writes `out`; whether it took the file. Anything but
    success or one line of refusal is a failure."""
    done = subprocess.run([oracle.DLC, *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=TIME_LIMIT, preexec_fn=limit_memory)
    stderr = done.stderr.decode(errors="replace")
    assert done.returncode in (0, 1), f"exit code {done.returncode}\n{stderr}"
    errors = [line for line in stderr.splitlines() if line.startswith("dlc: error: ")]
    assert len(errors) == done.returncode, stderr
    assert not errors or stderr.splitlines()[-1] == errors[0], stderr
    assert out is None or out.exists() == (done.returncode == 0), stderr
    return done.returncode == 0


def read_members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_archive(path, contents):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)


# One damaged file of a kind: each function writes it into `folder` and runs what
# reads it.


def try_keras(good, folder, seed):
    file = folder / "model.keras"
    file.write_bytes(damage.damage_bytes((good / "model.keras").read_bytes(), seed))
    return run(["import", file, "-o", folder / "out.mlir"], folder / "out.mlir")


def try_config(good, folder, seed):
    members = read_members(good / "model.keras")
    members["config.json"] = damage.damage_json(members["config.json"].decode(), seed)
    write_archive(folder / "model.keras", members)
    return run(["predict", folder / "model.keras", "--data", good / "x.npz",
                "-o", folder / "y.npz"], folder / "y.npz")


def try_weights(good, folder, seed):
    members = read_members(good / "model.keras")
    members["model.weights.h5"] = damage.damage_bytes(members["model.weights.h5"], seed)
    write_archive(folder / "model.keras", members)
    return run(["import", folder / "model.keras", "-o", folder / "out.mlir"], folder / "out.mlir")


def try_legacy(good, folder, seed):
    file = folder / "model.h5"
    file.write_bytes(damage.damage_bytes((good / "model.h5").read_bytes(), seed))
    return run(["import", file, "-o", folder / "out.mlir"], folder / "out.mlir")


def try_layer_file(good, folder, seed):
    for name in ("model.mlir", "model.weights.h5"):
        shutil.copy(good / name, folder)
    file = folder / "model.mlir"
    file.write_bytes(damage.damage_bytes(file.read_bytes(), seed))
    return run(["compile", file, "-o", folder / "out.dlc", "--batch", 4], folder / "out.dlc")


def try_artifact(good, folder, seed):
    file = folder / "model.dlc"
    file.write_bytes(damage.damage_bytes((good / "model.dlc").read_bytes(), seed))
    taken = run(["predict", file, "--data", good / "x.npz", "-o", folder / "y.npz"],
                folder / "y.npz")
    assert not taken, "a changed artifact was taken"
    return taken


def try_arrays(good, folder, seed, name):
    file = folder / name
    file.write_bytes(damage.damage_bytes((good / name).read_bytes(), seed))
    return run(["predict", good / "model.dlc", "--data", file, "-o", folder / "y.npz"],
               folder / "y.npz")


def try_npy(good, folder, seed):
    return try_arrays(good, folder, seed, "x.npy")


def try_npz(good, folder, seed):
    return try_arrays(good, folder, seed, "x.npz")


def try_idx(good, folder, seed):
    suffix = ".gz" if int(seed[-1]) % 2 else ""
    file = folder / f"t10k-images-idx3-ubyte{suffix}"
    file.write_bytes(damage.damage_bytes((good / f"images{suffix}").read_bytes(), seed))
    return run(["predict", good / "image.dlc", "--data", folder, "-o", folder / "y.npz"],
               folder / "y.npz")


KINDS = {"keras": try_keras, "config": try_config, "weights": try_weights,
         "legacy": try_legacy, "mlir": try_layer_file, "dlc": try_artifact, "npy": try_npy, "npz": try_npz,
         "idx": try_idx}


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files(good, tmp_path, request, kind):
    count = 1000 if request.config.getoption("--full") else 40

    def try_one(index):
        folder = tmp_path / str(index)
        folder.mkdir()
        seed = f"{kind} {index}"
        try:
            return KINDS[kind](good, folder, seed)
        except (AssertionError, subprocess.TimeoutExpired) as problem:
            return f"{kind} with the seed {seed!r}: {problem}"
        finally:
            shutil.rmtree(folder)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(try_one, range(count)))
    problems = [result for result in results if isinstance(result, str)]
    assert not problems, f"{len(problems)} of {count}:\n" + "\n".join(problems[:10])
    # Not all can pass by chance, or the damage did not reach the reader.
    assert not all(results)


def test_undamaged_files(good, tmp_path, monkeypatch):
    """Each kind is taken when nothing is changed: the tests above refuse damage."""
    monkeypatch.setattr(damage, "damage_bytes", lambda raw, seed: raw)
    monkeypatch.setattr(damage, "damage_json", lambda text, seed: text.encode())
    for kind, try_kind in KINDS.items():
        folder = tmp_path / kind
        folder.mkdir()
        if kind == "dlc":
            with pytest.raises(AssertionError, match="was taken"):
                try_kind(good, folder, "0")
        else:
            assert try_kind(good, folder, "0"), kind
