# Keras' callbacks: the same epochs, learning rates, history, weights and files as
# Keras has from the same start. One model is compiled for all.
import csv
import json
import re
import struct

import keras
import numpy as np
import pytest

import models
import oracle

BATCH = 8
RATE = 0.5


class Subject:
    """A model and data that overfit within a few epochs, for dlc and for Keras."""

    def __init__(self, folder):
        keras.utils.set_random_seed(1)
        self.model = models.tiny()
        self.model.compile(
            keras.optimizers.SGD(RATE), metrics=["accuracy"],
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        self.weights = self.model.get_weights()
        rng = np.random.default_rng(5)
        # 48 samples train, 16 validate.
        self.x = rng.normal(size=(64, 6)).astype("float32")
        self.y = (self.x[:, 0] > 0) + 2 * (self.x[:, 1] + rng.normal(size=64) > 0)
        self.y = self.y.astype("int32")
        self.file, self.data = folder / "tiny.dlc", folder / "data.npz"
        self.model.save(folder / "tiny.keras")
        oracle.dlc("compile", folder / "tiny.keras", "-o", self.file, "--batch", BATCH)
        np.savez(self.data, x=self.x, y=self.y)

    def keras_fit(self, epochs, *callbacks, x=None, split=0.25):
        """Its history; the model is left trained."""
        self.model.set_weights(self.weights)
        self.model.optimizer.learning_rate = RATE
        self.model.optimizer.iterations.assign(0)
        history = self.model.fit(self.x if x is None else x, self.y, batch_size=BATCH,
                                 epochs=epochs, shuffle=False, validation_split=split,
                                 callbacks=list(callbacks), verbose=0)
        return history.history

    def dlc(self, folder, epochs, *options, data=None, split=0.25):
        split = ["--validation-split", split] if split else []
        return oracle.Run(
            "train", self.file, "--data", data or self.data, "-o", folder / "trained.keras",
            "--batch", BATCH, "--epochs", epochs, "--no-shuffle", "--history",
            folder / "history.json", *split, *options)

    def fit(self, folder, epochs, *options, **where):
        """dlc's history."""
        self.dlc(folder, epochs, *options, **where).finish()
        return json.loads((folder / "history.json").read_text())


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    return Subject(tmp_path_factory.mktemp("callbacks"))


def assert_histories(actual, expected):
    assert sorted(actual) == sorted(expected)
    for name, values in expected.items():
        assert len(actual[name]) == len(values), f"{name}: another number of epochs"
        np.testing.assert_allclose(actual[name], values, rtol=1e-5, atol=1e-6, err_msg=name)


def assert_same(subject, folder, actual, expected):
    """History, weights and optimizer."""
    assert_histories(actual, expected)
    loaded = oracle.assert_weights(folder / "trained.keras", subject.model)
    assert int(loaded.optimizer.iterations) == int(subject.model.optimizer.iterations)
    np.testing.assert_allclose(float(loaded.optimizer.learning_rate.numpy()),
                               float(subject.model.optimizer.learning_rate.numpy()), rtol=1e-6)


@pytest.mark.parametrize("arguments", [
    {"patience": 2, "restore_best_weights": True},
    {"monitor": "val_accuracy", "patience": 1, "min_delta": 0.01, "start_from_epoch": 2},
    {"monitor": "accuracy", "mode": "max", "patience": 3, "baseline": 0.95,
     "restore_best_weights": True}])
def test_early_stopping(subject, tmp_path, arguments):
    expected = subject.keras_fit(30, keras.callbacks.EarlyStopping(**arguments))
    assert 2 < len(expected["loss"]) < 30, "it must act"
    settings = ",".join(f"{name}={value}" for name, value in arguments.items())
    actual = subject.fit(tmp_path, 30, "--early-stopping", settings)
    assert_same(subject, tmp_path, actual, expected)


def test_learning_rate_csv_and_tensorboard(subject, tmp_path):
    arguments = {"factor": 0.3, "patience": 1, "cooldown": 1, "min_lr": 0.02}
    expected = subject.keras_fit(
        12, keras.callbacks.ReduceLROnPlateau(**arguments),
        keras.callbacks.CSVLogger(tmp_path / "keras.csv", separator=";"))
    assert len(set(expected["learning_rate"])) == 4, "it must act three times"
    actual = subject.fit(
        tmp_path, 12, "--reduce-lr", ",".join(f"{k}={v}" for k, v in arguments.items()),
        "--csv-log", f"{tmp_path / 'dlc.csv'},separator=;",
        "--tensorboard", f"{tmp_path / 'logs'},update_freq=3")
    assert_same(subject, tmp_path, actual, expected)
    assert_csv(tmp_path / "dlc.csv", tmp_path / "keras.csv", ";")
    assert_tensorboard(tmp_path / "logs", actual)


def assert_csv(actual, expected, delimiter):
    def read(path):
        # Line ends too, which csv's reader would hide.
        assert all(line.endswith(b"\r\n") for line in path.read_bytes().splitlines(True))
        with open(path, newline="") as file:
            return list(csv.reader(file, delimiter=delimiter))
    actual, expected = read(actual), read(expected)
    assert actual[0] == expected[0] and len(actual) == len(expected)
    for ours, theirs in zip(actual[1:], expected[1:]):
        assert ours[0] == theirs[0]
        np.testing.assert_allclose([float(v) for v in ours], [float(v) for v in theirs],
                                   rtol=1e-5, atol=1e-6)


def fields(message):
    """A protocol buffer's fields: [(number, value)]."""
    found, at = [], 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        kind = key & 7
        if kind == 0:
            value = varint()
        else:
            size = varint() if kind == 2 else {1: 8, 5: 4}[kind]
            value = message[at:at + size]
            at += size
        found.append((key >> 3, value))
    assert at == len(message)
    return found


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    crc ^= 0xffffffff
    return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff


def read_scalars(folder):
    """{tag: [(step, value)]} of the one event file in a folder."""
    (path,) = folder.iterdir()
    assert re.fullmatch(r"events\.out\.tfevents\.\d{10}\..+\.\d+\.\d+\.v2", path.name)
    data, at, scalars = path.read_bytes(), 0, {}
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        event = data[at + 12:at + 12 + length]
        assert struct.unpack_from("<I", data, at + 8)[0] == crc32c(data[at:at + 8])
        assert struct.unpack_from("<I", data, at + 12 + length)[0] == crc32c(event)
        first, at = at == 0, at + 16 + length
        event = dict(fields(event))
        assert (event.get(3) == b"brain.Event:2") == first
        if first:
            continue
        value = dict(fields(dict(fields(event[5]))[1]))
        metadata, tensor = dict(fields(value[9])), dict(fields(value[8]))
        assert dict(fields(metadata[1]))[1] == b"scalars" and metadata[4] == 1
        assert tensor[1] == 1 and tensor[2] == b""
        (number,) = struct.unpack("<f", tensor[4])
        scalars.setdefault(value[1].decode(), []).append((event[2], number))
    return scalars


def assert_tensorboard(logs, history):
    """Tags, steps and values as keras/src/callbacks/tensorboard.py writes them."""
    steps = 48 // BATCH
    train, validation = read_scalars(logs / "train"), read_scalars(logs / "validation")
    epochs = len(history["loss"])
    assert sorted(train) == ["batch_accuracy", "batch_loss", "epoch_accuracy",
                             "epoch_learning_rate", "epoch_loss"]
    assert sorted(validation) == ["epoch_accuracy", "epoch_loss",
                                  "evaluation_accuracy_vs_iterations",
                                  "evaluation_loss_vs_iterations"]

    def check(scalars, tag, at, values):
        assert [step for step, _ in scalars[tag]] == list(at), tag
        np.testing.assert_array_equal([value for _, value in scalars[tag]],
                                      np.float32(values), tag)

    for name in ("loss", "accuracy"):
        check(train, f"epoch_{name}", range(epochs), history[name])
        check(validation, f"epoch_{name}", range(epochs), history[f"val_{name}"])
        check(validation, f"evaluation_{name}_vs_iterations",
              range(steps, steps * epochs + 1, steps), history[f"val_{name}"])
        assert [step for step, _ in train[f"batch_{name}"]] == list(
            range(3, steps * epochs + 1, 3))
    # What the epoch is followed by, not what it trained with.
    assert [value for _, value in train["epoch_learning_rate"]][:-1] == list(
        np.float32(history["learning_rate"][1:]))
    # The last batch of an epoch has the epoch's mean.
    assert [value for _, value in train["batch_loss"]][1::2] == list(
        np.float32(history["loss"]))


@pytest.mark.parametrize("device", ["host", "sim"])
def test_tensorboard_follows_a_schedule(subject, tmp_path, device):
    """epoch_learning_rate is what the schedule gives for the step to come."""
    model = models.tiny()
    model.set_weights(subject.weights)
    schedule = keras.optimizers.schedules.ExponentialDecay(RATE, 5, 0.5)
    model.compile(keras.optimizers.SGD(schedule),
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.save(tmp_path / "scheduled.keras")
    rates = []
    model.fit(subject.x, subject.y, batch_size=BATCH, epochs=3, shuffle=False, verbose=0,
              callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: rates.append(
                  float(model.optimizer.learning_rate)))])
    arguments = ["train", tmp_path / "scheduled.keras", "--data", subject.data, "--batch", BATCH,
                 "--epochs", 3, "--no-shuffle", "--device", device, "-o", tmp_path / "out.keras"]
    oracle.dlc(*arguments, "--tensorboard", tmp_path / "logs")
    told = read_scalars(tmp_path / "logs" / "train")["epoch_learning_rate"]
    np.testing.assert_allclose([value for _, value in told], rates, rtol=1e-6)
    assert len(set(rates)) == 3
    code, out, err = oracle.Run(*arguments, "--reduce-lr", "patience=1").outcome()
    assert code != 0 and "follows a schedule" in err and "Epoch" not in out


