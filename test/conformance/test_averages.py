# What all optimizers share beside clipping and decay: averages of weights, gradients
# summed over batches, a scaled loss. `fit` against live Keras, which goes on from
# dlc's file.
import keras
import numpy as np
import pytest
from keras import layers, optimizers
from keras.optimizers import schedules

import oracle

BATCH, STEPS, EPOCHS = 4, 5, 2

OPTIMIZERS = {
    "averages": lambda: optimizers.Adam(0.01, use_ema=True, ema_momentum=0.6),
    "overwritten": lambda: optimizers.SGD(
        0.05, momentum=0.9, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3),
    "accumulated": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=3),
    "all": lambda: optimizers.RMSprop(
        schedules.ExponentialDecay(0.01, 3, 0.7), momentum=0.5, gradient_accumulation_steps=2,
        use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=2, clipnorm=0.2,
        weight_decay=0.01, loss_scale_factor=64.0),
}
MORE = {
    "accumulated_sgd": lambda: optimizers.SGD(0.05, gradient_accumulation_steps=2),
    "accumulated_clipped": lambda: optimizers.AdamW(
        0.01, gradient_accumulation_steps=4, global_clipnorm=0.1, amsgrad=True),
    "accumulated_averages": lambda: optimizers.SGD(
        0.05, momentum=0.5, gradient_accumulation_steps=3, use_ema=True, ema_momentum=0.5),
    "scaled": lambda: optimizers.SGD(0.05, clipvalue=0.05, loss_scale_factor=128.0),
}
# On ptx-sim too; the others with --full only.
ON_SIM = {"all"}


def make_model(optimizer):
    model = keras.Sequential([
        keras.Input((6,)),
        layers.Dense(5, activation="tanh", kernel_constraint="max_norm", name="hidden"),
        layers.BatchNormalization(name="bn"),
        layers.Dense(3, name="out")])
    oracle.randomize(model)
    model.compile(optimizer=optimizer, loss="mean_squared_error")
    return model


def fit(model, x, y):
    return model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0).history


@pytest.mark.parametrize("name", [
    *OPTIMIZERS, *(pytest.param(name, marks=pytest.mark.full) for name in MORE)])
def test_fit(name, tmp_path, pytestconfig):
    model = make_model({**OPTIMIZERS, **MORE}[name]())
    rng = np.random.default_rng(12)
    x = rng.normal(size=(BATCH * STEPS, 6)).astype("float32")
    y = rng.normal(size=(BATCH * STEPS, 3)).astype("float32")
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=x, y=y)
    expected = fit(model, x, y)["loss"]
    for place in reversed(oracle.places(name in ON_SIM, pytestconfig)):
        trained, history = oracle.train(file, data, tmp_path, "--device", place, batch=BATCH,
                                        epochs=EPOCHS)
        oracle.assert_losses(history["loss"], expected, 1e-4)
        loaded = oracle.assert_weights(trained, model, 1e-4)
        oracle.assert_optimizers(loaded, model)
        assert loaded.optimizer.get_config() == model.optimizer.get_config()

    # Keras goes on from dlc's file, and dlc from Keras', in the middle of a sum of
    # gradients. (A second fit of one model with averages fails in Keras 3.15.)
    model.save(file)
    again = keras.saving.load_model(file)
    oracle.assert_losses(fit(loaded, x, y)["loss"], fit(again, x, y)["loss"], 1e-4)
    trained, _ = oracle.train(file, data, tmp_path, batch=BATCH, epochs=EPOCHS)
    oracle.assert_optimizers(oracle.assert_weights(trained, again, 2e-4), again, 2e-4)
