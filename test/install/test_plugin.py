# The example plug-in, built against the installed package, beside the same layer
# in Keras.
import json
import shutil
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest

import oracle
from test_install import build, prefix, run  # noqa: F401

EXAMPLE = oracle.ROOT / "examples/plugin"
sys.path.insert(0, str(EXAMPLE))
from scale import Scale  # noqa: E402


@pytest.fixture(scope="module")
def plugin(prefix, tmp_path_factory):  # noqa: F811
    folder = tmp_path_factory.mktemp("plugin")
    build(EXAMPLE, folder, prefix, "clang++-22")
    return folder / "acme.so"


@pytest.fixture
def installed(prefix, monkeypatch):  # noqa: F811
    monkeypatch.setattr(oracle, "DLC", str(prefix / "bin/dlc"))


@pytest.fixture
def scaled(installed, tmp_path):
    """A model with two such layers, its file and its data."""
    model = keras.Sequential([
        keras.Input((3, 4), name="x"),
        Scale(0.5, scale_regularizer=keras.regularizers.L2(0.1), name="first"),
        keras.layers.Dense(5, activation="tanh"),
        Scale(name="second"),
    ], name="scaled")
    oracle.randomize(model)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mean_squared_error")
    model.save(tmp_path / "model.keras")
    rng = np.random.default_rng(21)
    data = {"x": rng.normal(size=(6, 3, 4)).astype("float32"),
            "y": rng.normal(size=(6, 3, 5)).astype("float32")}
    np.savez(tmp_path / "data.npz", **data)
    return model, data, tmp_path


def predict(file, folder, *options):
    oracle.dlc("predict", file, "--data", folder / "data.npz", "-o", folder / "p.npz", *options)
    return oracle.load_npz(folder / "p.npz")["y"]


def test_forward_and_gradients(scaled, plugin):
    model, data, folder = scaled
    file = folder / "model.keras"
    oracle.assert_near(predict(file, folder, "--plugin", plugin), np.asarray(model(data["x"])),
                       "output", 1e-5)
    oracle.dlc("gradients", file, "--data", folder / "data.npz", "-o", folder / "g.npz",
               "--plugin", plugin)
    actual = oracle.load_npz(folder / "g.npz")
    expected = oracle.keras_gradients(model, {"x": data["x"]}, data["y"])
    assert actual.keys() == expected.keys() and "first/scale" in actual
    for name, value in expected.items():
        oracle.assert_near(np.reshape(actual[name], value.shape), value, name, 1e-5)


def test_training_goes_back_into_keras(scaled, plugin):
    model, data, folder = scaled
    trained, _ = oracle.train(folder / "model.keras", folder / "data.npz", folder,
                              "--plugin", plugin, batch=6)
    oracle.keras_batches(model, [(data["x"], data["y"])])
    oracle.assert_weights(trained, model, 1e-5)
    loaded = keras.saving.load_model(trained, custom_objects={"Acme>Scale": Scale})
    assert loaded.get_layer("first").scale_regularizer.l2 == pytest.approx(0.1)
    np.testing.assert_allclose(predict(trained, folder, "--plugin", plugin),
                               loaded(data["x"]), rtol=1e-5, atol=1e-6)


def test_an_artifact_needs_no_plugin(scaled, plugin):
    model, data, folder = scaled
    oracle.dlc("compile", folder / "model.keras", "--plugin", plugin, "-o", folder / "m.dlc")
    oracle.assert_near(predict(folder / "m.dlc", folder), np.asarray(model(data["x"])),
                       "output", 1e-5)


def read_layers(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))["config"]["layers"]


@pytest.mark.parametrize("origin", [
    {}, {"module": "my.code", "registered_name": "Scale"}], ids=["registered", "bare"])
