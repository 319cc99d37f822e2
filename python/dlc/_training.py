"""fit from the inside: what comes between steps, and the library's own loop over arrays."""
import contextlib
import signal
import threading

from . import _batches, _callbacks, _library
from ._progress import Bar
from .history import History


@contextlib.contextmanager
def noted_interrupt(told):
    """While inside, Ctrl-C calls `told` instead of raising KeyboardInterrupt: raised in
    the middle of a step it would be lost between Python and the library. Handlers other
    than Python's own stay."""
    mine = (threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    if not mine:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: told())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _read_logs(progress):
    return {progress.log_names[i].decode(): progress.log_values[i]
            for i in range(progress.log_count)}


class Training:
    """One call of fit.

    model: the dlc.Model. told: who callbacks are given as their model, the Keras model if
    there is one. Callbacks are Keras' or any object with some of their methods.
    """

    def __init__(self, model, told, callbacks, verbose, first_epoch, epochs, steps):
        self.model, self.told = model, told
        self.verbose, self.first_epoch, self.epochs, self.steps = (
            verbose, first_epoch, epochs, steps)
        self.call = _callbacks.Calls(callbacks)
        self.reads_steps = _callbacks.read_models_in_steps(callbacks)
        self.history = History({"verbose": verbose, "epochs": epochs, "steps": steps}, told)
        self.bar = None
        self.interrupted = False
        self.logs = {}

    def begin(self):
        self.told.stop_training = False
        self.call("set_params", self.history.params)
        self.call("set_model", self.told)
        self.call("on_train_begin", {})
        # Keras' BackupAndRestore sets it.
        self.first_epoch = getattr(self.told, "_initial_epoch", None) or self.first_epoch

    def begin_epoch(self, epoch):
        if self.verbose and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}", flush=True)
        self.bar = Bar(self.verbose, self.steps)
        self.call("on_epoch_begin", epoch, {})

    def begin_step(self, step):
        """Before the step, counted from 0. A callback may set the learning rate."""
        self.call("on_train_batch_begin", step, {})
        self.model.push()

    def end_step(self, step, logs):
        self.bar.update(step + 1, logs)
        if self.call:
            if self.reads_steps:
                self.model.sync()
            self.call("on_train_batch_end", step, logs)
            self.model.push()

    def end_epoch(self, epoch, logs):
        if self.call:
            self.model.sync()
        self.logs = dict(logs)
        # Callbacks may add to them, as ReduceLROnPlateau adds the learning rate.
        self.call("on_epoch_end", epoch, self.logs)
        self.bar.finish(logs)
        self.history.append(epoch, self.logs)
        self.model.push()

    def end(self):
        self.call("on_train_end", self.logs)
        self.model.push()

    def should_stop(self):
        return bool(self.interrupted or getattr(self.told, "stop_training", False))

    def interrupt(self):
        self.interrupted = True


class ArrayTraining:
    """The library's own loop over arrays, as one call of dlc_fit.

    asked: steps of an epoch, if it is not all of the data."""

    def __init__(self, training, asked, is_resumed):
        self.training, self.asked = training, asked
        self.failure = None  # what a callback raised
        self.epoch = None  # that has begun
        self.is_resumed = is_resumed  # where, the library tells with the first step

    def _begin_epoch(self, epoch):
        self.epoch = epoch
        self.training.begin_epoch(epoch)
        self.training.begin_step(0)
        self.training.model.ahead = True

    def on_step(self, progress):
        training = self.training
        if self.epoch is None:
            self.epoch = progress.epoch - 1
            training.begin_epoch(self.epoch)
        training.end_step(progress.step - 1, _read_logs(progress))
        if training.call:
            if progress.step < progress.steps and not training.should_stop():
                training.begin_step(progress.step)
            training.model.ahead = True

    def on_epoch_end(self, progress):
        training, epoch = self.training, progress.epoch - 1
        if self.epoch is None:
            training.begin_epoch(epoch)
        if self.asked and progress.steps < self.asked:
            _batches.warn_short(progress.steps, self.asked)
        training.bar.steps = progress.steps
        training.end_epoch(epoch, _read_logs(progress))
        training.model.ahead = True
        if epoch + 1 < training.epochs and not training.should_stop():
            self._begin_epoch(epoch + 1)

    def guard(self, method):
        """As a function of C, which no exception may leave."""
        def call(progress, _):
            try:
                method(progress.contents)
            except BaseException as error:  # pylint: disable=broad-except
                self.failure = self.failure or error
            if self.failure or self.training.interrupted:
                return _library.INTERRUPT
            return _library.STOP if self.training.should_stop() else 0
        return _library.ProgressFunction(call)

    def run(self, session, data, validation, options):
        training = self.training
        functions = _library.Callbacks(self.guard(self.on_step), self.guard(self.on_epoch_end),
                                       None)
        with noted_interrupt(training.interrupt):
            training.begin()
            if not self.is_resumed and training.first_epoch < training.epochs:
                self._begin_epoch(training.first_epoch)
            training.model.ahead = True
            try:
                history = session.fit(data, validation, {
                    **options, "initial_epoch": training.first_epoch}, functions)
            finally:
                training.model.sync()
            if self.failure:
                raise self.failure
            if training.interrupted:
                raise KeyboardInterrupt
            if self.is_resumed:
                training.history.prepend(history)
            training.end()
        return training.history
