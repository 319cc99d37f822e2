# A small transformer: imports from Keras, trains on the host and on the software
# GPU as Keras does, and goes back into Keras.
import keras
import numpy as np
import pytest

import models
import oracle

BATCH, STEPS = 4, 3


@pytest.fixture(scope="module")
def trained_by_keras(tmp_path_factory):
    """A model's file and data, and the same model after three steps of Keras."""
    folder = tmp_path_factory.mktemp("transformer")
    keras.utils.set_random_seed(2)
    model = models.transformer()
    oracle.randomize(model)
    # Not Adam: a bias of keys changes no share, and Adam makes a step of its rounding.
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9),
                  keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=["accuracy"])
    rng = np.random.default_rng(4)
    samples = BATCH * STEPS - 1
    x = rng.integers(0, 30, (samples, 12)).astype("int32")
    y = rng.integers(0, 10, samples).astype("int32")
    file, data = folder / "model.keras", folder / "data.npz"
    model.save(file)
    np.savez(data, x=x, y=y)
    batches = [(x[i:i + BATCH], y[i:i + BATCH]) for i in range(0, samples, BATCH)]
    return model, file, data, batches, oracle.keras_batches(model, batches)


@pytest.mark.parametrize("place", ["host", "sim"])
def test_three_steps(place, trained_by_keras, tmp_path):
    model, file, data, batches, losses = trained_by_keras
    trained, history = oracle.train(file, data, tmp_path, "--device", place, batch=BATCH)
    oracle.assert_losses(history["batch_loss"], losses, 1e-4)
    loaded = oracle.assert_weights(trained, model, 1e-4)
    oracle.assert_optimizers(loaded, model, 1e-4)
    # Keras goes on with the file: its next step is that of its own model.
    [ours] = oracle.keras_batches(loaded, batches[:1])
    again = keras.saving.load_model(file)
    again.set_weights(model.get_weights())
    assert np.isclose(ours, again.evaluate(*batches[0], verbose=0)[0], rtol=1e-4)
