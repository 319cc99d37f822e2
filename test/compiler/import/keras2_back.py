"""Whether a trained file has the form of the one that it came from."""
import io
import sys
import zipfile

import h5py
import numpy as np


def read(path):
    """config.json, and the datasets by path."""
    with zipfile.ZipFile(path) as archive:
        weights = io.BytesIO(archive.read("model.weights.h5"))
        config = archive.read("config.json")
    found = {}
    with h5py.File(weights) as file:
        file.visititems(lambda name, item: found.update({name: item[()]})
                        if isinstance(item, h5py.Dataset) else None)
    return config, found


config, before = read(sys.argv[1])
trained_config, after = read(sys.argv[2])
assert trained_config == config
layers = {name for name in after if not name.startswith("optimizer/")}
assert layers == before.keys(), layers ^ before.keys()
assert not any(np.array_equal(before[name], after[name]) for name in layers)
