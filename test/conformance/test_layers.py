# Each layer and op of rows.py: forward, every gradient, and the state after a
# training step, against live Keras, on the host and on the software GPU.
import re

import keras
import numpy as np
import pytest

import oracle
from rows import ROWS

BATCH = 5
QUICK = 2
PLACES = "host", "sim"

CASES = [
    pytest.param(row, index, id=f"{row}-{index}",
                 marks=[pytest.mark.full] if index >= QUICK else [])
    for row, cases in ROWS.items() for index in range(len(cases))
]


def make_model(case):
    keras.utils.set_random_seed(1)
    inputs = [keras.Input(shape, name=f"in{i}", dtype=case.dtype)
              for i, shape in enumerate(case.shapes)]
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], case.call(*inputs), name="row")
    oracle.randomize(model)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mean_squared_error")
    return model


def make_data(case, model):
    rng = np.random.default_rng(7)
    x = {f"in{i}": rng.uniform(case.low, case.high, (BATCH, *shape)).astype(case.dtype)
         for i, shape in enumerate(case.shapes)}
    y = rng.normal(size=(BATCH, *model.output_shape[1:])).astype("float32")
    return x, y


@pytest.mark.parametrize("row, index", CASES)
def test_layer(row, index, tmp_path):
    case = ROWS[row][index]
    model = make_model(case)
    x, y = make_data(case, model)
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, y=y, **{f"x_{name}": value for name, value in x.items()})

    runs = [oracle.Run(command, file, "--data", data, "-o", tmp_path / f"{command}.{place}.npz",
                       "--batch", BATCH, "--device", place)
            for command in ("predict", "gradients") for place in PLACES]
    fed = oracle.x_structure(model, x)
    forward = np.asarray(model(fed, training=False))
    expected = oracle.keras_gradients(model, x, y)
    for run in runs:
        run.finish()

    for place in PLACES:
        outputs = oracle.load_npz(tmp_path / f"predict.{place}.npz")
        oracle.assert_near(outputs["y"], forward, f"output on {place}", 1e-5)
        actual = oracle.load_npz(tmp_path / f"gradients.{place}.npz")
        assert actual.keys() == expected.keys()
        for name, value in expected.items():
            oracle.assert_near(np.reshape(actual[name], value.shape), value,
                               f"gradient of {name} on {place}", 1e-5)

    if model.non_trainable_variables:
        oracle.keras_batches(model, [(fed, y)])
        for place in PLACES:
            trained, _ = oracle.train(file, data, tmp_path, "--device", place, batch=BATCH)
            oracle.assert_weights(trained, model, 1e-5)


def test_rows_cover_the_dialect():
    """A layer without a row cannot be added unnoticed."""
    classes = set()
    for file, prefix in (("LayerOps.td", ""), ("SpatialOps.td", ""), ("NormalizationOps.td", ""), ("AttentionOps.td", ""),
                         ("NodeOps.td", "ops.")):
        text = (oracle.ROOT / "dialects/layer" / file).read_text()
        classes |= {prefix + name for name in re.findall(r'^def \w+\s*:\s*\w+<"\w+",\s*"(\w+)"', text, re.MULTILINE)}
    assert classes, "no layer was found in dialects/layer"
    assert classes - {name for row in ROWS for name in row.split()} == set()
    assert {row for row, cases in ROWS.items() if len(cases) < QUICK} == set()
