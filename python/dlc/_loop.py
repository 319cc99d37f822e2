"""Loops over batches that Python makes or cuts: training, testing, predicting."""
import warnings

import numpy as np

from . import _arrays
from ._batches import unpack, weigh_classes
from ._progress import Bar
from ._training import noted_interrupt
from .errors import Error


def read_batch(session, program, batch, class_weight=None):
    if not isinstance(batch, _arrays.Batch):
        x, y, sample_weight = unpack(batch)
        if program == "predict":
            return session.batch(program, x)
        batch = session.batch(program, x, y, sample_weight)
        batch.check_sizes()
    return weigh_classes(batch, class_weight)


def _shown(batch):
    """(x, y) for Keras, to make its metrics of."""
    if not isinstance(batch, _arrays.Batch):
        return unpack(batch)
    x, y = ([array for _, array in group] for group in batch.named[:2])
    return (x[0] if len(x) == 1 else x), (y[0] if len(y) == 1 else y)


def _fail_empty(thing):
    raise Error(thing, "gives no batch", "there is to be at least one",
                "a generator that has ended gives no more: make a new one")


class Validation:
    """What validates after epochs. frequency: after each so many, or a list of epochs that
    are counted from 1."""

    def __init__(self, epochs, frequency):
        self.epochs, self.frequency = epochs, frequency

    def is_due(self, epoch):
        if isinstance(self.frequency, int):
            return (epoch + 1) % self.frequency == 0
        return epoch + 1 in self.frequency


def test(model, epochs, call, bar, thing):
    """Loss and metrics over the batches of an epoch."""
    epochs.reset()
    call("on_test_begin", {})
    model.push()
    session, step, logs = model.session, 0, {}
    session.reset_metrics()
    for batch in epochs.run(0):
        call("on_test_batch_begin", step, {})
        session.test_on_batch(read_batch(session, "evaluate", batch))
        step += 1
        if bar or call:
            logs = session.metrics()
        if bar:
            bar.update(step, logs)
        call("on_test_batch_end", step - 1, logs)
    if step == 0:
        _fail_empty(thing)
    logs = session.metrics()
    call("on_test_end", logs)
    model.push()
    if bar:
        bar.finish(logs, step)
    return logs


def predict(model, epochs, call, bar):
    """The outputs of all batches of an epoch, one after another."""
    parts, step = [], 0
    call("on_predict_begin", {})
    for batch in epochs.run(0):
        call("on_predict_batch_begin", step, {})
        data = read_batch(model.session, "predict", batch)
        outputs = dict(model.session.predict(
            data, max(1, min(data.size, model.session.max_batch))))
        parts.append(outputs)
        step += 1
        bar.update(step, {})
        call("on_predict_batch_end", step - 1,
             {"outputs": model.nest(outputs)})
    if not parts:
        _fail_empty("x")
    call("on_predict_end", {})
    bar.finish({}, step)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


class BatchTraining:
    """fit over batches of Epochs, with or without Validation."""

    def __init__(self, training, epochs, validation, class_weight):
        self.training, self.epochs, self.validation = training, epochs, validation
        self.class_weight = class_weight

    def _step(self, step, batch):
        training, model = self.training, self.training.model
        data = read_batch(model.session, "train", batch, self.class_weight)
        model.fit_batch(data.size)
        if training.call:
            model.build_metrics(_shown(batch))
        training.begin_step(step)
        with noted_interrupt(training.interrupt):
            model.session.train_on_batch(data)
            model.ahead = True
        if training.interrupted:
            raise KeyboardInterrupt
        logs = {}
        if training.call or training.verbose:
            logs = model.session.metrics()
        training.end_step(step, logs)

    def _epoch(self, epoch):
        """Whether there was a batch."""
        training, model = self.training, self.training.model
        training.steps = self.epochs.steps
        training.begin_epoch(epoch)
        model.session.reset_metrics()
        step = 0
        for batch in self.epochs.run(epoch):
            self._step(step, batch)
            step += 1
            if training.should_stop():
                break
        if step == 0:
            return False
        logs = model.session.metrics()
        if self.validation and self.validation.is_due(epoch):
            if training.call:
                model.sync()
            logs.update({f"val_{name}": value for name, value in test(
                model, self.validation.epochs, training.call, None, "validation_data").items()})
        training.bar.steps = step
        training.end_epoch(epoch, logs)
        return True

    def run(self):
        training, model = self.training, self.training.model
        training.begin()
        try:
            for epoch in range(training.first_epoch, training.epochs):
                if not self._epoch(epoch):
                    if epoch == training.first_epoch:
                        _fail_empty("x")
                    warnings.warn(f"The data ran out after {epoch} epochs: training ends",
                                  stacklevel=4)
                    break
                if training.should_stop():
                    break
            model.session.overwrite_with_averages()
            model.ahead = True
        finally:
            model.sync()
        training.end()
        return training.history
