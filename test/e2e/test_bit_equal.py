# The same bits again: reruns, and the artifact against the model's file. And what
# dropout drops.
import io
import zipfile

import h5py
import keras
import numpy as np
import pytest

import oracle


@pytest.fixture
def trainable(tmp_path):
    """A model with dropout and BatchNormalization, and data for it."""
    keras.utils.set_random_seed(8)
    model = keras.Sequential([
        keras.Input((12, 12, 2)),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.4),
        keras.layers.Dense(6),
    ])
    model.compile(optimizer="adam", metrics=["accuracy"],
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.save(tmp_path / "model.keras")
    rng = np.random.default_rng(9)
    np.savez(tmp_path / "data.npz", x=rng.normal(size=(70, 12, 12, 2)).astype("float32"),
             y=rng.integers(0, 6, 70).astype("int32"))
    return tmp_path


def weights_of(path):
    """The bytes of every dataset by its path."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = np.asarray(item).tobytes()

    with zipfile.ZipFile(path) as archive:
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
            file.visititems(visit)
    assert found
    return found


def train(folder, model, out, *options):
    oracle.dlc("train", model, "--data", folder / "data.npz", "-o", folder / out,
               "--epochs", 2, "--batch", 16, "--threads", 2, *options)
    return weights_of(folder / out)


def test_reruns_are_bit_equal(trainable):
    first = train(trainable, trainable / "model.keras", "a.keras", "--seed", 3)
    again = train(trainable, trainable / "model.keras", "b.keras", "--seed", 3)
    other = train(trainable, trainable / "model.keras", "c.keras", "--seed", 4)
    assert first == again
    assert first != other


def test_artifact_and_file_are_bit_equal(trainable):
    artifact = trainable / "model.dlc"
    oracle.dlc("compile", trainable / "model.keras", "-o", artifact, "--batch", 16)
    direct = train(trainable, trainable / "model.keras", "a.keras", "--seed", 3)
    ahead = train(trainable, artifact, "b.keras", "--seed", 3)
    assert direct == ahead


def test_compiling_twice_gives_the_same_file(trainable):
    first, again = trainable / "1.dlc", trainable / "2.dlc"
    for path in (first, again):
        oracle.dlc("compile", trainable / "model.keras", "-o", path)
    assert first.read_bytes() == again.read_bytes()


def test_dropout_drops_its_share(tmp_path):
    """With ones in and zeros wanted, each gradient is 0 or 2 / keep^2 / count."""
    x = keras.Input((4000,), name="x")
    model = keras.Model(x, keras.layers.Dropout(0.25)(x))
    model.compile(optimizer="sgd", loss="mean_squared_error")
    model.save(tmp_path / "model.keras")
    ones = np.ones((2, 4000), "float32")
    np.savez(tmp_path / "data.npz", x=ones, y=0 * ones)
    oracle.dlc("gradients", tmp_path / "model.keras", "--data", tmp_path / "data.npz",
               "-o", tmp_path / "g.npz")
    gradient = oracle.load_npz(tmp_path / "g.npz")["x_x"]
    kept = gradient != 0
    assert abs(kept.mean() - 0.75) < 0.025  # five standard deviations
    assert (kept[0] != kept[1]).any()
    np.testing.assert_allclose(gradient[kept], 2 / 0.75**2 / 8000, rtol=1e-5)
