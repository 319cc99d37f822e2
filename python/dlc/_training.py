"""fit from the inside: callbacks, Ctrl-C, the bar."""
import contextlib
import signal
import threading

from . import _library
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
        self.model, self.told, self.callbacks = model, told, callbacks
        self.verbose, self.first_epoch, self.epochs, self.steps = (
            verbose, first_epoch, epochs, steps)
        self.history = History({"verbose": verbose, "epochs": epochs, "steps": steps})
        self.bar = None
        self.failure = None  # what a callback raised
        self.interrupted = False
        self.logs = {}

    def call(self, method, *arguments):
        for callback in self.callbacks:
            function = getattr(callback, method, None)
            if function:
                function(*arguments)

    def begin_epoch(self, epoch):
        """Also what comes before the first step, as a callback may set the learning rate."""
        if self.verbose and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}", flush=True)
        self.bar = Bar(self.verbose, self.steps)
        self.call("on_epoch_begin", epoch, {})
        self.call("on_train_batch_begin", 0, {})
        self.model.push()

    def on_step(self, progress):
        logs = _read_logs(progress)
        self.bar.update(progress.step, logs)
        if self.callbacks:
            self.call("on_train_batch_end", progress.step - 1, logs)
            if progress.step < progress.steps and not self.should_stop():
                self.call("on_train_batch_begin", progress.step, {})
            self.model.push()

    def on_epoch_end(self, progress):
        epoch = progress.epoch - 1
        logs = _read_logs(progress)
        if self.callbacks:
            self.model.sync()
        self.logs = dict(logs)
        # Callbacks may add to them, as ReduceLROnPlateau adds the learning rate.
        self.call("on_epoch_end", epoch, self.logs)
        self.bar.finish(logs)
        self.history.append(epoch, self.logs)
        self.model.push()
        self.model.ahead = True
        if epoch + 1 < self.epochs and not self.should_stop():
            self.begin_epoch(epoch + 1)

    def should_stop(self):
        return bool(self.interrupted or self.failure
                    or getattr(self.told, "stop_training", False))

    def guard(self, method):
        """As a function of C, which no exception may leave."""
        def call(progress, _):
            try:
                method(progress.contents)
            except BaseException as error:  # pylint: disable=broad-except
                self.failure = self.failure or error
            if self.failure or self.interrupted:
                return _library.INTERRUPT
            return _library.STOP if self.should_stop() else 0
        return _library.ProgressFunction(call)

    def interrupt(self):
        self.interrupted = True

    def run(self, session, data, validation, options):
        self.told.stop_training = False
        self.call("set_params", self.history.params)
        self.call("set_model", self.told)
        functions = _library.Callbacks(self.guard(self.on_step), self.guard(self.on_epoch_end),
                                       None)
        with noted_interrupt(self.interrupt):
            self.call("on_train_begin", {})
            if self.first_epoch < self.epochs:
                self.begin_epoch(self.first_epoch)
            self.model.ahead = True
            try:
                session.fit(data, validation, options, functions)
            finally:
                self.model.sync()
            if self.failure:
                raise self.failure
            if self.interrupted:
                raise KeyboardInterrupt
            self.call("on_train_end", self.logs)
            self.model.push()
        return self.history
