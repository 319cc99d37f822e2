# Every loss in its forms: value, gradients, evaluation, against live Keras.
import json

import keras
import numpy as np
import pytest

import oracle

BATCH = 9
losses = keras.losses


def integer_labels(rng, classes):
    return rng.integers(0, classes, BATCH).astype("int32")


def ignored_labels(rng, classes):
    """Some labels are of no class."""
    y = integer_labels(rng, classes)
    y[[1, 4, 5]] = 255
    return y


def one_hot_labels(rng, classes):
    return np.eye(classes, dtype="float32")[rng.integers(0, classes, BATCH)]


def soft_labels(rng, classes):
    y = rng.uniform(0.1, 1, (BATCH, classes)).astype("float32")
    return y / y.sum(-1, keepdims=True)


def binary_labels(rng, classes):
    return rng.integers(0, 2, (BATCH, classes)).astype("float32")


def real_targets(rng, classes):
    return rng.normal(size=(BATCH, classes)).astype("float32")


# name: (activation of the last layer, loss, targets, metrics)
LOSSES = {
    "sparse_logits": (None, losses.SparseCategoricalCrossentropy(from_logits=True),
                      integer_labels, ["accuracy"]),
    "sparse_probabilities": ("softmax", "sparse_categorical_crossentropy",
                             integer_labels, ["accuracy"]),
    "sparse_unnormalised": ("sigmoid", losses.SparseCategoricalCrossentropy(),
                            integer_labels, ["sparse_categorical_accuracy"]),
    "categorical_logits": (None, losses.CategoricalCrossentropy(from_logits=True),
                           one_hot_labels, ["accuracy"]),
    "categorical_logits_soft": (None, losses.CategoricalCrossentropy(from_logits=True),
                                soft_labels, ["categorical_accuracy"]),
    "categorical_probabilities": ("softmax", "categorical_crossentropy",
                                  one_hot_labels, ["accuracy"]),
    "categorical_smoothed": ("softmax", losses.CategoricalCrossentropy(label_smoothing=0.1),
                             one_hot_labels, ["accuracy"]),
    "categorical_logits_smoothed": (
        None, losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2),
        one_hot_labels, []),
    "binary_logits": (None, losses.BinaryCrossentropy(from_logits=True),
                      binary_labels, ["binary_accuracy"]),
    "binary_probabilities": ("sigmoid", "binary_crossentropy",
                             binary_labels, ["binary_accuracy"]),
    "binary_smoothed": ("sigmoid", losses.BinaryCrossentropy(label_smoothing=0.3),
                        binary_labels, [keras.metrics.BinaryAccuracy(threshold=0.4)]),
    "binary_clipped": ("relu", losses.BinaryCrossentropy(), binary_labels, []),
    "mean_squared_error": ("tanh", "mse", real_targets, []),
    "sum": ("tanh", losses.MeanSquaredError(reduction="sum"), real_targets, []),
    "dice": ("sigmoid", losses.Dice(), binary_labels, []),
    "dice_by_sample": ("sigmoid", losses.Dice(axis=(1,)), soft_labels, []),
    "tversky": ("sigmoid", losses.Tversky(alpha=0.3, beta=0.6, axis=[-1]), binary_labels, []),
    "generalized": ("softmax", losses.CategoricalGeneralizedCrossEntropy(q=0.7),
                    integer_labels, ["accuracy"]),
    "mean_by_weight": ("softmax", losses.CategoricalCrossentropy(
        reduction="mean_with_sample_weight"), one_hot_labels, []),
    "sparse_ignored": ("softmax", losses.SparseCategoricalCrossentropy(ignore_class=255),
                       ignored_labels, []),
    "sparse_ignored_logits": (None, losses.SparseCategoricalCrossentropy(
        from_logits=True, ignore_class=2, reduction="mean_with_sample_weight"),
        integer_labels, ["accuracy"]),
}


def make_model(name):
    activation, loss, targets, metrics = LOSSES[name]
    features = keras.Input((6,), name="features")
    x = keras.layers.Dense(8, activation="tanh", name="hidden")(features)
    model = keras.Model(features, keras.layers.Dense(5, activation=activation, name="out")(x))
    oracle.randomize(model)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=loss, metrics=metrics)
    rng = np.random.default_rng(2)
    x = rng.normal(size=(BATCH, 6)).astype("float32")
    return model, x, targets(rng, 5)


# On ptx-sim too; the others with --full only.
ON_SIM = {"sparse_logits", "sparse_probabilities", "binary_clipped"}


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", LOSSES)
def test_loss(name, weighted, tmp_path, pytestconfig):
    places = oracle.places(weighted and name in ON_SIM, pytestconfig)
    model, x, y = make_model(name)
    arrays = {"x": x, "y": y}
    weight = None
    if weighted:
        weight = np.linspace(0, 2, BATCH).astype("float32")
        arrays["sample_weight"] = weight
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, **arrays)
    runs = [run for place in places for run in (
        oracle.Run("gradients", file, "--data", data, "-o", tmp_path / f"{place}.npz",
                   "--device", place),
        oracle.Run("evaluate", file, "--data", data, "--json", tmp_path / f"{place}.json",
                   "--batch", 4, "--device", place))]
    expected = oracle.keras_gradients(model, {"features": x}, y, weight)
    logs = model.evaluate(x, y, sample_weight=weight, batch_size=4, verbose=0, return_dict=True)
    for run in runs:
        run.finish()

    for place in places:
        actual = oracle.load_npz(tmp_path / f"{place}.npz")
        assert actual.keys() == expected.keys()
        for key, value in expected.items():
            oracle.assert_near(np.reshape(actual[key], value.shape), value, f"{key} on {place}",
                               1e-5)
        ours = json.loads((tmp_path / f"{place}.json").read_text())
        ours = ours.get("metrics", ours)
        for key, value in logs.items():
            np.testing.assert_allclose(ours[key], value, rtol=1e-5, atol=1e-7,
                                       err_msg=f"{key} on {place}")


