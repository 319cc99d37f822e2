# Every learning-rate schedule under an optimizer: losses, weights and optimizer state
# after steps that pass its turning points, and Keras going on, against live Keras.
import keras
import numpy as np
import pytest
from keras import optimizers
from keras.optimizers import schedules

import models
import oracle

BATCH, STEPS = 2, 24

SCHEDULES = {
    "exponential": lambda: optimizers.SGD(schedules.ExponentialDecay(0.2, 3, 0.7)),
    "inverse_time": lambda: optimizers.RMSprop(schedules.InverseTimeDecay(0.02, 3, 0.7)),
    "piecewise": lambda: optimizers.SGD(
        schedules.PiecewiseConstantDecay([4, 9], [0.1, 0.05, 0.01]), momentum=0.9),
    "polynomial": lambda: optimizers.AdamW(schedules.PolynomialDecay(0.02, 16), weight_decay=0.1),
    "cosine_warmup": lambda: optimizers.Adam(
        schedules.CosineDecay(1e-3, 12, alpha=0.1, warmup_target=0.02, warmup_steps=5)),
    "restarts": lambda: optimizers.SGD(schedules.CosineDecayRestarts(0.2, 3)),
}
MORE = {
    "exponential_staircase": lambda: optimizers.Adam(
        schedules.ExponentialDecay(0.02, 3, 0.7, staircase=True), amsgrad=True),
    "inverse_time_staircase": lambda: optimizers.SGD(
        schedules.InverseTimeDecay(0.2, 3, 0.7, staircase=True, name="mine")),
    # Of a length whose inverse is exact: XLA multiplies by it, and then 21 / 7 is above 3
    # and a cycle later, unlike in Keras' own arithmetic and here.
    "polynomial_cycle": lambda: optimizers.SGD(schedules.PolynomialDecay(
        0.2, 8, end_learning_rate=0.02, power=2.0, cycle=True)),
    "cosine": lambda: optimizers.SGD(schedules.CosineDecay(0.2, 14, alpha=0.1)),
    "restarts_alike": lambda: optimizers.SGD(schedules.CosineDecayRestarts(
        0.2, 5, t_mul=1.0, m_mul=0.8, alpha=0.1)),
    "restarts_by_three": lambda: optimizers.SGD(schedules.CosineDecayRestarts(
        0.2, 2, t_mul=3.0, m_mul=0.8)),
}
# On ptx-sim too; the others with --full only.
ON_SIM = {"cosine_warmup"}


def make_model(optimizer):
    model = models.tiny()
    oracle.randomize(model)
    model.compile(optimizer=optimizer, loss="mean_squared_error")
    return model


def make_batches(steps):
    rng = np.random.default_rng(12)
    x = rng.normal(size=(BATCH * steps, 6)).astype("float32")
    y = rng.normal(size=(BATCH * steps, 4)).astype("float32")
    return [(x[i:i + BATCH], y[i:i + BATCH]) for i in range(0, len(x), BATCH)]


def save(model, batches, folder):
    file, data = folder / "model.keras", folder / "data.npz"
    model.save(file)
    x, y = (np.concatenate(arrays) for arrays in zip(*batches))
    np.savez(data, x=x, y=y)
    return file, data


@pytest.mark.parametrize("name", [
    *SCHEDULES, *(pytest.param(name, marks=pytest.mark.full) for name in MORE)])
def test_schedule(name, tmp_path, pytestconfig):
    model = make_model({**SCHEDULES, **MORE}[name]())
    batches = make_batches(STEPS + 3)
    file, data = save(model, batches[:STEPS], tmp_path)
    expected = oracle.keras_batches(model, batches[:STEPS])
    for place in reversed(oracle.places(name in ON_SIM, pytestconfig)):
        trained, history = oracle.train(file, data, tmp_path, "--device", place, batch=BATCH)
        oracle.assert_losses(history["batch_loss"], expected, 1e-4)
        loaded = oracle.assert_weights(trained, model, 1e-4)
        oracle.assert_optimizers(loaded, model)
        assert loaded.optimizer.get_config() == model.optimizer.get_config()

    oracle.keras_batches(loaded, batches[STEPS:])
    oracle.keras_batches(model, batches[STEPS:])
    for name, variable in oracle.weights_by_name(model).items():
        oracle.assert_near(oracle.weights_by_name(loaded)[name].numpy(), variable.numpy(), name, 1e-4)


def test_goes_on_in_the_middle_of_a_schedule(tmp_path):
    """Keras trains, dlc goes on: the rate follows the saved iteration. Nothing of the
    schedule is lost on the way through a layer file."""
    model = make_model(SCHEDULES["restarts"]())
    batches = make_batches(12)
    oracle.keras_batches(model, batches[:5])
    file, data = save(model, batches[5:], tmp_path)
    oracle.dlc("import", file, "-o", tmp_path / "model.mlir")
    oracle.dlc("export", tmp_path / "model.mlir", "-o", tmp_path / "back.keras")
    back = keras.saving.load_model(tmp_path / "back.keras")
    assert back.optimizer.get_config() == model.optimizer.get_config()

    trained, _ = oracle.train(file, data, tmp_path, batch=BATCH)
    oracle.keras_batches(model, batches[5:])
    loaded = oracle.assert_weights(trained, model, 1e-4)
    oracle.assert_optimizers(loaded, model)


def test_schedule_as_an_option(tmp_path):
    """In Python's syntax, in place of what the file says."""
    model = make_model("sgd")
    batches = make_batches(9)
    file, data = save(model, batches, tmp_path)
    trained, _ = oracle.train(
        file, data, tmp_path, "--optimizer",
        "adam(learning_rate=ExponentialDecay(1e-2, decay_steps=3, decay_rate=0.5))", batch=BATCH)
    model.compile(optimizer=optimizers.Adam(schedules.ExponentialDecay(1e-2, 3, 0.5)), loss="mse")
    oracle.keras_batches(model, batches)
    loaded = oracle.assert_weights(trained, model, 1e-4)
    actual, expected = loaded.optimizer.get_config(), model.optimizer.get_config()
    assert actual["learning_rate"] == expected["learning_rate"]
