# A Keras file becomes a layer file and a Keras file again, and nothing is lost.
import json
import zipfile

import keras
import numpy as np
import pytest

import models
import oracle
from test_training import logits_loss


def compile_model(name, model):
    loss = {"two_by_two": {"classes": logits_loss(), "value": "mean_squared_error"}}.get(
        name, logits_loss())
    extra = {}
    if name == "two_by_two":
        extra = {"loss_weights": {"classes": 1.0, "value": 0.5}}
    metrics = {"classes": ["accuracy"]} if name == "two_by_two" else ["accuracy"]
    model.compile(optimizer=keras.optimizers.AdamW(0.003, weight_decay=0.01, clipnorm=1.0),
                  loss=loss, metrics=metrics, **extra)
    model.optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(15)
    for variable in model.optimizer.variables[2:]:
        variable.assign(rng.uniform(0.1, 1, variable.shape).astype("float32"))
    model.optimizer.iterations.assign(17)


def read_config(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


def as_json(config):
    """Keras leaves some shapes tuples; in a file all are lists."""
    return json.loads(json.dumps(config))


@pytest.mark.parametrize("name", ["seed_cnn", "mlp", "resnet", "two_by_two"])
def test_import_then_export(name, tmp_path):
    model = getattr(models, name)()
    oracle.randomize(model)
    compile_model(name, model)
    model.save(tmp_path / "in.keras")
    oracle.dlc("import", tmp_path / "in.keras", "-o", tmp_path / "model.mlir")
    oracle.dlc("export", tmp_path / "model.mlir", "-o", tmp_path / "out.keras")
    back = keras.saving.load_model(tmp_path / "out.keras")
    original = keras.saving.load_model(tmp_path / "in.keras")
    assert as_json(back.get_config()) == as_json(original.get_config())
    assert as_json(back.get_compile_config()) == as_json(original.get_compile_config())
    for ours, theirs in zip(back.variables, model.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    for ours, theirs in zip(back.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_arrays_of_numpy_stay_arrays(tmp_path):
    x = keras.Input((4, 3))
    model = keras.Model(x, keras.layers.Rescaling(
        np.array([0.5, 1.5, 2.0], "float32"), offset=np.array([[1], [2], [3], [4]]))(x))
    model.save(tmp_path / "in.keras")
    oracle.dlc("import", tmp_path / "in.keras", "-o", tmp_path / "model.mlir")
    oracle.dlc("export", tmp_path / "model.mlir", "-o", tmp_path / "out.keras")
    configs = [read_config(tmp_path / name)["config"]["layers"][1]["config"]
               for name in ("in.keras", "out.keras")]
    assert configs[0]["scale"] == configs[1]["scale"]
    assert configs[0]["scale"]["class_name"] == "__numpy__"
    assert configs[0]["offset"] == configs[1]["offset"]
    back = keras.saving.load_model(tmp_path / "out.keras")
    np.testing.assert_array_equal(back.layers[1].scale, model.layers[1].scale)


@pytest.mark.parametrize("name", ["mlp", "two_by_two"])
def test_layer_file_trains_as_the_keras_file(name, tmp_path):
    from test_training import prepare
    build, arrays, batch, compiled = prepare(name)
    model = build()
    model.compile(optimizer="sgd", **compiled)
    model.save(tmp_path / "in.keras")
    np.savez(tmp_path / "data.npz", **arrays)
    oracle.dlc("import", tmp_path / "in.keras", "-o", tmp_path / "model.mlir")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    _, direct = oracle.train(tmp_path / "in.keras", tmp_path / "data.npz", tmp_path / "a", batch=batch)
    _, layered = oracle.train(tmp_path / "model.mlir", tmp_path / "data.npz", tmp_path / "b", batch=batch)
    assert direct["batch_loss"] == layered["batch_loss"]


def test_an_unzipped_folder_is_a_model_too(tmp_path):
    model = models.tiny()
    model.save(tmp_path / "in.keras")
    with zipfile.ZipFile(tmp_path / "in.keras") as archive:
        archive.extractall(tmp_path / "folder.keras")
    x = np.ones((3, 6), "float32")
    np.savez(tmp_path / "data.npz", x=x)
    oracle.dlc("predict", tmp_path / "folder.keras", "--data", tmp_path / "data.npz",
               "-o", tmp_path / "p.npz")
    oracle.assert_near(oracle.load_npz(tmp_path / "p.npz")["y"], model.predict(x, verbose=0), "y", 1e-5)
