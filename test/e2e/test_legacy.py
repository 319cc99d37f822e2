# Legacy .h5 files that Keras 3 writes: what dlc makes of them, and what Keras
# makes of those that dlc writes.
import h5py
import keras
from keras import layers
import numpy as np
import pytest

import models
import oracle

pytestmark = pytest.mark.filterwarnings("ignore:.*HDF5.*", "ignore:.*legacy.*")


def nested():
    """A model in a model, partly frozen: one group holds what is trainable first."""
    inner_in = keras.Input((5,), name="inner_in")
    x = layers.Dense(5, activation="relu", name="first")(inner_in)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Dense(5, name="frozen", trainable=False)(x)
    x = layers.BatchNormalization(name="again")(x)
    inner = keras.Model(inner_in, x, name="inner")
    model_in = keras.Input((6,), name="features")
    x = layers.Dense(5, name="before", kernel_regularizer="l2")(model_in)
    x = inner(layers.LeakyReLU(negative_slope=0.1)(x))
    return keras.Model(model_in, layers.Dense(4, name="out")(inner(x)), name="nested")


def lazy():
    """A Sequential of a Sequential."""
    inside = keras.Sequential([keras.Input((6,)), layers.Dense(3), layers.BatchNormalization()],
                              name="inside")
    return keras.Sequential([inside, layers.Dense(4)], name="outside")


BUILDERS = {"tiny": models.tiny, "nested": nested, "lazy": lazy}


def data(count=64):
    rng = np.random.default_rng(6)
    return (rng.normal(size=(count, 6)).astype("float32"),
            rng.integers(0, 4, count).astype("int32"))


