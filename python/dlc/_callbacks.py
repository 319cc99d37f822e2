"""What callbacks want to be told, and whether they look into the model."""
from .errors import Error

_BATCHES = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
_TESTS = ("on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end")


def as_list(callbacks):
    """Of None, one callback, several, or Keras' CallbackList."""
    callbacks = getattr(callbacks, "callbacks", callbacks)
    if not isinstance(callbacks, (list, tuple)):
        callbacks = [callbacks] if callbacks else []
    for callback in callbacks:
        _check(callback)
    return list(callbacks)


def _check(callback):
    """That it can be told something."""
    if isinstance(callback, type):
        raise Error("callbacks", f"hold the class {callback.__name__}", "its methods need an object",
                    f"give {callback.__name__}(...)")
    if not any(name.startswith("on_") or name == "set_model" for name in dir(callback)):
        raise Error("callbacks", f"hold a {type(callback).__name__}",
                    "a callback has methods such as on_epoch_end",
                    "give objects of keras.callbacks, or of classes with some of their methods")


def _define(callback, names):
    """The class that gives each method, the callback itself for its own functions; not
    those that Keras' base class has for all."""
    for name in names:
        if name in getattr(callback, "__dict__", {}):
            yield callback
        for kind in type(callback).__mro__:
            if name in vars(kind):
                if kind.__module__ != "keras.src.callbacks.callback":
                    yield kind
                break


def read_models_in_steps(callbacks):
    """Whether one may read weights between steps: one with methods for batches that are not
    Keras' own, or of Keras' that saves after some number of batches."""
    return any(isinstance(getattr(callback, "save_freq", None), int)
               or any(not getattr(owner, "__module__", "").startswith("keras.")
                      or owner is callback for owner in _define(callback, _BATCHES))
               for callback in callbacks)


def follow_tests(callbacks):
    """Whether one is to be told of batches of validation."""
    return any(True for callback in callbacks for _ in _define(callback, _TESTS))


class Calls:
    """Calls a method of all callbacks that have it."""

    def __init__(self, callbacks):
        self.callbacks = callbacks

    def __bool__(self):
        return bool(self.callbacks)

    def __call__(self, method, *arguments):
        for callback in self.callbacks:
            function = getattr(callback, method, None)
            if function:
                function(*arguments)
