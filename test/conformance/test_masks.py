# Masks that an Embedding makes, followed from layer to layer as Keras does: the
# output, gradients and moving statistics of models that compute with them.
import keras
import numpy as np
import pytest
from keras import layers

import oracle

BATCH, STEPS, WORDS = 5, 6, 4


def embed(x, mask_zero=True):
    return layers.Embedding(WORDS, 3, mask_zero=mask_zero)(x)


def in_a_row(*then):
    """Of a Sequential, whose file does not say which layer gets a mask."""
    return lambda: keras.Sequential([
        keras.Input((STEPS,), dtype="int32", name="a"),
        layers.Embedding(WORDS, 3, mask_zero=True), *then])


def of_two(call):
    """Of two sequences, by a function of their tensors."""
    def build():
        inputs = [keras.Input((STEPS,), dtype="int32", name=name) for name in "ab"]
        return keras.Model(inputs, call(*inputs))
    return build


def merged(make, second_has_mask=True):
    return of_two(lambda a, b: layers.Dense(2)(make([embed(a), embed(b, second_has_mask)])))


def attended(a, b):
    """MultiHeadAttention takes the masks off what it reads: the sum has none."""
    x, y = embed(a), embed(b)
    attention = layers.MultiHeadAttention(2, 3)(x, y)
    return layers.Concatenate()([layers.Add()([attention, x]), attention])


def pooled(x):
    return layers.GlobalAveragePooling1D()(layers.BatchNormalization(momentum=0.8)(x))


MODELS = {
    "normalized": in_a_row(layers.BatchNormalization(momentum=0.8),
                           layers.Dense(4, activation="tanh"), layers.GlobalAveragePooling1D()),
    "normalized_to_the_loss": in_a_row(layers.BatchNormalization(scale=False), layers.Dense(2)),
    "steps_joined": of_two(lambda a, b: pooled(
        layers.Concatenate(axis=1)([embed(a), embed(b, False)]))),
    "features_joined": of_two(lambda a, b: pooled(layers.Concatenate()([embed(a), embed(b)]))),
    "features_of_one": of_two(lambda a, b: pooled(
        layers.Concatenate()([embed(a), embed(b, False)]))),
    "multiply": merged(lambda xs: layers.Multiply()(xs)),
    "multiply_one": merged(lambda xs: layers.Multiply()(xs), second_has_mask=False),
    "maximum": merged(lambda xs: layers.Maximum()(xs)),
    "maximum_one": merged(lambda xs: layers.Maximum()(xs), second_has_mask=False),
    "minimum": merged(lambda xs: layers.Minimum()(xs[::-1])),
    "minimum_one": merged(lambda xs: layers.Minimum()(xs[::-1]), second_has_mask=False),
    "attended": of_two(attended),
}

# On ptx-sim too; the others with --full only.
ON_SIM = {"normalized", "steps_joined", "maximum"}


@pytest.mark.parametrize("name", MODELS)
def test_masked(name, tmp_path, pytestconfig):
    model = MODELS[name]()
    oracle.randomize(model)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mean_squared_error")
    rng = np.random.default_rng(6)
    x = {tensor.name: rng.integers(0, WORDS, (BATCH, STEPS)).astype("int32")
         for tensor in model.inputs}
    for tokens in x.values():
        tokens[:, 0] = 1  # a mean over no step is no number
    y = rng.normal(size=(BATCH, *model.output_shape[1:])).astype("float32")
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, y=y, **{f"x_{key}": value for key, value in x.items()})

    places = oracle.places(name in ON_SIM, pytestconfig)
    runs = [oracle.Run(command, file, "--data", data, "-o", tmp_path / f"{command}.{place}.npz",
                       "--batch", BATCH, "--device", place)
            for command in ("predict", "gradients") for place in places]
    fed = oracle.x_structure(model, x)
    forward = np.asarray(model(fed, training=False))
    expected = oracle.keras_gradients(model, x, y)
    for run in runs:
        run.finish()
    oracle.keras_batches(model, [(fed, y)])
    for place in places:
        outputs = oracle.load_npz(tmp_path / f"predict.{place}.npz")
        oracle.assert_near(outputs["y"], forward, f"output on {place}", 1e-5)
        actual = oracle.load_npz(tmp_path / f"gradients.{place}.npz")
        assert actual.keys() == expected.keys()
        for key, value in expected.items():
            oracle.assert_near(np.reshape(actual[key], value.shape), value,
                               f"gradient of {key} on {place}", 1e-5)
        trained, _ = oracle.train(file, data, tmp_path, "--device", place, batch=BATCH)
        oracle.assert_weights(trained, model, 1e-5)
