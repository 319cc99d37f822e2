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


def test_the_model_stops_and_remembers(compiled, data):
    """stop_training and history are those of the Keras model, which callbacks know."""
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(compiled, "stop_training", epoch == 1))
    history = compiled.fit(*data, epochs=5, callbacks=[stop], verbose=0)
    assert history.epoch == [0, 1]
    assert compiled.history is compiled.keras_model.history is history
    with pytest.raises(AttributeError, match="keras_model.layers"):
        compiled.layers
    with pytest.raises(AttributeError, match='no attribute "lairs"'):
        compiled.lairs


def test_tensorboard_needs_no_tensorflow(compiled, data, tmp_path):
    compiled.fit(*data, verbose=0, validation_split=0.5, tensorboard=tmp_path)
    for folder in ("train", "validation"):
        (file,) = (tmp_path / folder).iterdir()
        assert b"epoch_loss" in file.read_bytes()


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


class Weights(keras.callbacks.Callback):
    """Reads the model between steps."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append((int(self.model.optimizer.iterations), self.model.get_weights()[0][0, 0]))


def test_weights_are_current_in_every_step(compiled, data, tmp_path):
    before = int(compiled.keras_model.optimizer.iterations)
    watch = Weights()
    compiled.fit(*data, batch_size=10, verbose=0, callbacks=[
        watch, keras.callbacks.ModelCheckpoint(tmp_path / "{batch}.weights.h5", save_freq=3,
                                               save_weights_only=True)])
    assert [count - before for count, _ in watch.seen] == [1, 2, 3, 4]
    assert len({weight for _, weight in watch.seen}) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["3.weights.h5"]
    final = compiled.get_weights()
    compiled.keras_model.load_weights(tmp_path / "3.weights.h5")
    assert compiled.get_weights()[0][0, 0] == watch.seen[2][1]
    compiled.set_weights(final)


class Watcher(Recorder):
    def on_test_begin(self, logs=None):
        self.calls.append("test")

    def on_test_batch_begin(self, batch, logs=None):
        self.calls.append(f"test {batch}")

    def on_test_batch_end(self, batch, logs=None):
        self.calls.append(f"end of test {batch} {sorted(logs)}")

    def on_test_end(self, logs=None):
        self.calls.append(f"end of tests {sorted(logs)}")

    def on_predict_batch_end(self, batch, logs=None):
        self.calls.append(f"predicted {batch} {logs['outputs'].shape}")


def test_calls_for_validation_are_those_of_keras(compiled, data):
    calls = []
    for model in (compiled, compiled.keras_model):
        callback = Watcher()
        model.fit(*data, epochs=2, validation_split=0.5, batch_size=10, verbose=0,
                  callbacks=[callback])
        model.evaluate(*data, verbose=0, batch_size=20, callbacks=[callback])
        model.predict(data[0], verbose=0, batch_size=20, callbacks=[callback])
        calls.append(callback.calls)
    assert calls[0] == calls[1]


def test_averages_swap_for_validation(data):
    """SwapEMAWeights tests the averages, and training goes on with the weights."""
    histories = []
    start = models.tiny().get_weights()
    for ours in (True, False):
        model = models.tiny()
        model.set_weights(start)
        model.compile(optimizer=keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5),
                      loss="mse")
        swap = keras.callbacks.SwapEMAWeights()
        histories.append((dlc.compile(model) if ours else model).fit(
            *data, epochs=2, validation_split=0.5, batch_size=10, shuffle=False, verbose=0,
            callbacks=[swap]).history)
    for name, values in histories[1].items():
        np.testing.assert_allclose(histories[0][name], values, rtol=1e-4, err_msg=name)


class Break(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise ZeroDivisionError("power cut")


def test_backup_and_restore_of_keras(compiled, data, tmp_path):
    """Goes on in the epoch that was broken off, with that epoch's weights."""
    backup = lambda: keras.callbacks.BackupAndRestore(tmp_path / "backup")
    start = compiled.get_weights()
    options = {"epochs": 4, "verbose": 0, "shuffle": False}
    whole = compiled.fit(*data, **options)
    compiled.set_weights(start)
    with pytest.raises(ZeroDivisionError):
        compiled.fit(*data, callbacks=[backup(), Break()], **options)
    compiled.set_weights(start)
    rest = compiled.fit(*data, callbacks=[backup()], **options)
    assert rest.epoch == [2, 3]
    assert rest.history["loss"] == whole.history["loss"][2:]
    compiled.keras_model._initial_epoch = None  # Keras leaves it


def test_backups_resume_to_the_bit(data, tmp_path):
    """dlc's own, which hold the place in the epoch too."""
    def fresh():
        model = models.tiny()
        model.set_weights(start)
        return dlc.compile(model, optimizer=keras.optimizers.Adam(0.01, name="adam"),
                           loss="mse")

    start = models.tiny().get_weights()
    options = {"epochs": 3, "batch_size": 10, "verbose": 0, "validation_split": 0.25}
    whole = fresh()
    expected = whole.fit(*data, **options)

    class Interrupt:
        def on_train_batch_end(self, batch, logs):
            self.steps = getattr(self, "steps", 0) + 1
            if self.steps == 5:
                raise ZeroDivisionError("power cut")

    with pytest.raises(ZeroDivisionError):
        fresh().fit(*data, backup=tmp_path, callbacks=[Interrupt()], **options)
    recorder = Recorder()
    rest = fresh()
    history = rest.fit(*data, backup=tmp_path, resume=True, callbacks=[recorder], **options)
    assert history.history == expected.history
    assert history.epoch == [0, 1, 2]
    assert recorder.calls.count("end of epoch 1 ['loss', 'val_loss']") == 1
    for mine, its in zip(rest.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)
    with pytest.raises(dlc.Error, match="\\\"resume\\\" needs its folder"):
        rest.fit(*data, resume=True, **options)


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
