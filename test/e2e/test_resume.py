# Training that is killed at any moment goes on from its backup and ends with the bits
# of a run that was never stopped.
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time

import keras
import numpy as np
import pytest

import oracle
from test_bit_equal import weights_of

EPOCHS = 30
STEPS = 5  # an epoch


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A compiled model with random masks and moving averages, and data for it; in memory,
    where there is a place for it: on a disk the syncs of all backups would take minutes."""
    memory = pathlib.Path("/dev/shm")
    if os.access(memory, os.W_OK):
        with tempfile.TemporaryDirectory(dir=memory) as name:
            yield make_trainable(pathlib.Path(name))
    else:
        yield make_trainable(tmp_path_factory.mktemp("resume"))


def make_trainable(folder):
    keras.utils.set_random_seed(31)
    model = keras.Sequential([
        keras.Input((6,)),
        # So wide that writing a backup takes longer than a step.
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(4),
    ])
    model.compile(optimizer="adam", metrics=["accuracy"],
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.save(folder / "model.keras")
    rng = np.random.default_rng(32)
    np.savez(folder / "data.npz", x=rng.normal(size=(47, 6)).astype("float32"),
             y=rng.integers(0, 4, 47).astype("int32"))
    # Starts in a moment, and so is killed in training more than before it.
    oracle.dlc("compile", folder / "model.keras", "-o", folder / "model.dlc", "--batch", 8)
    return folder


def train(folder, name, *options, model="model.dlc", epochs=EPOCHS, batch=8, seed=7, split=0.2):
    """The command, with its own output files."""
    return ["train", folder / model, "--data", folder / "data.npz", "--epochs", epochs,
            "--batch", batch, "--seed", seed, "--threads", 1, "--validation-split", split,
            "--log-every", 1, "--history", folder / f"{name}.json",
            "-o", folder / f"{name}.keras", *options]


def outcome(folder, name):
    """What must be the same: the history as text, and the bytes of all weights."""
    return (folder / f"{name}.json").read_text(), weights_of(folder / f"{name}.keras")


@pytest.fixture(scope="module")
def whole(folder):
    oracle.dlc(*train(folder, "whole"))
    return outcome(folder, "whole")


def start(arguments):
    return subprocess.Popen([oracle.DLC, *map(str, arguments)], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)


def wait_for(run, file):
    while run.poll() is None and not file.exists():
        time.sleep(0.001)


def kill_and_go_on(folder, name, begun, delay, whole):
    """Whether the run was killed while it wrote a backup. With `begun` the delay counts
    from its first step."""
    backup = folder / f"{name}.backup"
    run = start(train(folder, name, "--backup", backup, "--backup-every", 1))
    if begun:
        wait_for(run, backup / "state.dlcb")
    time.sleep(delay)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    was_writing = backup.exists() and any(p.name != "state.dlcb" for p in backup.iterdir())
    # A run that was killed before its first backup begins again.
    has_backup = (backup / "state.dlcb").exists()
    oracle.dlc(*train(folder, name, "--resume" if has_backup else "--backup", backup))
    assert outcome(folder, name) == whole, f"{name}: killed after {delay} s"
    assert [p.name for p in backup.iterdir()] == ["state.dlcb"]
    return was_writing


def test_killed_at_any_moment(folder, whole, pytestconfig, record_property):
    begin = time.monotonic()
    oracle.dlc(*train(folder, "timed", "--backup", folder / "timed", "--backup-every", 1,
                      "--json", folder / "times.json"))
    length = time.monotonic() - begin
    startup = json.loads((folder / "times.json").read_text())["startup_s"]
    assert outcome(folder, "timed") == whole
    kills = 200 if pytestconfig.getoption("--full") else 10
    moments = random.Random(33)
    writing = 0
    for i in range(kills):
        # Mostly while it trains, and sometimes as it starts or ends.
        begun = i % 5 != 0
        delay = moments.uniform(0, length - startup if begun else length)
        writing += kill_and_go_on(folder, f"kill{i}", begun, delay, whole)
    record_property("figures", f"{kills} kills, {writing} of them while a backup was written")


def test_killed_again_and_again(folder, whole):
    """One run, in as many parts as it takes."""
    backup = folder / "parts"
    run = start(train(folder, "parts", "--backup", backup, "--backup-every", 2))
    for _ in range(3):
        # Until a backup is there, and a little more.
        wait_for(run, backup / "state.dlcb")
        time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        run = start(train(folder, "parts", "--resume", backup))
    _, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    assert outcome(folder, "parts") == whole
    code, _, err = oracle.Run(*train(folder, "parts", "--resume", backup)).outcome()
    assert code == 0 and "nothing was left" in err
    assert outcome(folder, "parts") == whole


def test_ctrl_c_leaves_a_backup(folder):
    backup = folder / "interrupted"
    run = start(train(folder, "interrupted", "--backup", backup, epochs=10**6))
    wait_for(run, backup / "state.dlcb")
    time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130 and f"--resume {backup} goes on" in err, err
    steps = int(err.split("stopped after ")[1].split()[0])
    epochs = steps // STEPS + 1
    oracle.dlc(*train(folder, "interrupted", "--resume", backup, epochs=epochs))
    oracle.dlc(*train(folder, "never", epochs=epochs))
    assert outcome(folder, "interrupted") == outcome(folder, "never")


@pytest.mark.parametrize("options", [
    ["--class-weight", "0=2,1=0.5"],
    ["--no-shuffle", "--steps-per-launch", 3],
    ["--device", "sim", "--steps-per-launch", 2],
], ids=["class-weight", "no-shuffle", "sim"])
def test_goes_on_in_the_middle_of_an_epoch(folder, options):
    model = "model.dlc"
    if "sim" in options:
        model = "gpu.dlc"
        oracle.dlc("compile", folder / "model.keras", "-o", folder / model, "--batch", 8,
                   "--target", "cuda:sm_80")
    shutil.rmtree(folder / "middle", ignore_errors=True)

    def run(name, *more):
        oracle.dlc(*train(folder, name, *options, *more, model=model,
                          epochs=1 if "sim" in options else 2))
    run("unbroken")
    run("middle", "--steps", 3, "--backup", folder / "middle")
    run("middle", "--resume", folder / "middle")
    assert outcome(folder, "middle") == outcome(folder, "unbroken")


def test_callbacks_go_on(folder):
    """Patience, best weights and learning rate, and a log without a row twice."""
    def run(name, *more):
        oracle.dlc(*train(folder, name, *more, "--csv-log", folder / f"{name}.csv",
                          "--early-stopping", "monitor=val_loss,patience=4,restore_best_weights=true",
                          "--reduce-lr", "monitor=val_loss,factor=0.5,patience=1"))
    run("unbroken")
    epochs = len(json.loads((folder / "unbroken.json").read_text())["loss"])
    assert 2 < epochs < EPOCHS, "early stopping is to stop it"
    for steps in (3, 2 * STEPS, epochs * STEPS - 1, epochs * STEPS):
        shutil.rmtree(folder / "called", ignore_errors=True)
        run("called", "--steps", steps, "--backup", folder / "called")
        run("called", "--resume", folder / "called")
        assert outcome(folder, "called") == outcome(folder, "unbroken"), steps
        assert (folder / "called.csv").read_bytes() == (folder / "unbroken.csv").read_bytes()
    assert "the callbacks" in refuse(train(folder, "called", "--resume", folder / "called"))


def test_a_full_disk_leaves_the_last_backup(folder):
    """The history grows with the steps: at some one the file is too long."""
    backup = folder / "full"
    run = start(train(folder, "full", "--backup", backup, "--backup-every", 1, epochs=10**6))
    wait_for(run, backup / "state.dlcb")
    # Not before it has begun: its code in memory is a file too.
    size = (backup / "state.dlcb").stat().st_size
    resource.prlimit(run.pid, resource.RLIMIT_FSIZE, (size + 2000,) * 2)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 1
    assert f"{backup / 'state.dlcb'}: could not be written" in err, err
    assert "make room" in err and "--resume" in err and err.count("\n") == 1
    assert [p.name for p in backup.iterdir()] == ["state.dlcb"]
    # It is of some hundred steps, and whole.
    oracle.dlc(*train(folder, "full", "--resume", backup, "--steps", 500, epochs=10**6))
    oracle.dlc(*train(folder, "unfilled", "--steps", 500, epochs=10**6))
    assert outcome(folder, "full") == outcome(folder, "unfilled")


def test_one_command_begins_and_goes_on(folder, tmp_path, whole):
    command = train(folder, "again", "--backup", tmp_path / "run", "--resume", tmp_path / "run")
    oracle.dlc(*command, "--steps", 3)
    oracle.dlc(*command)
    assert outcome(folder, "again") == whole


def refuse(arguments, code=1):
    got, _, err = oracle.Run(*arguments).outcome()
    assert got == code, err
    assert err.startswith("dlc: error: ") and err.count("\n") == 1, err
    return err


def test_refuses_what_is_another_run(folder):
    backup = folder / "one"
    oracle.dlc(*train(folder, "one", "--backup", backup, "--steps", 8))
    bytes_before = (backup / "state.dlcb").read_bytes()

    def changed(*options, **keywords):
        return refuse(train(folder, "two", "--resume", backup, *options, **keywords))
    assert "--seed 7 but this run has 8" in changed(seed=8)
    assert "--batch 8 but this run has 4" in changed(batch=4)
    assert "samples to train on: 37" in changed(split=0.3)
    assert "is in epoch 2" in changed(epochs=1)
    assert "optimizer.class_name Adam but this run has SGD" in changed(
        "--optimizer", "sgd", model="model.keras")
    assert "learning_rate" in changed("--optimizer", "adam(learning_rate=0.5)",
                                      model="model.keras")
    assert "--class-weight none" in changed("--class-weight", "0=2")
    assert "holds the backup of a run" in refuse(train(folder, "two", "--backup", backup))
    for missing in ("none", "."):
        err = refuse(train(folder, "two", "--resume", folder / missing))
        assert "holds no backup" in err and "--backup" in err
    assert "--backup" in refuse(train(folder, "two", "--resume", backup, "--backup", "other"), 2)
    assert "--backup-every" in refuse(train(folder, "two", "--backup-every", 3), 2)
    assert (backup / "state.dlcb").read_bytes() == bytes_before
    # Damage is told, and not repaired.
    damaged = bytearray(bytes_before)
    damaged[len(damaged) // 2] ^= 1
    (backup / "state.dlcb").write_bytes(damaged)
    assert "damaged" in changed()
    assert (backup / "state.dlcb").read_bytes() == damaged
