"""Batches, epoch by epoch: cut from arrays, or made by what the user gives."""
import sys
import warnings

import numpy as np

from . import _arrays, _session
from .errors import Error


class ArrayBatches:
    """Cuts arrays, as the library's fit does.

    data: a Batch of all samples. seed: shuffles, in the library's order; None: does not."""

    def __init__(self, data, batch, seed=None):
        data.check_sizes()
        self.data, self.batch, self.seed = data, batch, seed
        self.count = -(-data.size // batch)

    def split(self, fraction, batch):
        """What trains, and the last part, which validates in batches of another size."""
        trained = int(self.data.size * (1 - fraction))
        if not 0 < trained < self.data.size:
            raise Error("validation_split", f"is {fraction}",
                        f"that leaves 0 of {self.data.size} samples for "
                        f"{'validation' if trained else 'training'}",
                        "use another fraction or more data")
        return (ArrayBatches(self.data.take(slice(0, trained)), self.batch, self.seed),
                ArrayBatches(self.data.take(slice(trained, None)), batch))

    def start(self, epoch):
        """An epoch's batches: Batch objects or what the user's source gives."""
        size, order = self.data.size, None
        if self.seed is not None:
            order = _session.epoch_order(self.seed, epoch, size)
        for first in range(0, size, self.batch):
            rows = slice(first, min(first + self.batch, size))
            yield self.data.take(rows if order is None else order[rows])

    def begin_epoch(self):
        """Nothing to tell."""

    end_epoch = begin_epoch


class Stream:
    """Any iterable of batches. One that can be iterated only once, as a generator, goes on
    where it was in the next epoch; others begin again."""

    def __init__(self, source):
        self.source = source
        try:
            self.count = len(source)
        except TypeError:  # it has none, or does not know it
            self.count = None

    def start(self, epoch):
        return iter(self.source)

    def begin_epoch(self):
        """Nothing to tell."""

    end_epoch = begin_epoch


class PyDatasetBatches:
    """keras.utils.PyDataset, by Keras' own adapter: workers, shuffling, calls at the ends of
    epochs."""

    def __init__(self, source, shuffle):
        from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter
        self.adapter = PyDatasetAdapter(source, shuffle=shuffle)
        self.count = self.adapter.num_batches

    def start(self, epoch):
        return iter(self.adapter.get_numpy_iterator())

    def begin_epoch(self):
        self.adapter.on_epoch_begin()

    def end_epoch(self):
        self.adapter.on_epoch_end()


def open_stream(source, y, sample_weight, shuffle=False):
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise Error(name, "is given beside batches", "each batch brings its own",
                        "let x give (x, y) or (x, y, sample_weight)")
    keras = sys.modules.get("keras")
    if keras is not None and isinstance(source, keras.utils.PyDataset):
        return PyDatasetBatches(source, shuffle)
    return Stream(source)


def unpack(batch):
    """(x, y, sample_weight) of what a stream gives, as Keras reads it."""
    if isinstance(batch, list):
        batch = tuple(batch)
    if not isinstance(batch, tuple):
        return batch, None, None
    if not 1 <= len(batch) <= 3:
        raise Error("a batch", f"has {len(batch)} parts",
                    "it is (x,), (x, y) or (x, y, sample_weight)",
                    "put several inputs or targets into a tuple or a dict of their own")
    return batch + (None,) * (3 - len(batch))


def weigh(y, sample_weight, class_weight):
    """Class weights as weights of samples, for one batch."""
    if not class_weight:
        return sample_weight
    if sample_weight is not None:
        raise Error("class_weight", "is given beside sample_weight",
                    "only one of them can weigh the samples", "leave one out")
    labels = np.asarray(y)
    if labels.ndim > 1:
        labels = labels.argmax(-1) if labels.shape[-1] > 1 else labels[..., 0]
    return np.array([class_weight.get(int(label), 1.0) for label in labels], "float32")


class Epochs:
    """The batches of one epoch after another. steps: of an epoch, if it is not all of the
    source; the source then goes on in the next epoch where it was, as in Keras."""

    def __init__(self, source, steps=None):
        if steps is not None and int(steps) < 1:
            raise Error("the steps of an epoch", f"are {steps}", "there is at least one",
                        "give 1 or more")
        self.source, self.asked = source, int(steps) if steps else None
        self.current = None  # the iterator, where it goes on
        self.seen = 0  # batches of it
        self.passes = 0  # over the source
        self.known = None  # the length of a pass, once one has ended

    @property
    def steps(self):
        """Of an epoch; None if that is not known before its end."""
        return self.asked or self.source.count or self.known

    def reset(self):
        """Begins again at the source's first batch, if it can."""
        self.current = None

    def run(self, epoch):
        """The batches of an epoch, counted from 0."""
        self.source.begin_epoch()
        try:
            if self.current is None:
                self.current = self.source.start(self.passes if self.asked else epoch)
                self.passes, self.seen = self.passes + 1, 0
            step, ended = 0, False
            while step != self.asked and not ended:
                for batch in self.current:
                    step += 1
                    yield batch
                    break
                else:
                    ended = True
            self._finish(step, ended)
        finally:
            self.source.end_epoch()

    def _finish(self, step, ended):
        self.seen += step
        if ended and self.asked:
            warnings.warn(f"The data ran out after {step} of {self.asked} batches of an epoch",
                          stacklevel=4)
        elif ended:
            self.known = step
        if ended or self.seen == self.source.count:
            self.current = None
