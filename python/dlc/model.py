"""A compiled model: fit, evaluate, predict as in Keras."""
import pathlib
import tempfile

from . import _keras, _session
from ._progress import Bar
from ._training import Training
from .errors import Error

_DEFAULT_BATCH = 32  # Keras' own


class Model:
    """Made by dlc.compile. Methods mean what keras.Model's mean, and take arrays of
    numpy or what numpy makes arrays of.

    With a Keras model behind it, fit leaves the trained weights and the optimizer's state
    there, and what Keras changes is seen by the next call here. Not for several threads at
    once.
    """

    def __init__(self, source, options, opening):
        """source: a bridge to a Keras model, or a file's name."""
        self._source, self._options, self._opening = source, options, opening
        self._bridge = source if isinstance(source, _keras.Bridge) else None
        self.ahead = False  # whether the session has trained since Keras was told
        self.stop_training = False
        self._session = self._open()

    # ---- Compiling ----

    def _compile(self, options):
        """A handle to the artifact."""
        if self._bridge:
            return self._bridge.write(lambda path: _session.compile_file(path, options))
        if self._source.endswith(".dlc"):
            return _session.read_artifact(self._source)
        return _session.compile_file(self._source, options)

    def _open(self):
        session = _session.Session(self._compile(self._options), self._opening)
        if self._bridge:
            self._bridge.connect(session)
            self._bridge.push(session, ahead=False)
        return session

    def _cut_batch(self, batch_size):
        """The batch size to evaluate or predict with, whose results do not depend on it."""
        return min(int(batch_size or _DEFAULT_BATCH), self._session.max_batch)

    def _take_batch(self, batch_size):
        """The batch size to train with; compiles again where it is larger than before."""
        batch = int(batch_size or self._session.max_batch)
        fixed = not self._bridge and self._source.endswith(".dlc")
        if batch <= self._session.max_batch or fixed:
            return batch
        old = self._session
        self.sync()
        self._options = {**self._options, "batch": batch}
        self._session = self._open()
        if not self._bridge:
            for name, state in old.states.items():
                if state["role"] != "metric":
                    self._session.set_state(name, old.get_state(name))
        return batch

    # ---- Keras ----

    @property
    def keras_model(self):
        """The Keras model that this one was compiled from, or None."""
        return self._bridge.model if self._bridge else None

    def sync(self):
        """Writes weights and optimizer state back into the Keras model. fit does so; after
        train_on_batch it is up to you."""
        if self._bridge and self.ahead:
            self._bridge.pull(self._session)
        self.ahead = False

    def push(self):
        """Takes over what Keras has changed. Every method does so by itself."""
        if self._bridge:
            self._bridge.push(self._session, self.ahead)

    # ---- As in Keras ----

    def fit(self, x, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None,
            validation_split=0.0, validation_data=None, shuffle=True, class_weight=None,
            sample_weight=None, initial_epoch=0, steps_per_launch=None):
        """Trains; returns a History.

        callbacks: Keras', or objects with methods of theirs; called for epochs and training
            batches, with the Keras model as their model. steps_per_launch: Keras'
            steps_per_execution. Ctrl-C ends training after the step at hand, writes the
            weights back and raises KeyboardInterrupt.
        """
        batch = self._take_batch(batch_size)
        self.push()
        session = self._session
        data = session.batch("train", x, y, sample_weight)
        validation = None
        if validation_data is not None:
            if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
                raise Error("validation_data", f"is a {type(validation_data).__name__}",
                            "it is (x, y) or (x, y, sample_weight)", "give a tuple of arrays")
            validation = session.batch("evaluate", *validation_data)
        options = {"batch": batch, "epochs": epochs, "initial_epoch": initial_epoch,
                   "shuffle": bool(shuffle), "validation_split": float(validation_split)}
        if class_weight:
            options["class_weight"] = {str(int(label)): float(weight)
                                       for label, weight in class_weight.items()}
        if steps_per_launch:
            options["steps_per_launch"] = steps_per_launch
        callbacks = list(callbacks) if isinstance(callbacks, (list, tuple)) else (
            [callbacks] if callbacks else [])
        if not callbacks:
            options["log_seconds"] = 0.05  # as often as the bar is drawn
        elif self._bridge:
            self._bridge.build_metrics(x, y)
        trained = data.size if validation else int(data.size * (1 - validation_split))
        training = Training(self, self.keras_model or self, callbacks, verbose, initial_epoch,
                            epochs, max(1, -(-trained // batch)))
        return training.run(session, data, validation, options)

    def evaluate(self, x, y=None, batch_size=None, verbose="auto", sample_weight=None,
                 return_dict=False):
        """Loss and metrics: a number, or a list where there are metrics."""
        batch = self._cut_batch(batch_size)
        self.push()
        data = self._session.batch("evaluate", x, y, sample_weight)
        bar = Bar(verbose, max(1, -(-data.size // batch)))
        logs = self._session.evaluate(data, batch)
        bar.finish(logs)
        return self._give(logs, return_dict)

    def predict(self, x, batch_size=None, verbose="auto"):
        """The output; a list where the model has several."""
        batch = self._cut_batch(batch_size)
        self.push()
        data = self._session.batch("predict", x)
        bar = Bar(verbose, max(1, -(-data.size // batch)))
        outputs = [array for _, array in self._session.predict(data, batch)]
        bar.finish({})
        return outputs[0] if len(outputs) == 1 else outputs

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None,
                       return_dict=False):
        """One step; the batch's loss and metrics. Call sync() when Keras is to have the
        weights."""
        sample_weight = _weigh(y, sample_weight, class_weight)
        data = self._session.batch("train", x, y, sample_weight)
        self._take_batch(data.size)
        self.push()
        self.ahead = True
        return self._give(self._session.train_on_batch(data), return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        return self.evaluate(x, y, verbose=0, sample_weight=sample_weight,
                             return_dict=return_dict)

    def predict_on_batch(self, x):
        return self.predict(x, verbose=0)

    def gradients(self, x, y, sample_weight=None):
        """{"loss": the batch's loss, name: d loss / d input or weight}. Needs
        dlc.compile(..., programs=["train", "evaluate", "predict", "gradients"])."""
        data = self._session.batch("gradients", x, y, sample_weight)
        self._take_batch(data.size)
        self.push()
        return self._session.gradients(data)

    def _give(self, logs, return_dict):
        """As Keras gives results: a dict, the loss alone, or a list with the loss first,
        then the outputs' losses, then metrics."""
        if return_dict:
            return logs
        outputs = [port["name"] for port in self._session.program("predict")["outputs"]]
        first = ["loss", *(f"{name}_loss" for name in outputs)]
        rest = [name for name in logs if name not in first]
        names = [name for name in first if name in logs] + (
            sorted(rest) if len(outputs) > 1 else rest)
        values = [logs[name] for name in names]
        return values[0] if len(values) == 1 else values

    def get_weights(self):
        """Weights as arrays, in the Keras model's order where there is one."""
        if self._bridge:
            self.sync()
            return self._bridge.model.get_weights()
        return [self._session.get_state(name) for name in self._weights()]

    def set_weights(self, weights):
        if self._bridge:
            self.sync()
            self._bridge.model.set_weights(weights)
            self.push()
            return
        names = self._weights()
        if len(weights) != len(names):
            raise Error("weights", f"are {len(weights)} arrays",
                        f"the model has {len(names)}", "give one array for each weight")
        for name, value in zip(names, weights):
            self._session.set_state(name, value)

    def _weights(self):
        return [name for name, state in self._session.states.items()
                if state["role"] == "weight"]

    def save(self, path):
        """Writes the model with weights and optimizer state of now: .keras, .h5, or
        .weights.h5 for weights alone; or a .dlc file, compiled for any machine."""
        self.push()
        path = pathlib.Path(path)
        if path.suffix != ".dlc":
            self._session.save(path)
            return
        with tempfile.TemporaryDirectory(prefix="dlc-") as folder:
            whole = pathlib.Path(folder) / "model.keras"
            self._session.save(whole)
            options = {**self._options, "for_this_cpu": False}
            _session.write_artifact(_session.compile_file(whole, options), path)

    def summary(self):
        """Prints the layers, or without Keras the weights."""
        if self._bridge:
            self._bridge.model.summary()
            return
        print(f"Model \"{self._session.about['model']}\"")
        for name in self._weights():
            state = self._session.states[name]
            print(f"{name:40} {tuple(state['shape'])!s:24} {state['dtype']}"
                  f"{'' if state['trainable'] else ', not trainable'}")


def _weigh(y, sample_weight, class_weight):
    """Class weights as weights of samples, for one batch."""
    if not class_weight:
        return sample_weight
    if sample_weight is not None:
        raise Error("class_weight", "is given beside sample_weight",
                    "only one of them can weigh the samples", "leave one out")
    import numpy as np
    labels = np.asarray(y)
    if labels.ndim > 1:
        labels = labels.argmax(-1) if labels.shape[-1] > 1 else labels[..., 0]
    return np.array([class_weight.get(int(label), 1.0) for label in labels], "float32")
