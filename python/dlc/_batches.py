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


def warn_short(steps, asked):
    """Of an epoch that the data did not suffice for."""
    warnings.warn(f"The data ran out after {steps} of {asked} batches of an epoch", stacklevel=5)


def number_classes(class_weight, names):
    """{class number: weight}, also of what is given by the classes' names."""
    numbers = {name: number for number, name in enumerate(names)}
    weights = {}
    for label, weight in (class_weight or {}).items():
        if label not in numbers and isinstance(label, str) and not label.isdigit():
            raise Error("class_weight", f"names a class \"{label}\"",
                        f"the classes are {', '.join(names)}" if names
                        else "the classes have no names",
                        "correct it, or give numbers" if names
                        else "give numbers, or names to class_names of the dlc.Model")
        weights[int(numbers.get(label, label))] = float(weight)
    return weights


def weigh_classes(batch, class_weight):
    """A Batch with the weights of its labels' classes as those of its samples."""
    if not class_weight:
        return batch
    inputs, targets, weights = batch.named
    if weights:
        raise Error("class_weight", "is given beside sample_weight",
                    "only one of them can weigh the samples", "leave one out")
    if len(targets) != 1:
        raise Error("class_weight", "is given", f"the model has {len(targets)} outputs",
                    "give sample_weight instead")
    name, labels = targets[0]
    if labels.ndim > 2:
        raise Error(f"target \"{name}\"", f"has shape {labels.shape}",
                    "class_weight takes a label or a row of classes for each sample",
                    "give sample_weight instead")
    if labels.ndim > 1:
        labels = labels.argmax(-1) if labels.shape[-1] > 1 else labels[..., 0]
    weight = np.array([class_weight.get(int(label), 1.0) for label in labels], "float32")
    return _arrays.Batch(inputs, targets, [(name, weight)])


class Epochs:
    """The batches of one epoch after another. steps: of an epoch, if it is not all of the
    source; the source then goes on in the next epoch where it was, as in Keras."""

    def __init__(self, source, steps=None):
        if steps is not None and int(steps) < 1:
            raise Error("the steps of an epoch", f"are {steps}", "there is at least one",
                        "give 1 or more")
        self.source, self.asked = source, int(steps) if steps else None
        self.first_epoch = None
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
        if self.first_epoch is None:
            self.first_epoch = epoch
        self.source.begin_epoch()
        try:
            if self.current is None:
                # A pass is numbered as the library does, which keys the order.
                self.current = self.source.start(
                    self.first_epoch + self.passes if self.asked else epoch)
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
            warn_short(step, self.asked)
        elif ended:
            self.known = step
        if ended or self.seen == self.source.count:
            self.current = None
