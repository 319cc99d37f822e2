# dlc export and dlc edit with legacy .h5 files on either side: Keras loads what they
# write and finds the same model in it.
import h5py
import keras
import numpy as np
import pytest

import models
import oracle
from test_legacy import attributes, compiled, nested, predict, save_weights_only
from test_round_trip import as_json

pytestmark = pytest.mark.filterwarnings("ignore:.*HDF5.*", "ignore:.*legacy.*")


def assert_same_weights(loaded, model):
    for ours, theirs in zip(loaded.variables, model.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("name", ["resnet", "two_by_two", "nested"])
@pytest.mark.parametrize("source", ["keras", "mlir"])
def test_export_as_legacy(name, source, tmp_path):
    model = nested() if name == "nested" else getattr(models, name)()
    oracle.randomize(model)
    model.compile("adam", ["mean_squared_error"] * len(model.outputs))
    model.save(tmp_path / "model.keras")
    if source == "mlir":
        oracle.dlc("import", tmp_path / "model.keras", "-o", tmp_path / "model.mlir")
    oracle.dlc("export", tmp_path / f"model.{source}", "-o", tmp_path / "out.h5")
    loaded = keras.saving.load_model(tmp_path / "out.h5")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert as_json(loaded.get_config()) == as_json(again.get_config())
    assert type(loaded.optimizer) is keras.optimizers.Adam
    assert_same_weights(loaded, model)
    # Keras itself would have written these groups.
    model.save(tmp_path / "own.h5")
    ours, own = attributes(tmp_path / "out.h5"), attributes(tmp_path / "own.h5")
    assert ours.keys() == own.keys()
    assert ours["model_weights", "layer_names"] == own["model_weights", "layer_names"]


def test_export_of_a_legacy_file_changes_nothing(tmp_path):
    compiled("nested", tmp_path)
    oracle.dlc("export", tmp_path / "model.h5", "-o", tmp_path / "again.h5")
    assert attributes(tmp_path / "again.h5") == attributes(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5") as a, h5py.File(tmp_path / "again.h5") as b:
        def same(path, item):
            if isinstance(item, h5py.Dataset):
                np.testing.assert_array_equal(item[()], b[path][()])
        a.visititems(same)


def test_export_without_weights_fills_them(tmp_path):
    model = compiled("tiny", tmp_path)
    oracle.dlc("import", tmp_path / "model.h5", "-o", tmp_path / "model.mlir")
    text = (tmp_path / "model.mlir").read_text()
    (tmp_path / "model.mlir").write_text(text.replace('layer.weights = "model.weights.h5"', ""))
    for seed in (1, 2):
        oracle.dlc("export", tmp_path / "model.mlir", "-o", tmp_path / f"{seed}.h5",
                   "--seed", seed)
    a, b = (keras.saving.load_model(tmp_path / f"{seed}.h5") for seed in (1, 2))
    assert [v.shape for v in a.variables] == [v.shape for v in model.variables]
    assert not np.array_equal(a.variables[0].numpy(), b.variables[0].numpy())


def test_export_of_weights_alone(tmp_path):
    model = compiled("nested", tmp_path)
    oracle.dlc("export", tmp_path / "model.h5", "-o", tmp_path / "out.weights.h5")
    other = nested()
    other.load_weights(tmp_path / "out.weights.h5")
    assert_same_weights(other, model)


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_edit_of_a_legacy_file(suffix, tmp_path):
    model = compiled("nested", tmp_path)
    edited = tmp_path / f"edited.{suffix}"
    oracle.dlc("edit", tmp_path / "model.h5", "-o", edited, "--freeze", "*",
               "--append", "Dense(4, name=head)", "--compile", "optimizer=sgd,loss=mean_squared_error")
    loaded = keras.saving.load_model(edited)
    assert [layer.name for layer in loaded.layers][-2:] == ["out", "head"]
    ours, theirs = oracle.weights_by_name(loaded), oracle.weights_by_name(model)
    common = ours.keys() & theirs.keys()
    assert common == theirs.keys()
    for name in common:
        np.testing.assert_array_equal(ours[name].numpy(), theirs[name].numpy(), err_msg=name)
    x, _ = [np.load(tmp_path / "data.npz")[key] for key in "xy"]
    oracle.assert_near(predict(edited, tmp_path), loaded.predict(x, verbose=0), "y", 1e-5)


@pytest.mark.parametrize("command", ["edit", "export", "import"])
def test_weights_from_another_file(command, tmp_path):
    model = compiled("tiny", tmp_path)
    oracle.randomize(model, seed=5)
    save_weights_only(model, tmp_path / "w.h5")
    out = tmp_path / ("out.mlir" if command == "import" else "out.keras")
    oracle.dlc(command, tmp_path / "model.h5", "-o", out, "--weights", tmp_path / "w.h5")
    x = np.load(tmp_path / "data.npz")["x"]
    oracle.assert_near(predict(out, tmp_path), model.predict(x, verbose=0), "y", 1e-5)


@pytest.mark.parametrize("command", ["edit", "export"])
@pytest.mark.parametrize("name", ["model.pb", "model", "model.mlir"])
def test_a_form_that_is_none(command, name, tmp_path):
    compiled("tiny", tmp_path)
    code, _, error = oracle.Run(command, tmp_path / "model.h5", "-o", tmp_path / name).outcome()
    assert code == 1 and not (tmp_path / name).exists()
    for word in (name, ".keras", ".h5", ".weights.h5"):
        assert word in error, error


@pytest.mark.parametrize("command", ["edit", "export"])
def test_weights_that_are_no_model(command, tmp_path):
    model = compiled("tiny", tmp_path)
    save_weights_only(model, tmp_path / "w.h5")
    code, _, error = oracle.Run(command, tmp_path / "w.h5", "-o", tmp_path / "o.keras").outcome()
    assert code == 1 and "--weights" in error, error
    # What the error says to do is possible.
    oracle.dlc(command, tmp_path / "model.h5", "--weights", tmp_path / "w.h5",
               "-o", tmp_path / "o.keras")
