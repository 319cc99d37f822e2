"""A compiled model that runs: the library's session, in Python's terms."""
import ctypes
import json
import os
import warnings
import weakref

import numpy as np

from . import _arrays, _weights
from ._library import NoteFunction, library, make
from .errors import Error


def _plain(value):
    """Paths, and numpy's numbers, as JSON has them."""
    return value.item() if isinstance(value, np.generic) else os.fspath(value)


def _encode(options):
    return json.dumps(options, default=_plain).encode()


def compile_file(path, options):
    """A handle to the artifact that a model's file is compiled to."""
    notes = []
    tell = NoteFunction(lambda note, _: notes.append(note.decode(errors="replace")))
    try:
        return make(library.dlc_compile, str(path).encode(), _encode(options), tell, None)
    finally:
        # Not at once: a filter may turn them into exceptions, which C does not let through.
        for note in notes:
            warnings.warn(note, stacklevel=2)


def epoch_order(seed, epoch, count):
    """In which order the library's fit takes samples when it shuffles."""
    order = np.empty(count, np.int64)
    library.dlc_epoch_order(seed, epoch, count,
                            order.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)))
    return order


def read_artifact(path):
    return make(library.dlc_artifact_read, str(path).encode())


def write_artifact(artifact, path):
    """Writes and frees it."""
    try:
        library.dlc_artifact_write(artifact, str(path).encode())
    finally:
        library.dlc_artifact_free(artifact)


class Session:
    def __init__(self, artifact, options):
        """Takes over the artifact's handle."""
        self.handle = make(library.dlc_session_open, artifact, _encode(options))
        weakref.finalize(self, library.dlc_session_free, self.handle)
        text = _arrays.take_text(make(library.dlc_session_describe, self.handle))
        self.about = json.loads(text)
        self.states = {state["name"]: state for state in self.about["states"]}

    @property
    def max_batch(self):
        return self.about["max_batch"]

    def program(self, name):
        """The inputs and outputs of "train", "evaluate", "predict" or "gradients"."""
        found = self.about["programs"].get(name)
        if found is None and name == "gradients":
            raise Error(f"model \"{self.about['model']}\"", "was compiled without gradients", "",
                        "compile it with programs=[\"train\", \"evaluate\", \"predict\", "
                        "\"gradients\"]")
        if found is None:
            raise Error(f"model \"{self.about['model']}\"", f"has no program \"{name}\"",
                        "it was compiled without an optimizer and a loss",
                        "give optimizer= and loss= to dlc.compile")
        return found

    def batch(self, name, x, y=None, sample_weight=None):
        program = self.program(name)
        targets = [port for port in program["inputs"] if port["role"] == "target"]
        return _arrays.Batch.read(program, x, y, _weights.match(sample_weight, targets))

    def count(self, name, x):
        """The samples of arrays for the program."""
        return _arrays.count_samples(self.program(name), x)

    def fit(self, data, validation, options, callbacks):
        """{name: a value for each epoch}, with those before a backup."""
        text = make(library.dlc_fit, self.handle, ctypes.byref(data.data),
                    ctypes.byref(validation.data) if validation else None,
                    _encode(options), ctypes.byref(callbacks))
        return json.loads(_arrays.take_text(text))["history"]

    def evaluate(self, data, batch):
        return _arrays.take_logs(make(library.dlc_evaluate, self.handle,
                                      ctypes.byref(data.data), batch))

    def predict(self, data, batch):
        return _arrays.take_arrays(make(library.dlc_predict, self.handle,
                                        ctypes.byref(data.data), batch))

    def train_on_batch(self, data):
        """Adds to the metrics since reset_metrics."""
        library.dlc_train_on_batch(self.handle, ctypes.byref(data.data), None)

    def test_on_batch(self, data):
        """The same without training, of any number of samples."""
        for first in range(0, max(data.size, 1), self.max_batch):
            part = data
            if data.size > self.max_batch:
                part = data.take(slice(first, first + self.max_batch))
            library.dlc_test_on_batch(self.handle, ctypes.byref(part.data))

    def metrics(self):
        return _arrays.take_logs(make(library.dlc_metrics, self.handle))

    def reset_metrics(self):
        library.dlc_reset_metrics(self.handle)

    def overwrite_with_averages(self):
        library.dlc_overwrite_with_averages(self.handle)

    def gradients(self, data):
        return dict(_arrays.take_arrays(make(library.dlc_gradients, self.handle,
                                             ctypes.byref(data.data))))

    def get_state(self, name):
        return _arrays.take_arrays(make(library.dlc_state_get, self.handle, name.encode()))[0][1]

    def set_state(self, name, value):
        state = self.states.get(name)
        dtype = state["dtype"] if state else "float32"
        array = _arrays.Arrays([(name, _arrays.convert(value, dtype, f"state \"{name}\""))])
        library.dlc_state_set(self.handle, array.structures)

    def set_class_names(self, names):
        texts = [str(name).encode() for name in names]
        library.dlc_class_names_set(self.handle, (ctypes.c_char_p * len(texts))(*texts),
                                    len(texts))

    def save(self, path):
        library.dlc_save(self.handle, str(path).encode())
