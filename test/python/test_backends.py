# Backends of Keras whose variables change in place, of which numpy needs no install.
import os
import subprocess
import sys

import pytest

import oracle

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import keras
import numpy as np
import dlc
layers = keras.layers
keras_model = keras.Sequential([keras.Input((6,)), layers.Dense(4, activation="tanh"),
                                layers.Dense(2)])
keras_model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
x = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")
y = x[:, :2]
model = dlc.compile(keras_model)

def both():
    return keras_model.evaluate(x, y, verbose=0), model.evaluate(x, y, verbose=0)

model.fit(x, y, epochs=3, verbose=0)
assert int(keras_model.optimizer.iterations) == 6
np.testing.assert_allclose(*both(), rtol=1e-5)
before = both()[0]
model.train_on_batch(x, y)
assert both()[0] == before > both()[1]
model.sync()
np.testing.assert_allclose(*both(), rtol=1e-5)
keras_model.set_weights([0 * weight for weight in keras_model.get_weights()])
assert not model.predict(x, verbose=0).any()
rate = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.0)
model.fit(x, y, epochs=2, verbose=0, callbacks=[rate])
assert not keras_model.get_weights()[0].any()
"""


@pytest.mark.full
def test_variables_that_change_in_place():
    done = subprocess.run([sys.executable, "-c", PROGRAM, oracle.ROOT / "python"], text=True,
                          capture_output=True, env={**os.environ, "KERAS_BACKEND": "numpy"})
    assert done.returncode == 0, done.stderr
