# Whole models: the same weights and batches into dlc and Keras, losses and
# weights compared step by step, and the trained file continued by Keras.
import keras
import numpy as np
import pytest

import models
import oracle

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