def test_layer_file_and_back(scaled, plugin, origin):
    """The file names the class as it did, whether Python registers it or not."""
    model, data, folder = scaled
    source = folder / "origin.keras"
    with zipfile.ZipFile(folder / "model.keras") as old, zipfile.ZipFile(source, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                for layer in config["config"]["layers"]:
                    if layer["class_name"] == "Scale":
                        layer.update(origin)
                content = json.dumps(config)
            new.writestr(name, content)
    oracle.dlc("import", source, "--plugin", plugin, "-o", folder / "m.mlir")
    text = (folder / "m.mlir").read_text()
    assert 'acme.scale "first"' in text and "factor = 5.0" in text
    oracle.dlc("export", folder / "m.mlir", "--plugin", plugin, "-o", folder / "back.keras")
    for before, after in zip(read_layers(source), read_layers(folder / "back.keras"), strict=True):
        for key in ("class_name", "module", "registered_name"):
            assert before[key] == after[key]
    loaded = keras.saving.load_model(folder / "back.keras", custom_objects={"Scale": Scale})
    np.testing.assert_allclose(loaded(data["x"]), model(data["x"]), rtol=1e-6)
    assert "first (Scale)" in oracle.dlc("summary", folder / "m.mlir", "--plugin", plugin)


@pytest.mark.parametrize("source,suffix", [("keras", "keras"), ("h5", "keras"), ("keras", "h5"),
                                           ("mlir", "h5")])
@pytest.mark.filterwarnings("ignore:.*HDF5.*", "ignore:.*legacy.*")
def test_edit(scaled, plugin, source, suffix):
    """Its layers stay, are frozen and are appended as others are."""
    model, data, folder = scaled
    model.save(folder / "model.h5")
    if source == "mlir":
        oracle.dlc("import", folder / "model.keras", "--plugin", plugin, "-o", folder / "model.mlir")
    edited = folder / f"edited.{suffix}"
    oracle.dlc("edit", folder / f"model.{source}", "--plugin", plugin, "-o", edited,
               "--freeze", "first", "--append", "Scale(factor=3.0, name=third)",
               "--compile", "optimizer=sgd,loss=mean_squared_error")
    loaded = keras.saving.load_model(edited, custom_objects={"Acme>Scale": Scale, "Scale": Scale})
    assert [layer.name for layer in loaded.layers] == [
        *(layer.name for layer in model.layers), "third"]
    assert not loaded.get_layer("first").trainable and loaded.get_layer("second").trainable
    assert loaded.get_layer("third").factor == 3.0
    for name in ("first", "second"):
        np.testing.assert_array_equal(loaded.get_layer(name).get_weights()[0],
                                      model.get_layer(name).get_weights()[0])
    np.testing.assert_allclose(predict(edited, folder, "--plugin", plugin),
                               loaded(data["x"]), rtol=1e-5, atol=1e-6)


def test_edit_without_the_plugin(scaled, plugin):
    _, _, folder = scaled
    code, _, err = oracle.Run("edit", folder / "model.keras", "-o", folder / "e.keras",
                              "--append", "Dense(2)").outcome()
    assert code == 1 and "Scale" in err and "--plugin" in err, err


def test_dlc_opt_loads_it(scaled, plugin, prefix):  # noqa: F811
    _, _, folder = scaled
    oracle.dlc("import", folder / "model.keras", "--plugin", plugin, "-o", folder / "m.mlir")
    text = run(prefix / "bin/dlc-opt", f"--load-dialect-plugin={plugin}", "--expand-layers",
               folder / "m.mlir")
    assert "prim.mul" in text and "acme" not in text


def refuse(folder, *words, options=(), model="model.keras"):
    code, _, err = oracle.Run("compile", folder / model, "-o", folder / "m.dlc",
                              *options).outcome()
    assert code == 1 and err.count("\n") == 1, err
    for word in words:
        assert str(word) in err, err


def test_without_the_plugin(scaled, plugin):
    _, _, folder = scaled
    refuse(folder, '"first"', "Scale", "--plugin", "docs/AddALayer.md")
    oracle.dlc("import", folder / "model.keras", "--plugin", plugin, "-o", folder / "m.mlir")
    refuse(folder, "acme", "--plugin", model="m.mlir")


def test_a_wrong_key_is_named(scaled, plugin):
    _, _, folder = scaled
    oracle.dlc("import", folder / "model.keras", "--plugin", plugin, "-o", folder / "m.mlir")
    text = (folder / "m.mlir").read_text()
    (folder / "m.mlir").write_text(text.replace("{factor =", "{factr ="))
    refuse(folder, "acme.scale", "factr", "factor", options=["--plugin", plugin], model="m.mlir")


def test_of_another_version(scaled):
    _, _, folder = scaled
    (folder / "old.c").write_text("""
        static void registerNothing(void *registry) {}
        struct { unsigned api; const char *name, *version; void (*callback)(void *); }
        mlirGetDialectPluginInfo(void) {
          return (__typeof__(mlirGetDialectPluginInfo())){1, "old", "0.0.1", registerNothing};
        }""")
    run("gcc", "-shared", "-fPIC", "-o", folder / "old.so", folder / "old.c")
    refuse(folder, "old.so", "0.0.1", "build it again", options=["--plugin", folder / "old.so"])


def test_no_plugin_at_all(scaled):
    _, _, folder = scaled
    (folder / "empty.c").write_text("int nothing;")
    run("gcc", "-shared", "-fPIC", "-o", folder / "empty.so", folder / "empty.c")
    refuse(folder, "empty.so", "entry point not found",
           options=["--plugin", folder / "empty.so"])


def test_a_dialect_that_exists(scaled, plugin):
    _, _, folder = scaled
    shutil.copy(plugin, folder / "twin.so")
    refuse(folder, "twin.so", 'dialect "acme"',
           options=["--plugin", plugin, "--plugin", folder / "twin.so"])
    oracle.dlc("compile", folder / "model.keras", "-o", folder / "m.dlc",
               "--plugin", plugin, "--plugin", plugin)


def test_a_class_that_exists(scaled, prefix, tmp_path):  # noqa: F811
    _, _, folder = scaled
    source = tmp_path / "source"
    shutil.copytree(EXAMPLE, source)
    definition = (source / "Scale.td").read_text()
    changed = definition.replace('"scale", "Scale"', '"dense", "Dense"').replace(
        '"Acme", Acme', '"keras.layers", Acme')
    assert changed.count('"Dense"') == 1 and changed.count('"keras.layers"') == 1
    (source / "Scale.td").write_text(changed)
    build(source, tmp_path / "build", prefix, "clang++-22")
    so = tmp_path / "build/acme.so"
    refuse(folder, "acme.so", "acme.dense", "layer.dense", options=["--plugin", so])


def test_the_docs_quote_the_example():
    text = (oracle.ROOT / "docs/AddALayer.md").read_text()
    for file, start in (("Scale.td", "include"), ("CMakeLists.txt", "find_package")):
        source = (EXAMPLE / file).read_text()
        quoted = source[source.index(start):].split("\n#endif")[0].strip()
        assert quoted in text, file