def compiled(name, folder, optimizer="adam"):
    """A trained model in model.h5 and data.npz."""
    keras.utils.set_random_seed(11)
    model = BUILDERS[name]()
    oracle.randomize(model)
    model.compile(optimizer=optimizer, metrics=["accuracy"],
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y = data()
    np.savez(folder / "data.npz", x=x, y=y)
    model.fit(x, y, epochs=1, shuffle=False, verbose=0)
    model.save(folder / "model.h5")
    return model


def predict(model, folder, *options):
    oracle.dlc("predict", model, "--data", folder / "data.npz", "-o", folder / "p.npz", *options)
    return oracle.load_npz(folder / "p.npz")["y"]


def train(model, folder, out, *options):
    oracle.dlc("train", model, "--data", folder / "data.npz", "--no-shuffle", "-o", folder / out,
               *options)
    return folder / out


def attributes(path):
    """All text attributes: {(group, name): (value, whether of variable length)}."""
    found = {}

    def visit(name, item):
        for key in item.attrs:
            kind = item.attrs.get_id(key).get_type()
            variable = kind.get_class() == h5py.h5t.STRING and kind.is_variable_str()
            value = item.attrs[key]
            found[name, key] = (value.tolist() if hasattr(value, "tolist") else value, variable)
    with h5py.File(path) as file:
        visit("", file)
        file.visititems(visit)
    return found


def assert_state(path, model, relative=1e-4):
    """The optimizer's state in a file, in the order in which Keras saves it. (Keras
    3.15.1 itself reads back but the first two: it builds the optimizer for no
    weights, see load_model_from_hdf5.)"""
    with h5py.File(path) as file:
        group = file["optimizer_weights"]
        state = [group[name][()] for name in group.attrs["weight_names"]]
    variables = model.optimizer.variables
    for ours, theirs in zip(state, variables, strict=True):
        oracle.assert_near(ours, theirs.numpy(), f"optimizer {theirs.path}", relative)
    loaded = keras.saving.load_model(path).optimizer
    assert int(loaded.iterations) == int(model.optimizer.iterations)


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_trains_on_and_goes_back(name, optimizer, tmp_path):
    model = compiled(name, tmp_path, optimizer)
    x, y = data()
    oracle.assert_near(predict(tmp_path / "model.h5", tmp_path), model.predict(x, verbose=0),
                       "y", 1e-5)
    trained = train(tmp_path / "model.h5", tmp_path, "trained.h5")
    model.fit(x, y, epochs=1, shuffle=False, verbose=0)
    loaded = oracle.assert_weights(trained, model)
    assert_state(trained, model)
    oracle.assert_near(loaded.predict(x, verbose=0), model.predict(x, verbose=0), "y", 1e-4)
    # What Keras wrote beside the numbers is there as it was.
    assert attributes(trained) == attributes(tmp_path / "model.h5")


@pytest.mark.parametrize("name", BUILDERS)
def test_other_forms_out(name, tmp_path):
    model = compiled(name, tmp_path)
    whole = train(tmp_path / "model.h5", tmp_path, "trained.keras")
    weights = train(tmp_path / "model.h5", tmp_path, "trained.weights.h5")
    x, y = data()
    model.fit(x, y, epochs=1, shuffle=False, verbose=0)
    oracle.assert_optimizers(oracle.assert_weights(whole, model), model)
    other = BUILDERS[name]()
    other.load_weights(weights)
    oracle.assert_near(other.predict(x, verbose=0), model.predict(x, verbose=0), "y", 1e-4)


@pytest.mark.parametrize("name", ["resnet", "two_by_two"])
def test_from_keras_to_legacy(name, tmp_path):
    """A model that comes as .keras may leave as .h5."""
    model = getattr(models, name)()
    oracle.randomize(model)
    outputs = len(model.outputs)
    model.compile(optimizer="adam", loss=["mean_squared_error"] * outputs if outputs > 1
                  else "mean_squared_error")
    model.save(tmp_path / "model.keras")
    rng = np.random.default_rng(8)
    ports = list(zip("x" * len(model.inputs), model.inputs, [t.name for t in model.inputs])) + \
        list(zip("y" * outputs, model.outputs, model.output_names))
    alone = {"x": len(model.inputs) == 1, "y": outputs == 1}
    arrays = {kind if alone[kind] else f"{kind}_{port}":
              rng.normal(size=(32, *tensor.shape[1:])).astype("float32")
              for kind, tensor, port in ports}
    np.savez(tmp_path / "data.npz", **arrays)
    legacy = train(tmp_path / "model.keras", tmp_path, "trained.h5", "--batch", 16)
    modern = train(tmp_path / "model.keras", tmp_path, "trained.keras", "--batch", 16)
    reference = keras.saving.load_model(modern)
    with h5py.File(legacy) as file:
        assert "training_config" in file.attrs and "optimizer_weights" in file
    loaded = keras.saving.load_model(legacy)
    for ours, theirs in zip(loaded.variables, reference.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert_state(legacy, reference, relative=0)


def test_an_artifact_writes_the_form_it_came_in(tmp_path):
    compiled("nested", tmp_path)
    oracle.dlc("compile", tmp_path / "model.h5", "-o", tmp_path / "model.dlc")
    direct = train(tmp_path / "model.h5", tmp_path, "direct.h5")
    compiled_first = train(tmp_path / "model.dlc", tmp_path, "artifact.h5")
    assert attributes(direct) == attributes(compiled_first)
    with h5py.File(direct) as a, h5py.File(compiled_first) as b:
        def same(path, item):
            if isinstance(item, h5py.Dataset):
                np.testing.assert_array_equal(item[()], b[path][()])
        a.visititems(same)


def test_another_optimizer_is_written(tmp_path):
    compiled("tiny", tmp_path)
    trained = train(tmp_path / "model.h5", tmp_path, "trained.h5",
                    "--optimizer", "sgd(learning_rate=0.5, momentum=0.9)")
    loaded = keras.saving.load_model(trained)
    assert type(loaded.optimizer).__name__ == "SGD"
    assert float(loaded.optimizer.momentum) == 0.9
    assert int(loaded.optimizer.iterations) == 2


def test_commands_take_it(tmp_path):
    model = compiled("nested", tmp_path)
    assert "Total params" in oracle.dlc("summary", tmp_path / "model.h5")
    oracle.dlc("inspect", tmp_path / "model.h5")
    oracle.dlc("import", tmp_path / "model.h5", "-o", tmp_path / "model.mlir")
    oracle.dlc("export", tmp_path / "model.mlir", "-o", tmp_path / "back.keras")
    back = keras.saving.load_model(tmp_path / "back.keras")
    for ours, theirs in zip(back.variables, model.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_long_lists_of_names(tmp_path, monkeypatch):
    """Keras splits lists that an object's header cannot hold."""
    from keras.src.legacy.saving import legacy_h5_format
    model = compiled("nested", tmp_path)
    monkeypatch.setattr(legacy_h5_format, "HDF5_OBJECT_HEADER_LIMIT", 30)
    monkeypatch.setattr(legacy_h5_format, "save_attributes_to_hdf5_group", split_names)
    model.save(tmp_path / "split.h5")
    with h5py.File(tmp_path / "split.h5") as file:
        assert "layer_names0" in file["model_weights"].attrs
    x, _ = data()
    oracle.assert_near(predict(tmp_path / "split.h5", tmp_path), model.predict(x, verbose=0),
                       "y", 1e-5)


def split_names(group, name, names):
    """As Keras' own for a limit of two names an attribute."""
    for i in range(0, max(len(names), 1), 2):
        group.attrs[f"{name}{i // 2}"] = names[i:i + 2]


# Weights given beside a model.

def save_weights_only(model, path):
    """What save_weights wrote before it knew .weights.h5."""
    from keras.src.legacy.saving import legacy_h5_format
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


@pytest.mark.parametrize("kind", ["legacy", "whole", "modern", "keras"])
def test_weights_replace_the_models(kind, tmp_path):
    model = compiled("nested", tmp_path)
    oracle.randomize(model, seed=9)
    file = tmp_path / {"legacy": "w.h5", "whole": "w2.h5", "modern": "w.weights.h5",
                       "keras": "w.keras"}[kind]
    if kind == "legacy":
        save_weights_only(model, file)
    elif kind == "modern":
        model.save_weights(file)
    else:
        model.save(file)
    x, _ = data()
    expected = model.predict(x, verbose=0)
    oracle.assert_near(predict(tmp_path / "model.h5", tmp_path, "--weights", file), expected,
                       "y", 1e-5)


def test_weights_alone_go_back_alone(tmp_path):
    model = compiled("nested", tmp_path)
    save_weights_only(model, tmp_path / "w.h5")
    out = train(tmp_path / "model.h5", tmp_path, "out.h5", "--weights", tmp_path / "w.h5",
                "--optimizer", "sgd")
    whole = train(tmp_path / "model.h5", tmp_path, "whole.h5", "--optimizer", "sgd")
    with h5py.File(out) as file:
        assert "model_config" not in file.attrs and "model_weights" not in file
    model.load_weights(out)
    expected = keras.saving.load_model(whole)
    for ours, theirs in zip(model.variables, expected.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_layers_of_other_names_match_in_order(tmp_path):
    model = compiled("tiny", tmp_path)
    other = keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="tanh"),
                              layers.Dense(4)])
    save_weights_only(other, tmp_path / "w.h5")
    model.load_weights(tmp_path / "w.h5")
    x, _ = data()
    oracle.assert_near(
        predict(tmp_path / "model.h5", tmp_path, "--weights", tmp_path / "w.h5"),
        model.predict(x, verbose=0), "y", 1e-5)


def refuse(folder, *arguments):
    code, out, err = oracle.Run("predict", *arguments, "--data", folder / "data.npz",
                                "-o", folder / "p.npz").outcome()
    assert code == 1, out + err
    assert not (folder / "p.npz").exists()
    return err


def test_wrong_weights_name_the_layer(tmp_path):
    compiled("tiny", tmp_path)
    wide = keras.Sequential([keras.Input((6,)), layers.Dense(9, name="hidden"),
                             layers.Dense(4, name="out")])
    wide.save(tmp_path / "wide.h5")
    wide.save_weights(tmp_path / "wide.weights.h5")
    for name in ("wide.h5", "wide.weights.h5"):
        error = refuse(tmp_path, tmp_path / "model.h5", "--weights", tmp_path / name)
        assert name in error and '"hidden"' in error and "(6, 9)" in error, error
    lone = keras.Sequential([keras.Input((6,)), layers.Dense(4)])
    lone.save(tmp_path / "lone.h5")
    error = refuse(tmp_path, tmp_path / "model.h5", "--weights", tmp_path / "lone.h5")
    assert "lone.h5: holds weights of 1 layers but the model has 2 with weights" in error
    save_weights_only(lone, tmp_path / "alone.h5")
    error = refuse(tmp_path, tmp_path / "alone.h5")
    assert "alone.h5: holds weights and no model" in error and "--weights" in error


class Traced(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)

    def call(self, x):
        return self.dense(x)


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_subclassed_model_says_how_to_trace_it(suffix, tmp_path):
    model = Traced()
    x, y = data()
    np.savez(tmp_path / "data.npz", x=x)
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / f"model.{suffix}")
    error = refuse(tmp_path, tmp_path / f"model.{suffix}")
    recipe = error[error.index("x = keras.Input"):].strip()
    assert recipe == 'x = keras.Input(shape); keras.Model(x, model.call(x)).save("m.keras")'
    exec(recipe.replace("m.keras", str(tmp_path / "m.keras")),
         {"keras": keras, "model": model, "shape": (6,)})
    oracle.assert_near(predict(tmp_path / "m.keras", tmp_path), expected, "y", 1e-5)
