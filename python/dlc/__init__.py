"""dlc: Keras models, compiled for training.

    model = dlc.compile(keras_model)
    model.fit(x, y, epochs=5)

docs/Python.md is the guide.
"""
from ._library import VERSION as __version__
from .compiling import compile
from .errors import Error
from .history import History
from .model import Model

__all__ = ["Error", "History", "Model", "compile"]
