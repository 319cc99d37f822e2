# What the dlc command promises beside its numbers: what its JSON holds, how it
# stops, what it loads, how its table breaks lines.
import array
import fcntl
import json
import os
import re
import signal
import subprocess
import termios
import time

import keras
import numpy as np
import pytest

import models
import oracle


@pytest.fixture
def trainable(tmp_path):
    """A small classifier and 100 samples."""
    model = models.tiny()
    model.compile(optimizer="adam", metrics=["accuracy"],
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.save(tmp_path / "model.keras")
    rng = np.random.default_rng(20)
    np.savez(tmp_path / "data.npz", x=rng.normal(size=(100, 6)).astype("float32"),
             y=rng.integers(0, 4, 100))
    return tmp_path


def arguments(folder, command, *options, model="model.keras"):
    out = {"train": ["-o", folder / "out.keras"], "predict": ["-o", folder / "out.npz"],
           "gradients": ["-o", folder / "g.npz"]}.get(command, [])
    return [command, folder / model, "--data", folder / "data.npz", *out, *options]


def test_train_reports_its_numbers(trainable):
    oracle.dlc(*arguments(trainable, "train", "--epochs", 2, "--validation-split", 0.2,
                          "--json", trainable / "j.json", "--history", trainable / "h.json"))
    numbers = json.loads((trainable / "j.json").read_text())
    history = json.loads((trainable / "h.json").read_text())
    for key in ("startup_s", "compile_s", "step_ms", "cpu_ms", "samples_per_s", "data_wait_ms",
                "peak_rss_bytes", "arena_bytes"):
        assert numbers[key] > 0, key
    assert numbers["steps"] == 6
    assert numbers["startup_s"] > numbers["compile_s"]
    assert numbers["data_wait_ms"] < numbers["step_ms"]
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert numbers["metrics"] == {name: values[-1] for name, values in history.items()}


def test_history_keeps_every_second_step(trainable):
    def losses(every):
        oracle.dlc(*arguments(trainable, "train", "--epochs", 2, "--history",
                              trainable / "h.json", "--log-every", every))
        return json.loads((trainable / "h.json").read_text())["batch_loss"]
    every = losses(1)
    assert len(every) == 8
    assert losses(2) == every[1::2]


def test_profile_times_every_launch(trainable):
    oracle.dlc(*arguments(trainable, "train", "--profile", trainable / "p.json", "--json",
                          trainable / "j.json"))
    profile = json.loads((trainable / "p.json").read_text())
    steps = json.loads((trainable / "j.json").read_text())["steps"]
    rows = json.loads(oracle.dlc("inspect", trainable / "model.keras", "--json", "-"))["train"]["rows"]
    assert profile["steps"] == steps - 1
    assert {row["name"] for row in profile["rows"]} == {row["name"] for row in rows}
    times = [row["ms"] for row in profile["rows"]]
    assert times == sorted(times, reverse=True) and times[-1] > 0
    assert all(("code" in row) == row["library"] for row in profile["rows"])


def test_steps_and_initial_epoch(trainable):
    def count(*options):
        oracle.dlc(*arguments(trainable, "train", "--json", trainable / "j.json", *options))
        return json.loads((trainable / "j.json").read_text())["steps"]
    assert count("--epochs", 3) == 12
    assert count("--epochs", 3, "--initial-epoch", 2) == 4
    assert count("--epochs", 3, "--steps", 5) == 5


@pytest.mark.parametrize("option, value", [
    ("--seed", "-1"), ("--seed", "18446744073709551616"), ("--seed", "1.5"),
    ("--validation-steps", "1"), ("--validation-batch", "2"), ("--validation-freq", "2"),
    ("--validation-epochs", "1,2"), ("--trace-steps", "3")])
def test_options_that_would_do_nothing_or_something_else(trainable, option, value):
    code, _, err = oracle.Run(*arguments(trainable, "train", option, value)).outcome()
    assert code == 2 and err.startswith(f"dlc: error: {option}: ") and err.count("\n") == 1, err


def test_an_epoch_that_the_data_end_is_told_once(trainable):
    code, _, err = oracle.Run(*arguments(trainable, "train", "--epochs", 3,
                                         "--steps-per-epoch", 9)).outcome()
    assert code == 0 and err == (
        "dlc: note: epoch 1 ended after 4 of 9 steps, where the data did\n"), err


def test_standard_output_is_json_alone(trainable):
    for command in ("train", "evaluate"):
        process = oracle.Run(*arguments(trainable, command, "--json", "-"))
        code, out, err = process.outcome()
        assert code == 0
        assert json.loads(out)
        assert "loss" in err
    for command in ("inspect", "summary"):
        assert json.loads(oracle.dlc(command, trainable / "model.keras", "--json", "-"))


def test_class_weight_in_both_spellings(trainable):
    def losses(*options):
        oracle.dlc(*arguments(trainable, "train", "--no-shuffle", "--history",
                              trainable / "h.json", "--log-every", 1, *options))
        return json.loads((trainable / "h.json").read_text())["batch_loss"]
    plain = losses()
    assert losses("--class-weight", "0=2,1=0.5") == losses(
        "--class-weight", '{"0": 2, "1": 0.5}') != plain
    assert losses("--class-weight", "0=1,1=1,2=1,3=1") == plain
    run = oracle.Run(*arguments(trainable, "train", "--class-weight", "0=2,7=3,-1=3"))
    code, _, err = run.outcome()
    assert code == 0 and err.count("dlc: note: class weights: one is for class") == 2, err
    for wrong in ("0", "0=", "a=1", "0=1,0=2", "0=-1", "[1]", '{"0": "a"}', "{"):
        code, _, err = oracle.Run(*arguments(trainable, "train", "--class-weight", wrong)).outcome()
        assert code == 2 and (wrong if wrong != "a=1" else 'class "a"') in err, err


@pytest.mark.parametrize("value", ["1", "1.5", "-0.1", "nan", "half"])
def test_a_split_is_a_fraction(trainable, value):
    code, _, err = oracle.Run(*arguments(trainable, "train", "--validation-split", value)).outcome()
    assert code == 2 and "--validation-split" in err and value in err, err
    assert not (trainable / "out.keras").exists()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_what_is_trained_is_saved_on_signals(trainable, name):
    number = getattr(signal, name)
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip(f"{name} is ignored, as under nohup, and so it is by dlc")
    run = oracle.Run(*arguments(trainable, "train", "--epochs", 10**6, "--no-shuffle"))
    # Until the first epoch has been reported; then between any two steps.
    run.process.stdout.readline()
    time.sleep(0.2)
    run.process.send_signal(number)
    code, _, err = run.outcome(timeout=60)
    assert code == 128 + number, err
    assert "stopped" in err
    steps = int(err.split("stopped after ")[1].split()[0])
    loaded = keras.saving.load_model(trainable / "out.keras")
    assert int(loaded.optimizer.iterations) == steps > 0
    assert sorted(p.name for p in trainable.iterdir()) == ["data.npz", "model.keras", "out.keras"]


def test_a_signal_breaks_off_no_output(trainable):
    run = oracle.Run(*arguments(trainable, "train", "--epochs", 10**6, "--no-shuffle"))

    def count_waiting():
        waiting = array.array("i", [0])
        fcntl.ioctl(run.process.stdout, termios.FIONREAD, waiting)
        return waiting[0]

    # Nobody reads, so in the end the pipe is full and dlc waits in a write.
    before, now = -1, 0
    while now == 0 or before != now:
        time.sleep(0.3)
        before, now = now, count_waiting()
    run.process.send_signal(signal.SIGTERM)
    code, out, err = run.outcome(timeout=60)
    assert code == 128 + signal.SIGTERM, err
    epochs = [int(line.split()[1].split("/")[0]) for line in out.splitlines()]
    assert epochs == [*range(1, len(epochs) + 1)]


def test_training_outlives_who_reads_its_output(trainable):
    run = oracle.Run(*arguments(trainable, "train", "--epochs", 50))
    run.process.stdout.close()
    run.process.stdout = None
    code, _, err = run.outcome(timeout=60)
    assert code == 1 and "standard output: could not be written" in err, err
    loaded = keras.saving.load_model(trainable / "out.keras")
    assert int(loaded.optimizer.iterations) == 50 * 4


def test_a_full_disk_under_standard_output_is_an_error(trainable):
    for command in (["summary", trainable / "model.keras"], ["doctor"],
                    ["inspect", trainable / "model.keras"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([oracle.DLC, *command], stdout=full, stderr=subprocess.PIPE,
                                  text=True)
        assert done.returncode == 1 and "standard output" in done.stderr, (command, done.stderr)


def test_the_artifact_needs_no_llvm(trainable):
    oracle.dlc("compile", trainable / "model.keras", "-o", trainable / "model.dlc")
    for command in ("train", "evaluate", "predict"):
        for model, expected in (("model.dlc", False), ("model.keras", True)):
            done = subprocess.run(
                [oracle.DLC, *map(str, arguments(trainable, command, model=model))],
                env={**os.environ, "LD_DEBUG": "files"}, capture_output=True, text=True)
            assert done.returncode == 0
            assert ("libLLVM" in done.stderr) == expected, (command, model)


def test_an_artifact_refuses_what_would_need_compiling(trainable):
    oracle.dlc("compile", trainable / "model.keras", "-o", trainable / "model.dlc", "--batch", 16)
    for option in (["--optimizer", "sgd"], ["--loss", "mse"], ["--metrics", "mse"],
                   ["--cpu", "native"], ["--training-arg", "honour"], ["--batch", 17],
                   ["--plugin", "acme.so"]):
        code, _, err = oracle.Run(*arguments(trainable, "train", *option,
                                             model="model.dlc")).outcome()
        assert code == 1 and option[0] in err and "model.dlc" in err, err
    for command in ("gradients", "summary"):
        options = arguments(trainable, command, model="model.dlc")
        if command == "summary":
            options = [command, trainable / "model.dlc"]
        code, _, err = oracle.Run(*options).outcome()
        assert code == 1 and "model.dlc" in err, err


def test_without_a_gpu_training_on_one_is_an_error(trainable, monkeypatch):
    # Hides those of a machine that has some.
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    for options in (("--target", "cuda"), ("--device", "cuda")):
        code, _, err = oracle.Run(*arguments(trainable, "train", *options)).outcome()
        assert code == 1 and "or run with --device host or sim" in err, err
        assert not (trainable / "out.keras").exists()


@pytest.mark.parametrize("option, value", [
    ("--target", "foo"), ("--cpu", "foo"), ("--cpu", "native,foo"), ("--emit", "foo"),
    ("--batch", "0"), ("--training-arg", "maybe"), ("--optimizer", '{"class_name"'),
    ("--optimizer", "adam(learning_rate"), ("--optimizer", "adam(learning_rte=1)"),
    ("--loss", "{bad"), ("--metrics", "[accuracy"), ("--no-such", "option")])
def test_usage_errors_are_one_line_and_exit_with_two(trainable, option, value):
    code, out, err = oracle.Run("compile", trainable / "model.keras", "-o", trainable / "m.dlc",
                                option, value).outcome()
    assert code == 2 and not out, err
    assert err.startswith("dlc: error: ") and err.count("\n") == 1, err
    assert option in err, err
    assert not (trainable / "m.dlc").exists()


@pytest.mark.parametrize("arguments", [
    [], ["compile"], ["compile", "model.keras"], ["train", "model.keras"], ["predict"],
    ["summary"], ["import", "model.keras"], ["compile", "model.keras", "-o"]], ids=" ".join)
def test_missing_arguments_exit_with_two(arguments):
    code, _, err = oracle.Run(*arguments).outcome()
    assert code == 2, err
    assert err.startswith("dlc: error: ") and err.count("\n") == 1, err


def test_a_missing_plugin_is_named(trainable):
    (trainable / "text.so").write_text("no library")
    for name in ("missing.so", "text.so"):
        code, _, err = oracle.Run("summary", trainable / "model.keras",
                                  "--plugin", trainable / name).outcome()
        assert code == 1 and name in err, err


def test_unknown_commands_get_the_nearest():
    code, _, err = oracle.Run("trian").outcome()
    assert code == 2
    assert err.startswith("dlc: error: trian") and "train" in err


@pytest.mark.parametrize("batch", [None, 8])
def test_inspect_counts(trainable, batch):
    options = ["--batch", batch] if batch else []
    steps = json.loads(oracle.dlc("inspect", trainable / "model.keras", "--json", "-", *options))
    assert set(steps) == {"train", "evaluate", "predict"}
    for step in steps.values():
        rows = step["rows"]
        library = [row for row in rows if row["library"]]
        assert step["library_calls"] == len(library)
        assert step["kernels"] == len(rows) - len(library)
        assert step["phases"] >= step["kernels"]
        assert step["bytes"] == sum(row["bytes"] for row in rows)
        assert step["flops"] == pytest.approx(sum(row["flops"] for row in rows))
        assert step["max_live_bytes"] <= step["arena_bytes"]
        assert 1 <= step["branch_width"] <= len(rows)
        assert len({row["name"] for row in rows}) == len(rows)
    # Two Dense layers of 6 -> 8 -> 4: products and sums of the forward pass.
    calls = [row for row in steps["predict"]["rows"] if row["library"]]
    assert sum(row["flops"] for row in calls) >= (batch or 32) * 2 * (6 * 8 + 8 * 4)


def test_doctor_names_what_would_be_used():
    report = json.loads(oracle.dlc("doctor", "--json", "-"))
    assert report["target"] == "host" and report["reason"]
    assert report["cpu"]["level"] in ("x86-64-v3", "x86-64-v4")
    assert report["cpu"]["cores"] == os.cpu_count()
    assert report["onednn"].startswith("2.")
    assert set(report["gpu"]) >= {"nvrtc", "cublaslt", "cudnn"}
    assert report["cpu"]["level"] in oracle.dlc("doctor")


@pytest.mark.parametrize("columns", [61, 80, 100, 200])
@pytest.mark.parametrize("name", ["resnet", "two_by_two", "long_names"])
def test_summary_breaks_lines_as_keras(name, columns, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    if name == "long_names":
        model = keras.Sequential([
            keras.Input((600,)),
            keras.layers.Dense(1024, name="a_name_much_longer_than_any_column_could_ever_be"),
            keras.layers.Dense(3, name="a name with many words in it, each of them short"),
        ])
    else:
        model = getattr(models, name)()
    model.save(tmp_path / "model.keras")
    lines = []
    model.summary(print_fn=lines.append)
    assert oracle.dlc("summary", tmp_path / "model.keras").strip() == "\n".join(lines).strip()


def test_a_bar_on_a_terminal_only(trainable):
    command = [oracle.DLC, *map(str, arguments(trainable, "train"))]
    leader, follower = os.openpty()
    process = subprocess.Popen(command, stdout=follower)
    os.close(follower)
    shown = b""
    try:
        while part := os.read(leader, 4096):
            shown += part
    except OSError:
        pass  # the terminal's other end is closed
    assert process.wait() == 0
    lines = re.sub(r"\x1b\[\d*[mK]", "", shown.decode()).splitlines()
    epoch, first, *_, last = filter(None, lines)
    assert epoch == "Epoch 1/1"
    speed = r"\d+s \d+(us|ms|s)/step [\d.]+ samples/s - loss: [\d.]+"
    assert re.match(r"1/(\d+) (━{20}) " + speed, first), first
    assert re.match(r"(\d+)/\1 ━{20} " + speed, last), last
    plain = subprocess.run(command, capture_output=True, text=True).stdout
    assert "━" not in plain and "\x1b" not in plain and plain.count("\n") == 1
    assert re.match(r"Epoch 1/1 - \d+s - \d+(us|ms|s)/step - [\d.]+ samples/s - loss: ", plain)
