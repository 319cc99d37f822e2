# Whole models: the same weights and batches into dlc and Keras, losses and
# weights compared step by step, and the trained file continued by Keras.
import zipfile

import keras
import numpy as np
import pytest
from keras import layers

import models
import oracle
from spoil import rewrite

STEPS = 20


def logits_loss():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def classifier_data(shape, batch, steps, classes=10, seed=3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(batch * steps, *shape)).astype("float32")
    y = rng.integers(0, classes, batch * steps).astype("int32")
    return x, y


def prepare(name):
    """A model's builder, arrays by dlc's names, batch size and compile arguments."""
    if name == "two_by_two":
        batch = 8
        rng = np.random.default_rng(4)
        count = batch * STEPS
        arrays = {
            "x_left": rng.normal(size=(count, 12)).astype("float32"),
            "x_right": rng.normal(size=(count, 12)).astype("float32"),
            "y_classes": rng.integers(0, 5, count).astype("int32"),
            "y_value": rng.normal(size=(count, 1)).astype("float32"),
        }
        return models.two_by_two, arrays, batch, {
            "loss": {"classes": logits_loss(), "value": "mean_squared_error"},
            "loss_weights": {"classes": 1.0, "value": 0.5},
            "metrics": {"classes": ["accuracy"]},
        }
    build, shape, batch = {
        "seed_cnn": (models.seed_cnn, (28, 28, 1), 16),
        "mlp": (models.mlp, (20,), 32),
        "resnet": (models.resnet, (16, 16, 3), 16),
    }[name]
    x, y = classifier_data(shape, batch, STEPS)
    return build, {"x": x, "y": y}, batch, {"loss": logits_loss(), "metrics": ["accuracy"]}


def slices(arrays, batch):
    """(x, y) of each batch, as Keras takes them."""
    count = len(next(iter(arrays.values())))
    for start in range(0, count, batch):
        part = {name: value[start:start + batch] for name, value in arrays.items()}
        if "x" in part:
            yield part["x"], part["y"]
        else:
            yield ([part["x_left"], part["x_right"]],
                   {"classes": part["y_classes"], "value": part["y_value"]})


@pytest.mark.parametrize("name", ["seed_cnn", "mlp", "resnet", "two_by_two"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_same_steps_as_keras(name, optimizer, tmp_path):
    build, arrays, batch, compiled = prepare(name)
    keras.utils.set_random_seed(5)
    model = build()
    model.compile(optimizer=keras.optimizers.SGD(0.01) if optimizer == "sgd"
                  else keras.optimizers.Adam(), **compiled)
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, **arrays)

    trained, history = oracle.train(file, data, tmp_path, batch=batch)
    expected = oracle.keras_batches(model, slices(arrays, batch))
    # Of millions of rectifiers some stand so near to their kink that rounding takes
    # the other side, and each step makes of that a little more: Keras in float32 and
    # in float64 part like this too. One step is compared strictly, by layers and by
    # networks, in test/conformance.
    oracle.assert_losses(history["batch_loss"][:3], expected[:3], 1e-4)
    oracle.assert_losses(history["batch_loss"], expected, 2e-3)
    if optimizer == "sgd":
        # Winograd's algorithm rounds more coarsely, so more rectifiers take the other
        # side; the steps above are its own.
        trained, _ = oracle.train(file, data, tmp_path, "--no-winograd", batch=batch)
        oracle.assert_weights(trained, model, 1e-2)
    else:
        continue_in_keras(file, trained, model, arrays, batch)


def continue_in_keras(file, trained, model, arrays, batch):
    """Keras evaluates the file as its own model, and goes on training it."""
    loaded = keras.saving.load_model(trained)
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations)
    assert loaded.get_config() == keras.saving.load_model(file).get_config()
    batches = list(slices(arrays, batch))[:3]
    ours = oracle.keras_batches(loaded, batches)
    theirs = oracle.keras_batches(model, batches)
    oracle.assert_losses(ours, theirs, 2e-3)


def normalised():
    """A model in a model, whose call says `training=False`."""
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(5, name="dense"),
                              layers.BatchNormalization(momentum=0.5, name="norm")], name="inner")
    x = keras.Input((6,), name="x")
    return keras.Model(x, layers.Dense(3, name="out")(inner(x, training=False)))


def normalised_by_moving_statistics():
    """What the call says, in words that Keras 3.15 does not pass over."""
    class Moving(layers.BatchNormalization):
        def call(self, x, training=None, mask=None):
            return super().call(x, training=False)

    inner = keras.Sequential([keras.Input((6,)), layers.Dense(5, name="dense"),
                              Moving(name="norm")], name="inner")
    x = keras.Input((6,), name="x")
    return keras.Model(x, layers.Dense(3, name="out")(inner(x)))


@pytest.mark.parametrize("version, option, honoured", [
    ("3.15.1", [], False), ("3.15.1", ["--training-arg", "honour"], True),
    ("3.16.0", [], True), ("3.16.0", ["--training-arg", "ignore"], False),
    ("3.16.0", ["--training-arg", "auto"], True)])
