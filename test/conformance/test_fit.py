# What fit does around a step: the last smaller batch, frozen layers, regularizers,
# class and sample weights, validation, against live Keras.
import keras
import numpy as np
import pytest

import oracle

layers = keras.layers


def fit_both(model, arrays, folder, *options, batch=16, epochs=2, **fit_options):
    """Trains with dlc and Keras from the same file; compares history and weights."""
    file, data = folder / "model.keras", folder / "data.npz"
    model.save(file)
    np.savez(data, **arrays)
    trained, ours = oracle.train(file, data, folder, *options, batch=batch, epochs=epochs)
    theirs = model.fit(arrays["x"], arrays["y"], sample_weight=arrays.get("sample_weight"),
                       batch_size=batch, epochs=epochs, shuffle=False, verbose=0, **fit_options)
    ours = ours.get("history", ours)
    for key, values in theirs.history.items():
        np.testing.assert_allclose(ours[key], values, rtol=1e-4, err_msg=key)
    return oracle.assert_weights(trained, model, 1e-4)


def image_model():
    return keras.Sequential([
        keras.Input((8, 8, 2)),
        layers.Conv2D(4, 3, padding="same"),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.GlobalAveragePooling2D(),
        layers.Dense(5, activation="softmax"),
    ])


def image_data(count):
    rng = np.random.default_rng(13)
    return {"x": rng.normal(size=(count, 8, 8, 2)).astype("float32"),
            "y": rng.integers(0, 5, count).astype("int32")}


def compiled(model, **options):
    oracle.randomize(model)
    model.compile(optimizer=keras.optimizers.SGD(0.1), metrics=["accuracy"],
                  loss="sparse_categorical_crossentropy", **options)
    return model


def test_last_smaller_batch_is_exact(tmp_path):
    fit_both(compiled(image_model()), image_data(16 * 2 + 5), tmp_path)


def test_data_smaller_than_the_batch(tmp_path):
    fit_both(compiled(image_model()), image_data(7), tmp_path)


def test_validation_split(tmp_path):
    fit_both(compiled(image_model()), image_data(45), tmp_path, "--validation-split", 0.3,
             validation_split=0.3)


def test_batches_and_epochs_that_validate(tmp_path):
    fit_both(compiled(image_model()), image_data(45), tmp_path, "--validation-split", 0.3,
             "--validation-batch", 4, "--validation-steps", 2, "--validation-epochs", "1,3",
             epochs=4, validation_split=0.3, validation_batch_size=4, validation_steps=2,
             validation_freq=[1, 3])


def test_class_weight(tmp_path):
    fit_both(compiled(image_model()), image_data(40), tmp_path, "--class-weight", "0=2,3=0.5",
             class_weight={0: 2.0, 3: 0.5})


def test_sample_weight(tmp_path):
    arrays = image_data(40)
    arrays["sample_weight"] = np.linspace(0, 2, 40).astype("float32")
    fit_both(compiled(image_model()), arrays, tmp_path)


@pytest.mark.parametrize("frozen", [[0], [1], [0, 1]], ids=str)
def test_frozen_layers_stay(frozen, tmp_path):
    model = image_model()
    for index in frozen:
        model.layers[index].trainable = False
    compiled(model)
    before = [v.numpy() for index in frozen for v in model.layers[index].variables]
    loaded = fit_both(model, image_data(37), tmp_path)
    after = [v.numpy() for index in frozen for v in loaded.layers[index].variables]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)


def test_frozen_nested_model_stays(tmp_path):
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(6, name="core"),
                              layers.BatchNormalization(name="norm")], name="inner")
    inner.trainable = False
    x = keras.Input((6,), name="x")
    model = keras.Model(x, layers.Dense(5, activation="softmax")(inner(x)))
    compiled(model)
    rng = np.random.default_rng(14)
    before = [v.numpy() for v in inner.variables]
    loaded = fit_both(model, {"x": rng.normal(size=(37, 6)).astype("float32"),
                              "y": rng.integers(0, 5, 37)}, tmp_path)
    for old, new in zip(before, loaded.get_layer("inner").variables, strict=True):
        np.testing.assert_array_equal(old, new.numpy())


@pytest.mark.parametrize("kernel, bias", [
    ("l2", None), (keras.regularizers.L1(0.02), keras.regularizers.L2(0.1)),
    (keras.regularizers.L1L2(0.01, 0.03), "l1")], ids=["l2", "l1-l2", "l1l2-l1"])
def test_regularizers(kernel, bias, tmp_path):
    model = keras.Sequential([
        keras.Input((8, 8, 2)),
        layers.Conv2D(4, 3, kernel_regularizer=kernel, bias_regularizer=bias),
        layers.BatchNormalization(gamma_regularizer=kernel),
        layers.Flatten(),
        layers.Dense(5, activation="softmax", kernel_regularizer=kernel),
    ])
    fit_both(compiled(model), image_data(37), tmp_path)


def test_first_epoch_counts_on(tmp_path):
    """--initial-epoch as in fit: epochs is the last, not how many."""
    model = compiled(image_model())
    fit_both(model, image_data(20), tmp_path, "--initial-epoch", 2, epochs=4, initial_epoch=2)


def test_steps_stops_early(tmp_path):
    model = compiled(image_model())
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    arrays = image_data(48)
    model.save(file)
    np.savez(data, **arrays)
    trained, history = oracle.train(file, data, tmp_path, "--steps", 2, batch=16)
    assert len(history["batch_loss"]) == 2
    oracle.keras_batches(model, [(arrays["x"][i:i + 16], arrays["y"][i:i + 16]) for i in (0, 16)])
    oracle.assert_weights(trained, model, 1e-4)