def test_checkpoints(subject, tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    best = {"save_best_only": True, "initial_value_threshold": 0.95}
    frequent = {"save_freq": 7, "save_weights_only": True}
    names = ["best-{epoch:02d}-{val_loss:.3f}.keras", "at-{epoch}-{batch:03d}.weights.h5"]
    expected = subject.keras_fit(
        6, *(keras.callbacks.ModelCheckpoint(theirs / name, **arguments)
             for name, arguments in zip(names, [best, frequent])))
    options = []
    for name, arguments in zip(names, [best, frequent]):
        settings = [f"{key}={value}" for key, value in arguments.items()]
        options += ["--checkpoint", ",".join([f"filepath={ours / name}", *settings])]
    actual = subject.fit(tmp_path, 6, *options)
    assert_same(subject, tmp_path, actual, expected)
    saved = sorted(path.name for path in theirs.iterdir())
    assert len([name for name in saved if name.startswith("best")]) == 5, "not the first"
    assert sorted(path.name for path in ours.iterdir()) == saved
    for name in saved:
        if name.endswith(".keras"):
            subject.model = keras.saving.load_model(theirs / name)
            loaded = oracle.assert_weights(ours / name, subject.model)
            assert int(loaded.optimizer.iterations) == int(subject.model.optimizer.iterations)
        else:
            subject.model.load_weights(ours / name)
            loaded = [weight.copy() for weight in subject.model.get_weights()]
            subject.model.load_weights(theirs / name)
            for left, right in zip(loaded, subject.model.get_weights()):
                oracle.assert_near(left, right, name, 1e-4)


def test_terminates_on_nan(subject, tmp_path):
    x = subject.x.copy()
    x[20] = np.inf  # in the third step
    np.savez(tmp_path / "data.npz", x=x, y=subject.y)
    expected = subject.keras_fit(4, keras.callbacks.TerminateOnNaN(), x=x, split=0.0)
    for options in [], ["--steps-per-launch", 3]:
        run = subject.dlc(tmp_path, 4, "--terminate-on-nan", *options,
                          data=tmp_path / "data.npz", split=0.0)
        code, _, err = run.outcome()
        assert code == 0 and "Batch 2: Invalid loss, terminating training" in err
        actual = json.loads((tmp_path / "history.json").read_text())
        # JSON has no NaN.
        assert sorted(actual) == sorted(expected) and actual["loss"] == [None]
        assert np.isnan(expected["loss"]).all() and len(expected["loss"]) == 1
        loaded = keras.saving.load_model(tmp_path / "trained.keras")
        assert int(loaded.optimizer.iterations) == 3
    assert int(subject.model.optimizer.iterations) == 3


def test_a_monitor_that_is_not_there(subject, tmp_path):
    code, _, err = subject.dlc(tmp_path, 3, "--early-stopping", "patience=0", "--reduce-lr",
                               "patience=1", split=None).outcome()
    assert code == 0
    assert err.count("Early stopping conditioned on metric `val_loss` which is not available. "
                     "Available metrics are: loss,accuracy") == 1
    assert err.count("`val_loss`") == 2, "once by each callback"
    assert len(json.loads((tmp_path / "history.json").read_text())["loss"]) == 3


@pytest.mark.parametrize("option, value, message", [
    ("--early-stopping", "patients=3", 'did you mean "patience"?'),
    ("--early-stopping", "monitor=val_los", 'monitor "val_loss", or give mode=min or mode=max'),
    ("--early-stopping", "3", "write it as NAME=VALUE"),
    ("--reduce-lr", "factor=2", "give a factor below 1"),
    ("--checkpoint", "out.dlc", "a .keras or .h5 file"),
    ("--checkpoint", "save_best_only=true", "add filepath=..."),
    ("--checkpoint", "m-{val_mae}.keras", "the logs are loss, accuracy, val_loss"),
    ("--csv-log", "no/such/folder.csv", "could not be written"),
    ("--csv-log", "log.csv,appends=true", 'did you mean "append"?'),
    ("--csv-log", "log.csv,filename=l.csv", "gives filename twice"),
    ("--tensorboard", "update_freq=0", "update_freq is epoch, batch, or a number of steps"),
])
def test_wrong_arguments_are_told_before_training(subject, tmp_path, option, value, message):
    code, out, err = subject.dlc(tmp_path, 1, option, value).outcome()
    assert code in (1, 2) and message in err and err.count("\n") == 1
    assert "Epoch" not in out and list(tmp_path.iterdir()) == []


def test_a_folder_for_checkpoints_is_tried_before_training(subject, tmp_path):
    code, _, err = subject.dlc(tmp_path, 3, "--checkpoint", "/proc/{epoch}.keras").outcome()
    assert code == 1 and "/proc/{epoch}.keras: could not be" in err, err
    assert not (tmp_path / "trained.rescued.keras").exists()


def test_what_was_trained_outlives_a_checkpoint_that_fails(subject, tmp_path):
    # A folder of that name is found when the file is whole.
    (tmp_path / "m-2.keras").mkdir()
    (tmp_path / "m-2.keras" / "file").touch()
    code, _, err = subject.dlc(tmp_path, 3, "--checkpoint", tmp_path / "m-{epoch}.keras",
                               "--csv-log", tmp_path / "log.csv").outcome()
    assert code == 1 and "m-2.keras" in err
    rescued = tmp_path / "trained.rescued.keras"
    assert f"what was trained is in {rescued}" in err
    assert int(keras.saving.load_model(rescued).optimizer.iterations) == 12
    assert not (tmp_path / "trained.keras").exists()
    assert (tmp_path / "m-1.keras").exists()
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 2
    assert len(json.loads((tmp_path / "history.json").read_text())["loss"]) == 1