def test_training_argument(version, option, honoured, tmp_path):
    """Whether BatchNormalization takes the batch's statistics is up to the version
    of Keras that wrote the file, or to the user."""
    model = normalised()
    oracle.randomize(model)
    model.compile(keras.optimizers.SGD(0.1), logits_loss())
    x, y = classifier_data((6,), 8, 2, classes=3)
    file = tmp_path / "model.keras"
    model.save(file)
    rewrite(tmp_path, lambda text: text.replace(b"3.15.1", version.encode()), "metadata.json")
    np.savez(tmp_path / "data.npz", x=x, y=y)

    trained, _ = oracle.train(file, tmp_path / "data.npz", tmp_path, *option, batch=8)
    expected = normalised_by_moving_statistics() if honoured else normalised()
    expected.set_weights(model.get_weights())
    expected.compile(keras.optimizers.SGD(0.1), logits_loss())
    oracle.keras_batches(expected, [(x[:8], y[:8]), (x[8:], y[8:])])
    oracle.assert_weights(trained, expected)


def test_synchronized_batch_normalization(tmp_path):
    """On one device it is as without. (Keras makes such a layer with TensorFlow
    alone, so the file is changed by hand.)"""
    model = models.resnet()
    model.compile(keras.optimizers.SGD(0.1), logits_loss())
    model.save(tmp_path / "model.keras")
    x, y = classifier_data((16, 16, 3), 8, 2)
    np.savez(tmp_path / "data.npz", x=x, y=y)

    def train():
        trained, _ = oracle.train(tmp_path / "model.keras", tmp_path / "data.npz", tmp_path, batch=8)
        with zipfile.ZipFile(trained) as archive:
            return archive.read("config.json"), archive.read("model.weights.h5")

    config, weights = train()
    rewrite(tmp_path, lambda text: text.replace(b'"synchronized": false', b'"synchronized": true'))
    other_config, other_weights = train()
    assert other_config != config and other_weights == weights


@pytest.mark.parametrize("name", ["mlp", "resnet", "two_by_two"])
def test_evaluate_and_predict_as_keras(name, tmp_path):
    import json
    build, arrays, batch, compiled = prepare(name)
    model = build()
    oracle.randomize(model)
    model.compile(optimizer="sgd", **compiled)
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    # A count that the batch does not divide.
    arrays = {key: value[:batch * 3 + 5] for key, value in arrays.items()}
    np.savez(data, **arrays)
    evaluated = oracle.Run("evaluate", file, "--data", data, "--batch", batch,
                           "--json", tmp_path / "e.json")
    predicted = oracle.Run("predict", file, "--data", data, "--batch", batch,
                           "-o", tmp_path / "p.npz")
    if "x" in arrays:
        x, y = arrays["x"], arrays["y"]
    else:
        x, y = next(slices(arrays, batch * 4))
    logs = model.evaluate(x, y, batch_size=batch, verbose=0, return_dict=True)
    outputs = model.predict(x, batch_size=batch, verbose=0)
    evaluated.finish()
    predicted.finish()

    actual = json.loads((tmp_path / "e.json").read_text())
    for key, value in logs.items():
        np.testing.assert_allclose(find_log(actual, key), value, rtol=1e-5, err_msg=key)
    members = oracle.load_npz(tmp_path / "p.npz")
    if len(model.outputs) == 1:
        oracle.assert_near(members["y"], outputs, "y", 1e-5)
    else:
        assert list(members) == model.output_names
        for key, value in zip(model.output_names, outputs):
            oracle.assert_near(members[key], value, key, 1e-5)


def find_log(json_object, key):
    """A metric of `--json`, at the top or in a "metrics" object."""
    return json_object.get("metrics", json_object)[key]


@pytest.mark.parametrize("isa", ["DEFAULT", "AVX2"])
def test_fewer_threads_than_asked_for(isa, tmp_path, monkeypatch):
    """OpenMP starts one thread where five are asked for: all of the work is done."""
    model = keras.Sequential([keras.Input((17,)), keras.layers.Dense(256, activation="relu")])
    oracle.randomize(model)
    model.compile(keras.optimizers.SGD(0.05), "mse")
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(1).normal(size=(300, 17)).astype("float32")
    y = np.ones((300, 256), "float32")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    monkeypatch.setenv("OMP_THREAD_LIMIT", "1")
    monkeypatch.setenv("DNNL_MAX_CPU_ISA", isa)
    trained, history = oracle.train(tmp_path / "model.keras", tmp_path / "data.npz", tmp_path,
                                    "--device", "host", "--threads", "5", batch=300)
    expected = oracle.keras_batches(model, [(x, y)])
    oracle.assert_losses(history["batch_loss"], expected, 1e-5)
    oracle.assert_weights(trained, model, 1e-5)