@pytest.mark.parametrize("classes, labels", [
    (1, "binary"), (5, "sparse"), (5, "one_hot"), (5, "sparse_column")])
def test_accuracy_is_resolved_as_in_keras(classes, labels, tmp_path):
    """The string "accuracy" means three metrics, by the shapes."""
    rng = np.random.default_rng(11)
    features = keras.Input((6,), name="features")
    loss = {"binary": "binary_crossentropy", "one_hot": "categorical_crossentropy"}.get(
        labels, "sparse_categorical_crossentropy")
    out = keras.layers.Dense(classes, activation="sigmoid" if classes == 1 else "softmax")
    model = keras.Model(features, out(features))
    oracle.randomize(model)
    model.compile(optimizer="sgd", loss=loss, metrics=["accuracy"])
    x = rng.normal(size=(23, 6)).astype("float32")
    y = rng.integers(0, max(classes, 2), 23)
    y = {"binary": y[:, None].astype("float32"), "sparse": y, "sparse_column": y[:, None],
         "one_hot": np.eye(5, dtype="float32")[y % 5]}[labels]
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    evaluated = oracle.Run("evaluate", tmp_path / "model.keras", "--data", tmp_path / "data.npz",
                           "--json", tmp_path / "e.json", "--batch", 10)
    expected = model.evaluate(x, y, batch_size=10, verbose=0, return_dict=True)
    evaluated.finish()
    ours = json.loads((tmp_path / "e.json").read_text())
    assert ours.get("metrics", ours)["accuracy"] == pytest.approx(expected["accuracy"], abs=1e-6)


def test_weighted_metrics(tmp_path):
    """They count by sample weights, go by other names where those are taken, and come
    back in the file."""
    rng = np.random.default_rng(3)
    features = keras.Input((6,), name="features")
    outputs = {"a": keras.layers.Dense(5, activation="softmax", name="a")(features),
               "b": keras.layers.Dense(1, activation="sigmoid", name="b")(features)}
    model = keras.Model(features, outputs)
    oracle.randomize(model)
    model.compile(optimizer="sgd",
                  loss={"a": "sparse_categorical_crossentropy", "b": "binary_crossentropy"},
                  metrics={"a": ["accuracy"]},
                  weighted_metrics={"a": ["accuracy", "sparse_categorical_accuracy"],
                                    "b": [keras.metrics.BinaryAccuracy(threshold=0.4)]})
    x = rng.normal(size=(23, 6)).astype("float32")
    y = {"a": rng.integers(0, 5, 23), "b": rng.integers(0, 2, (23, 1)).astype("float32")}
    weight = np.linspace(0, 2, 23).astype("float32")
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=x, y_a=y["a"], y_b=y["b"], sample_weight=weight)
    evaluated = oracle.Run("evaluate", file, "--data", data, "--json", tmp_path / "e.json",
                           "--batch", 10)
    weights = {"a": weight, "b": weight}
    expected = model.evaluate(x, y, sample_weight=weights, batch_size=10, verbose=0,
                              return_dict=True)
    evaluated.finish()
    ours = json.loads((tmp_path / "e.json").read_text())
    ours = ours.get("metrics", ours)
    assert "a_weighted_accuracy" in expected
    for key, value in expected.items():
        assert ours[key] == pytest.approx(value, abs=1e-5), key
    trained, _ = oracle.train(file, data, tmp_path)
    compiled = keras.saving.load_model(trained).get_compile_config()
    assert compiled["weighted_metrics"] == model.get_compile_config()["weighted_metrics"]


def test_masked_loss(tmp_path):
    """Steps that an Embedding masks have no share in the loss."""
    rng = np.random.default_rng(4)
    tokens = keras.Input((5,), dtype="int32", name="tokens")
    x = keras.layers.Embedding(6, 4, mask_zero=True)(tokens)
    x = keras.layers.Add()([keras.layers.Dense(4, activation="tanh")(x), x])
    model = keras.Model(tokens, keras.layers.Dense(3, activation="softmax", name="out")(x))
    oracle.randomize(model)
    model.compile(optimizer="sgd", metrics=["accuracy"],
                  loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=2))
    x = rng.integers(0, 6, (BATCH, 5)).astype("int32")
    x[3] = 0
    y = rng.integers(0, 3, (BATCH, 5)).astype("int32")
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=x, y=y)
    runs = [oracle.Run("gradients", file, "--data", data, "-o", tmp_path / "g.npz"),
            oracle.Run("evaluate", file, "--data", data, "--json", tmp_path / "e.json")]
    expected = oracle.keras_gradients(model, {"tokens": x}, y)
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    for run in runs:
        run.finish()
    actual = oracle.load_npz(tmp_path / "g.npz")
    for key, value in expected.items():
        oracle.assert_near(np.reshape(actual[key], value.shape), value, key, 1e-5)
    ours = json.loads((tmp_path / "e.json").read_text())
    ours = ours.get("metrics", ours)
    for key, value in logs.items():
        assert ours[key] == pytest.approx(value, rel=1e-5), key
