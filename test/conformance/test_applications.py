# Every network of keras.applications against live Keras: what it predicts and, for
# one of each family, what a step of training does to its weights. Measured rows
# go into the table of docs/Coverage.md: --coverage-table FILE.
import collections
import io
import json
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import h5py
import keras
import numpy as np
import pytest

import networks
import oracle

# Of the norm of (output minus its mean over the batch).
PREDICTION_BOUND = 1e-4
# Of the norm of a weight's change, beside what rounding does to the weight itself
# and to a gradient that is a sum of much that cancels: a bias that reaches nothing
# but a BatchNormalization has none, and its step is what rounding leaves of a sum
# of such gradients as change the layer's other weights.
TRAINING_BOUND = 1e-3
ROUNDING = 2 ** -23
CANCELLING = 1e-5


def ask_keras(name, folder, *options):
    script = pathlib.Path(networks.__file__)
    subprocess.run([sys.executable, script, name, folder, *options], check=True)
    return json.loads((folder / "facts.json").read_text())


def read_weights(path):
    """Every dataset of a .keras file by its path."""
    found = {}

    def visit(path, item):
        if isinstance(item, h5py.Dataset):
            found[path] = np.asarray(item, np.float64)

    with zipfile.ZipFile(path) as archive:
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
            file.visititems(visit)
    return found


def check_prediction(folder, facts):
    oracle.dlc("predict", folder / "model.keras", "--data", folder / "data.npz",
               "--batch", networks.BATCH, "-o", folder / "y.npz")
    expected = np.load(folder / "predicted.npy").astype(np.float64)
    actual = oracle.load_npz(folder / "y.npz")["y"]
    assert actual.shape == expected.shape
    varying = np.linalg.norm(expected - expected.mean(axis=0))
    # An output that hardly varies would be no test.
    assert varying > 1e-2 * np.linalg.norm(expected)
    error = np.linalg.norm(actual - expected) / varying
    facts["prediction"] = error
    assert error <= PREDICTION_BOUND


def check_training(folder, facts):
    oracle.dlc("train", folder / "model.keras", "--data", folder / "data.npz",
               "--batch", networks.BATCH, "--no-shuffle", "-o", folder / "ours.keras")
    before = read_weights(folder / "model.keras")
    expected = read_weights(folder / "trained.keras")
    actual = read_weights(folder / "ours.keras")
    assert actual.keys() == expected.keys()
    paths = [path for path in expected if not path.startswith("optimizer/")]
    changes = {path: np.linalg.norm(expected[path] - before[path]) for path in paths}
    layers = collections.defaultdict(float)
    for path in paths:
        layers[layer_of(path)] = np.hypot(layers[layer_of(path)], changes[path])
    worst, where = 0.0, ""
    for path in paths:
        noise = (ROUNDING * np.linalg.norm(expected[path])
                 + CANCELLING * layers[layer_of(path)])
        distance = np.linalg.norm(actual[path] - expected[path])
        if distance == 0:
            continue
        share = distance / (changes[path] + noise / TRAINING_BOUND)
        # Not `share > worst`: NaN must be found.
        if not share <= worst:
            worst, where = share, path
    facts["training"] = worst
    assert sum(change > 0 for change in changes.values()) > len(paths) / 2
    assert worst <= TRAINING_BOUND, where


@pytest.mark.parametrize("label_shape", [
    (1, 1), pytest.param((1, 1, 1), marks=pytest.mark.full)])
def test_head_on_images_of_features(label_shape, tmp_path):
    """Dense layers straight on MobileNet's images of features, as people write it: a
    label for each of the 1 x 1 positions is what such a model asks for."""
    base = keras.applications.MobileNet(include_top=False, weights=None, alpha=0.25,
                                        input_shape=(32, 32, 3))
    x = keras.layers.Dense(1024, activation="relu")(base.output)
    model = keras.Model(base.input, keras.layers.Dense(10)(x))
    rng = np.random.default_rng(8)
    images = networks.randomize(model, rng, True)
    labels = rng.integers(0, 10, (networks.BATCH, *label_shape)).astype("int32")
    model.compile(optimizer=keras.optimizers.SGD(networks.RATE),
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    np.savez(tmp_path / "data.npz", x=images, y=labels)
    model.save(tmp_path / "model.keras")
    model.train_on_batch(images, labels)
    model.save(tmp_path / "trained.keras")
    check_training(tmp_path, {})


def layer_of(path):
    """Of layers/conv2d_1/vars/0: layers/conv2d_1."""
    return path.split("/vars/")[0]


# The table.

HEAD = """# Coverage: the networks of Keras

All of `keras.applications` with `weights=None`, at the smallest input that Keras
takes, without the last softmax, with every weight and statistic redrawn at random
such that float32 can tell right from wrong (`test/conformance/conditioning.py`);
batches of {batch}, Xception's of {fewer}. Made by

```sh
.venv/bin/python -m pytest --full test/conformance/test_applications.py \\
    --coverage-table docs/Coverage.md
```

*Prediction* is the norm of the difference from Keras over the norm of (Keras'
output minus its mean over the batch); at most {prediction:g} passes. *Training* is
the largest share, over all weights and statistics, of the difference from Keras
after one step of SGD in the norm of what the step changed (and of what rounding may
change of a sum that cancels); at most {training:g} passes, for one network of each
family.
"""
COLUMNS = ["network", "layers", "parameters", "input", "prediction", "training"]


def format_row(name, facts):
    training = f"{facts['training']:.0e}" if "training" in facts else ""
    cells = [name, facts["layers"], f"{facts['parameters']:,}", facts["input"],
             f"{facts['prediction']:.0e}", training]
    return "| " + " | ".join(map(str, cells)) + " |"


def write_row(table, name, facts):
    """Adds or replaces the network's row, in the order of networks.NAMES."""
    rows = {}
    if table.exists():
        for line in table.read_text().splitlines():
            if (match := re.match(r"\| (\w+) \|", line)) and match[1] in networks.NAMES:
                rows[match[1]] = line
    rows[name] = format_row(name, facts)
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    lines += [rows[each] for each in networks.NAMES if each in rows]
    head = HEAD.format(batch=networks.BATCH,
                       fewer=networks.FEWER_SAMPLES["xception"], prediction=PREDICTION_BOUND,
                       training=TRAINING_BOUND)
    table.write_text(head + "\n" + "\n".join(lines) + "\n")


# A short run takes one of each family, but not the training of these, which Keras
# takes a minute to compile.
SLOW_TO_TRAIN = {"DenseNet121", "NASNetMobile", "InceptionV3", "InceptionResNetV2",
                 "Xception"}


def cases():
    for name in networks.NAMES:
        marks = () if name in networks.HEADS else pytest.mark.full
        yield pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", cases())
def test_application(name, tmp_path, request):
    full = request.config.getoption("--full")
    trains = name in networks.HEADS and (full or name not in SLOW_TO_TRAIN)
    try:
        facts = ask_keras(name, tmp_path, *(["--train"] if trains else []))
        check_prediction(tmp_path, facts)
        if trains:
            check_training(tmp_path, facts)
    finally:
        # The largest network takes gigabytes.
        shutil.rmtree(tmp_path)
    if table := request.config.getoption("--coverage-table"):
        write_row(pathlib.Path(table), name, facts)


def test_all_applications_are_listed():
    import keras
    named = {name for name in dir(keras.applications)
             if name[0].isupper() and callable(getattr(keras.applications, name))}
    assert named == set(networks.NAMES)
    assert len(networks.NAMES) == 40
