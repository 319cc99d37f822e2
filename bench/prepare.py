# Writes what all programs are timed on: prepare.py MODEL FOLDER BATCH
# POLICY makes FOLDER/model.keras (compiled) and FOLDER/data.npz (x and y of four batches).
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import keras
import numpy as np

import models

name, folder, batch = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
keras.config.set_dtype_policy(sys.argv[4])
folder.mkdir(parents=True, exist_ok=True)
model = models.build_compiled(name)
x, y = models.make_data(model, 4 * batch)
np.savez(folder / "data.npz", x=x, y=y)
model.save(folder / "model.keras")
