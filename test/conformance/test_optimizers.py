# Every optimizer and its options: weights and optimizer state after five steps,
# and three more steps of Keras from dlc's file, against live Keras.
import keras
import numpy as np
import pytest

import models
import oracle

BATCH, STEPS = 8, 5
optimizers = keras.optimizers

OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "sgd_momentum": lambda: optimizers.SGD(0.05, momentum=0.9),
    "sgd_nesterov": lambda: optimizers.SGD(0.05, momentum=0.8, nesterov=True),
    "sgd_clipnorm": lambda: optimizers.SGD(0.5, clipnorm=0.05),
    "sgd_global_clipnorm": lambda: optimizers.SGD(0.5, momentum=0.5, global_clipnorm=0.1),
    "sgd_clipvalue": lambda: optimizers.SGD(0.5, clipvalue=0.01),
    "sgd_weight_decay": lambda: optimizers.SGD(0.1, weight_decay=0.05),
    "adam": lambda: optimizers.Adam(),
    "adam_options": lambda: optimizers.Adam(0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-4),
    "adam_amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "adam_clipnorm": lambda: optimizers.Adam(0.01, clipnorm=0.02),
    "adam_global_clipnorm": lambda: optimizers.Adam(0.01, global_clipnorm=0.05),
    "adam_weight_decay": lambda: optimizers.Adam(0.01, weight_decay=0.02),
    "adamw": lambda: optimizers.AdamW(0.01),
    "adamw_options": lambda: optimizers.AdamW(0.01, weight_decay=0.1, clipvalue=0.02),
    "rmsprop": lambda: optimizers.RMSprop(0.005),
    "rmsprop_momentum": lambda: optimizers.RMSprop(0.005, rho=0.8, momentum=0.7),
    "rmsprop_centered": lambda: optimizers.RMSprop(0.005, centered=True),
    "rmsprop_all": lambda: optimizers.RMSprop(0.005, momentum=0.5, centered=True,
                                              clipnorm=0.1, weight_decay=0.01),
}


def make_model(optimizer):
    model = models.tiny()
    oracle.randomize(model)
    model.compile(optimizer=optimizer, loss="mean_squared_error")
    return model


def make_data(steps):
    rng = np.random.default_rng(12)
    x = rng.normal(size=(BATCH * steps, 6)).astype("float32")
    y = rng.normal(size=(BATCH * steps, 4)).astype("float32")
    return x, y


# On ptx-sim too; the others with --full only.
ON_SIM = {"sgd_nesterov", "adam_global_clipnorm", "rmsprop_all"}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer(name, tmp_path, pytestconfig):
    model = make_model(OPTIMIZERS[name]())
    x, y = make_data(STEPS + 3)
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=x[:BATCH * STEPS], y=y[:BATCH * STEPS])
    batches = [(x[i:i + BATCH], y[i:i + BATCH]) for i in range(0, len(x), BATCH)]
    expected = oracle.keras_batches(model, batches[:STEPS])
    # The host's last: Keras goes on from it.
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


def test_resumes_from_keras_state(tmp_path):
    """Keras trains, dlc goes on from its file, state and all."""
    model = make_model(optimizers.Adam(0.01))
    x, y = make_data(STEPS * 2)
    batches = [(x[i:i + BATCH], y[i:i + BATCH]) for i in range(0, len(x), BATCH)]
    oracle.keras_batches(model, batches[:STEPS])
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=x[BATCH * STEPS:], y=y[BATCH * STEPS:])
    trained, _ = oracle.train(file, data, tmp_path, batch=BATCH)
    oracle.keras_batches(model, batches[STEPS:])
    loaded = oracle.assert_weights(trained, model, 1e-4)
    oracle.assert_optimizers(loaded, model)


def test_options_override_the_file(tmp_path):
    """`--optimizer` and `--loss` stand in for what the file says."""
    model = make_model(optimizers.Adam())
    x, y = make_data(STEPS)
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=x, y=y)
    trained, _ = oracle.train(file, data, tmp_path, "--optimizer",
                              "sgd(learning_rate=0.2, momentum=0.5)", "--loss", "mse", batch=BATCH)
    model.compile(optimizer=optimizers.SGD(0.2, momentum=0.5), loss="mse")
    oracle.keras_batches(model, [(x[i:i + BATCH], y[i:i + BATCH]) for i in range(0, len(x), BATCH)])
    loaded = oracle.assert_weights(trained, model, 1e-4)
    assert isinstance(loaded.optimizer, optimizers.SGD)
