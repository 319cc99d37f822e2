# Constraints of weights: what they are after steps that violate them, against live
# Keras.
import keras
import numpy as np
import pytest
from keras import constraints, layers

import oracle

BATCH, STEPS = 8, 4

CONSTRAINTS = {
    "max_norm": lambda: constraints.MaxNorm(0.5),
    "max_norm_by_name": lambda: "max_norm",
    "max_norm_of_rows": lambda: constraints.MaxNorm(0.7, axis=1),
    "min_max_norm": lambda: constraints.MinMaxNorm(0.8, 1.1, rate=0.25),
    "min_max_norm_strict": lambda: constraints.MinMaxNorm(min_value=2.0, max_value=2.5, axis=-1),
    "non_neg": lambda: constraints.NonNeg(),
    "unit_norm": lambda: constraints.UnitNorm(),
    "unit_norm_of_all": lambda: constraints.UnitNorm(axis=[0, 1]),
}


# On ptx-sim too; the others with --full only.
ON_SIM = {"max_norm", "min_max_norm"}


def check(model, x, tmp_path, optimizer, places, tolerance=1e-5):
    oracle.randomize(model)
    model.compile(optimizer=optimizer, loss="mean_squared_error")
    y = np.random.default_rng(9).normal(
        size=(len(x), *model.output_shape[1:])).astype("float32")
    file, data = tmp_path / "model.keras", tmp_path / "data.npz"
    model.save(file)
    np.savez(data, x=x, y=y)

    oracle.keras_batches(model, [(x[i:i + BATCH], y[i:i + BATCH])
                                 for i in range(0, len(x), BATCH)])
    for place in places:
        trained, _ = oracle.train(file, data, tmp_path, "--device", place, batch=BATCH)
        loaded = oracle.assert_weights(trained, model, tolerance)
        oracle.assert_optimizers(loaded, model, tolerance)


def draw(*shape):
    return np.random.default_rng(8).normal(size=(BATCH * STEPS, *shape)).astype("float32")


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_constraint(name, tmp_path, pytestconfig):
    model = keras.Sequential([
        keras.Input((6,)),
        layers.Dense(5, activation="tanh", kernel_constraint=CONSTRAINTS[name](),
                     bias_constraint="non_neg", name="hidden"),
        layers.Dense(3, name="out")])
    check(model, draw(6), tmp_path, keras.optimizers.SGD(0.1, weight_decay=0.01),
          oracle.places(name in ON_SIM, pytestconfig))


def test_constraint_of_an_embedding(tmp_path, pytestconfig):
    model = keras.Sequential([
        keras.Input((5,), dtype="int32"),
        layers.Embedding(7, 4, embeddings_constraint=constraints.MaxNorm(0.5, axis=1)),
        layers.Flatten(),
        layers.Dense(3)])
    x = np.random.default_rng(8).integers(0, 7, (BATCH * STEPS, 5)).astype("int32")
    check(model, x, tmp_path, keras.optimizers.SGD(0.1),
          oracle.places(False, pytestconfig))


def test_constraints_of_other_weights(tmp_path, pytestconfig):
    """Kernels of convolutions, gamma and beta, slopes; a frozen one moves freely."""
    limit = constraints.MaxNorm(0.6, axis=[0, 1, 2])
    model = keras.Sequential([
        keras.Input((8, 8, 2)),
        layers.Conv2D(4, 3, kernel_constraint=limit, bias_constraint="max_norm"),
        layers.DepthwiseConv2D(3, depthwise_constraint=limit),
        layers.LayerNormalization(gamma_constraint="non_neg", beta_constraint="max_norm"),
        layers.SeparableConv2D(4, 2, depthwise_constraint=limit, bias_constraint="non_neg",
                               pointwise_constraint=constraints.MaxNorm(0.5, axis=[0, 1, 2])),
        layers.Conv2DTranspose(3, 2, kernel_constraint=limit, bias_constraint="max_norm"),
        layers.BatchNormalization(gamma_constraint="non_neg", beta_constraint="unit_norm"),
        layers.PReLU(alpha_constraint="non_neg", shared_axes=[1, 2]),
        layers.Flatten(),
        layers.Dense(4, kernel_constraint="unit_norm", trainable=False),
        layers.Dense(3)])
    check(model, draw(8, 8, 2), tmp_path, keras.optimizers.SGD(0.05, momentum=0.9),
          oracle.places(False, pytestconfig), 1e-4)
