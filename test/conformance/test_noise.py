# Layers that disturb x in training: how their outputs are spread, by the losses of a step.
import json

import keras
import numpy as np

import oracle

SAMPLES = 2048


def test_spread_of_noise(tmp_path):
    """Of x = 1 with noise, the mean square of y - 1 is the noise's variance; that of the
    mean of a sequence tells whether whole channels are dropped."""
    x = keras.Input((4, 8), name="x")
    layers = {
        "noise": keras.layers.GaussianNoise(0.5, name="noise"),
        "gauss": keras.layers.GaussianDropout(0.2, name="gauss"),
        "channels": keras.layers.SpatialDropout1D(0.2, name="channels"),
    }
    outputs = {name: layer(x) for name, layer in layers.items()}
    image = keras.layers.Reshape((2, 2, 8))(x)
    for name, format in (("last", "channels_last"), ("first", "channels_first")):
        layers[name] = keras.layers.SpatialDropout2D(0.2, data_format=format, name=name)
        outputs[name] = layers[name](image)
    mean = keras.layers.GlobalAveragePooling1D(name="mean")(outputs["channels"])
    outputs["mean"] = keras.layers.Dense(8, use_bias=False, kernel_initializer="identity",
                                         name="mean_out")(mean)
    model = keras.Model(x, list(outputs.values()))
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss=["mse"] * len(outputs))
    names = model.output_names
    model.save(tmp_path / "model.keras")
    ones = np.ones((SAMPLES, 4, 8), "float32")
    shapes = [output.shape[1:] for output in outputs.values()]
    np.savez(tmp_path / "data.npz", x=ones, **{
        f"y_{name}": np.ones((SAMPLES, *shape), "float32")
        for name, shape in zip(names, shapes, strict=True)})
    _, history = oracle.train(tmp_path / "model.keras", tmp_path / "data.npz", tmp_path,
                              batch=512)
    history = history.get("history", history)
    # rate / (1 - rate) of Dropout; each is known to a few per cent.
    for name in names:
        np.testing.assert_allclose(history[f"{name}_loss"][0], 0.25, rtol=0.06, err_msg=name)
    # Without training nothing is disturbed.
    evaluated = oracle.Run("evaluate", tmp_path / "model.keras", "--data", tmp_path / "data.npz",
                           "--json", tmp_path / "e.json")
    evaluated.finish()
    ours = json.loads((tmp_path / "e.json").read_text())
    assert ours.get("metrics", ours)["loss"] < 1e-10
