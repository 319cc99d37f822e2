# fit's callbacks, Ctrl-C and output, from Python.
import os
import re
import signal

import keras
import numpy as np
import pytest

import dlc
import models
from dlc import _progress


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    return rng.normal(size=(40, 6)).astype("float32"), rng.normal(size=(40, 4))


@pytest.fixture(scope="module")
def compiled():
    model = models.tiny()
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    return dlc.compile(model)


class Recorder(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.calls = []

    def on_train_begin(self, logs=None):
        self.calls.append("train")

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch}")

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append(f"batch {batch}")

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(f"end {batch} {sorted(logs)}")

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(f"end of epoch {epoch} {sorted(logs)}")

    def on_train_end(self, logs=None):
        self.calls.append("end of training")


def test_calls_are_those_of_keras(compiled, data):
    ours, theirs = Recorder(), Recorder()
    options = {"epochs": 2, "validation_split": 0.5, "batch_size": 10, "verbose": 0}
    compiled.fit(*data, callbacks=[ours], **options)
    compiled.keras_model.fit(*data, callbacks=[theirs], **options)
    assert ours.calls == theirs.calls
    assert ours.params == theirs.params


class Stopping(Recorder):
    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        self.model.stop_training = batch == 1


def test_a_stop_in_an_epoch_still_ends_it(compiled, data):
    ours, theirs = Stopping(), Stopping()
    options = {"epochs": 2, "validation_split": 0.25, "batch_size": 10, "verbose": 0}
    history = compiled.fit(*data, callbacks=[ours], **options)
    expected = compiled.keras_model.fit(*data, callbacks=[theirs], **options)
    assert ours.calls == theirs.calls
    assert sorted(history.history) == sorted(expected.history)
    assert history.epoch == expected.epoch == [0]


def test_early_stopping_restores_the_best(compiled, data):
    stop = keras.callbacks.EarlyStopping(monitor="loss", mode="max", patience=2,
                                         restore_best_weights=True)
    held = []
    keep = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: held.append(compiled.keras_model.get_weights()))
    history = compiled.fit(*data, epochs=9, callbacks=[keep, stop], verbose=0)
    assert len(history.epoch) == 3
    best = held[int(np.argmax(history.history["loss"]))]
    for mine, kept in zip(compiled.get_weights(), best, strict=True):
        np.testing.assert_array_equal(mine, kept)


def test_learning_rates_are_followed(compiled, data):
    """The scheduler sets the rate in Keras before an epoch's first step."""
    compiled.keras_model.optimizer.learning_rate = 0.1
    before = compiled.get_weights()
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.0)
    compiled.fit(*data, callbacks=[schedule], verbose=0)
    for mine, kept in zip(compiled.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, kept)
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1,
                                                min_delta=1e9)
    compiled.keras_model.optimizer.learning_rate = 0.1
    history = compiled.fit(*data, epochs=3, callbacks=[plateau], verbose=0)
    assert float(compiled.keras_model.optimizer.learning_rate) < 0.1
    assert "learning_rate" in history.history


def test_checkpoints_and_logs_are_written(compiled, data, tmp_path):
    compiled.keras_model.optimizer.learning_rate = 0.1
    compiled.fit(*data, epochs=2, verbose=0, callbacks=[
        keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras"),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.TerminateOnNaN()])
    kept = keras.saving.load_model(tmp_path / "2.keras")
    np.testing.assert_array_equal(kept.get_weights()[0], compiled.get_weights()[0])
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 3


def test_ctrl_c_ends_after_the_step(compiled, data):
    before = int(compiled.keras_model.optimizer.iterations)

    class Interrupt:
        def on_train_batch_end(self, batch, logs):
            if batch == 1:
                os.kill(os.getpid(), signal.SIGINT)

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        compiled.fit(*data, batch_size=10, callbacks=[Interrupt()], verbose=0)
    assert int(compiled.keras_model.optimizer.iterations) == before + 2
    assert signal.getsignal(signal.SIGINT) is handler


def test_what_a_callback_raises_comes_out(compiled, data):
    class Failing:
        def on_epoch_end(self, epoch, logs):
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        compiled.fit(*data, epochs=2, callbacks=Failing(), verbose=0)


def test_prints_as_keras(compiled, data, capsys):
    compiled.fit(*data, epochs=2, batch_size=10)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2" and lines[2] == "Epoch 2/2"
    assert lines[1].startswith("4/4 " + "━" * 20 + " 0s ") and " - loss: " in lines[1]
    compiled.evaluate(*data, verbose=2)
    assert capsys.readouterr().out.startswith("2/2 - 0s - ")
    compiled.fit(*data, verbose=0)
    assert capsys.readouterr().out == ""


def test_draws_the_bar_of_keras(capsys):
    """The same text and colours, but for the times."""
    def draw(bar, update):
        update(3, {"loss": 0.5, "accuracy": 1e-5})
        return re.sub(r"[0-9]+m?u?s", "s", capsys.readouterr().out.strip("\b\r\n "))

    ours = _progress.Bar(1, 12)
    ours.moves = True
    theirs = keras.utils.Progbar(12, stateful_metrics=["loss", "accuracy"])
    theirs._dynamic_display = True
    expected = draw(theirs, lambda step, logs: theirs.update(step, sorted(logs.items())))
    assert draw(ours, ours.update) == expected


def test_metrics_are_found_by_name():
    """Keras' callbacks look a metric up in the model to know which way is better."""
    model = models.tiny()
    compiled = dlc.compile(model, optimizer="sgd", metrics=["accuracy"],
                           loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    stop = keras.callbacks.EarlyStopping(monitor="accuracy", patience=1, min_delta=2.0)
    history = compiled.fit(np.ones((8, 6)), np.arange(8) % 4, epochs=9, callbacks=[stop],
                           verbose=0)
    assert len(history.epoch) == 2
