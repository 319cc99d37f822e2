"""A compiled model: fit, evaluate, predict as in Keras."""
import numbers
import pathlib
import tempfile

from . import _arrays, _batches, _callbacks, _keras, _loop, _session
from ._progress import Bar
from ._training import ArrayTraining, Training
from .errors import Error

DEFAULT_BATCH = 32  # Keras' own


def _of_keras_model(name, text):
    """An attribute that is the Keras model's where there is one, as callbacks know no other."""
    def place(self):
        return (self.keras_model, name) if self._bridge else (self, f"_own_{name}")

    return property(lambda self: getattr(*place(self), None),
                    lambda self, value: setattr(*place(self), value), doc=text)


class Model:
    """Made by dlc.compile. Methods mean what keras.Model's mean, and take arrays of
    numpy or what numpy makes arrays of, or batches: a generator, a keras.utils.PyDataset, a
    tf.data.Dataset, torch's DataLoader, any iterable of (x, y) or (x, y, sample_weight).

    With a Keras model behind it, fit leaves the trained weights and the optimizer's state
    there, and what Keras changes is seen by the next call here. Not for several threads at
    once.
    """

    def __init__(self, source, options, opening, batch=None):
        """source: a bridge to a Keras model, or a file's name. batch: what fit takes unless it
        is told, if the user has said so."""
        self._source, self._options, self._opening = source, options, opening
        self._bridge = source if isinstance(source, _keras.Bridge) else None
        self.ahead = False  # whether the session has trained since Keras was told
        self._has_metrics = False
        self._class_names = []
        self._session = self._open()
        self._batch = self._session.max_batch  # of fit, unless it is told
        self._asked_batch = self._batch if self._is_fixed() else batch
        self._class_names = self._session.about["class_names"]

    stop_training = _of_keras_model("stop_training", "Whether fit is to end: callbacks set it.")
    history = _of_keras_model("history", "What the last fit returned.")

    def __getattr__(self, name):
        if not name.startswith("_") and self.__dict__.get("_bridge") and hasattr(
                self.keras_model, name):
            raise AttributeError(f"dlc.Model has no attribute \"{name}\"; the Keras model has: "
                                 f"keras_model.{name}")
        raise AttributeError(f"dlc.Model has no attribute \"{name}\"")

    @property
    def class_names(self):
        """What the classes are called, in the order of their numbers. class_weight may name
        them, and a .keras file that save writes keeps them."""
        return list(self._class_names)

    @class_names.setter
    def class_names(self, names):
        self._class_names = [str(name) for name in names]
        self._session.set_class_names(self._class_names)

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
        if self._class_names:
            session.set_class_names(self._class_names)
        if self._bridge:
            self._bridge.connect(session)
            self._bridge.push(session, ahead=False)
        return session

    def _is_fixed(self):
        """Whether it came compiled, for batches of one size."""
        return not self._bridge and self._source.endswith(".dlc")

    def fit_batch(self, batch):
        """Makes room for batches of this size, by compiling again; what is compiled already
        stays as it is."""
        if batch <= self._session.max_batch or self._is_fixed():
            return
        old = self._session
        self.sync()
        self._options = {**self._options, "batch": batch}
        self._session = self._open()
        bridged = {name for name, _ in self._bridge.pairs} if self._bridge else ()
        for name in old.states.keys() & self._session.states.keys():
            if name not in bridged:
                self._session.set_state(name, old.get_state(name))

    def _fill_steps(self, program, x, steps, otherwise, of=lambda count: count):
        """The batch of a call that is not told one, by Keras' rule: the samples of arrays, `of`
        those that there are, go into the steps that are asked for."""
        if not isinstance(steps, numbers.Integral) or steps < 1 or _arrays.is_stream(x):
            return otherwise
        return max(1, -(-of(self._session.count(program, x)) // int(steps)))

    def _open_batches(self, program, x, y=None, sample_weight=None, batch_size=None,
                      shuffle=False):
        """What cuts or makes the batches of a call. shuffle: arrays in the library's order."""
        if _arrays.is_stream(x):
            return _batches.open_stream(x, y, sample_weight, shuffle)
        return _batches.ArrayBatches(self._session.batch(program, x, y, sample_weight),
                                     batch_size, self._opening["seed"] if shuffle else None)

    # ---- Keras ----

    @property
    def keras_model(self):
        """The Keras model that this one was compiled from, or None."""
        return self._bridge.model if self._bridge else None

    @property
    def session(self):
        """Of the package's own files."""
        return self._session

    def build_metrics(self, batch):
        """Makes Keras' metrics, which callbacks look for in the model, from a batch or all
        of (x, y, ...)."""
        if self._bridge and not self._has_metrics:
            self._bridge.build_metrics(*batch[:2])
            self._has_metrics = True

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
            sample_weight=None, initial_epoch=0, steps_per_epoch=None, validation_steps=None,
            validation_batch_size=None, validation_freq=1, steps_per_launch=None,
            tensorboard=None, backup=None, backup_every=0, resume=False, profile=None,
            trace=None):
        """Trains; returns a History. Arguments beside these are Keras' own:

        callbacks: Keras', or objects with methods of theirs, with the Keras model as their
            model.
        sample_weight: a number a sample; an array for each output, in a list or a dict by
            name, with None for an output whose samples count alike; a number for each step
            of a sample, of shape (samples, steps).
        class_weight: by number, or by what class_names has.
        steps_per_launch: Keras' steps_per_execution, for arrays.
        tensorboard: a folder for what Keras' TensorBoard would write of losses and metrics,
            which needs no TensorFlow. For arrays.
        backup, backup_every, resume: a folder for backups of this run, which are written
            within epochs too after every so many steps; whether to go on from the one that
            is there, to the bit. For arrays.
        profile, trace: files for the time of each kernel, which `dlc report` shows, and of
            the first steps, which ui.perfetto.dev shows. For arrays.

        Ctrl-C ends training after the step at hand, writes the weights back and raises
        KeyboardInterrupt.
        """
        validation = self._read_validation(validation_data)
        cut = 0.0 if validation else float(validation_split)
        asked = batch_size or self._asked_batch
        batch = int(asked or self._fill_steps(
            "train", x, steps_per_epoch, self._batch, lambda count: int(count * (1 - cut))))
        validation_batch = int(validation_batch_size or asked or (
            self._fill_steps("evaluate", validation[0], validation_steps, batch) if validation
            else self._fill_steps("train", x, validation_steps, batch,
                                  lambda count: count - int(count * (1 - cut)))))
        if self._bridge:
            self._bridge.check_same()
        self.fit_batch(max(batch, validation_batch))
        self.push()
        callbacks = _callbacks.as_list(callbacks)
        if shuffle == "batch":
            raise Error("shuffle", "is \"batch\"", "dlc gives all samples a new order, or none",
                        "give True or False")
        class_weight = _batches.number_classes(class_weight, self._class_names)
        if not isinstance(validation_freq, numbers.Integral):
            validation_freq = sorted(validation_freq)
        in_library = {"steps_per_launch": steps_per_launch, "tensorboard": tensorboard,
                      "backup": backup, "backup_every": backup_every, "resume": resume,
                      "profile": profile, "trace": trace}
        in_library = {key: value for key, value in in_library.items() if value}
        by_library = not (
            _arrays.is_stream(x) or (validation and _arrays.is_stream(validation[0]))
            or _callbacks.follow_tests(callbacks))
        if by_library:
            if steps_per_epoch is not None:
                in_library["steps_per_epoch"] = steps_per_epoch
            if validation_steps is not None:
                in_library["validation_steps"] = validation_steps
            return self._fit_arrays(
                (x, y, sample_weight), validation, float(validation_split), callbacks, verbose, {
                    "batch": batch, "epochs": epochs, "initial_epoch": initial_epoch,
                    "shuffle": bool(shuffle), "validation_split": float(validation_split),
                    "validation_batch": validation_batch, "validation_freq": validation_freq,
                    "class_weight": {str(key): value for key, value in class_weight.items()},
                    **in_library})
        for name in in_library:
            raise Error(name, "is given for batches that Python makes or cuts",
                        "these are steps of the library's own loop over arrays",
                        "leave it out, or give arrays alone and no callback that follows "
                        "validation")
        return self._fit_batches(
            (x, y, sample_weight), validation, validation_split, callbacks, verbose,
            batch=batch, epochs=epochs, initial_epoch=initial_epoch, shuffle=bool(shuffle),
            class_weight=class_weight, steps=steps_per_epoch, validation_steps=validation_steps,
            validation_batch=validation_batch, frequency=validation_freq)

    @staticmethod
    def _read_validation(data):
        """(x, y, sample_weight) or (batches, None, None) or None."""
        if data is None:
            return None
        if _arrays.is_stream(data):
            return data, None, None
        if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
            raise Error("validation_data", f"is a {type(data).__name__}",
                        "it is (x, y) or (x, y, sample_weight), or batches of these",
                        "give a tuple of arrays")
        return (*data, None)[:3]

    def _fit_arrays(self, given, validation, split, callbacks, verbose, options):
        session = self._session
        data = session.batch("train", *given)
        if validation:
            validation = session.batch("evaluate", *validation)
        if not callbacks:
            options["log_seconds"] = 0.05  # as often as the bar is drawn
        else:
            self.build_metrics(given)
        trained = data.size if validation else int(data.size * (1 - split))
        asked = options.get("steps_per_epoch")
        training = Training(self, self.keras_model or self, callbacks, verbose,
                            options["initial_epoch"], options["epochs"],
                            asked or max(1, -(-trained // options["batch"])))
        return ArrayTraining(training, asked, bool(options.get("resume"))).run(
            session, data, validation, options)

    def _fit_batches(self, given, validation, split, callbacks, verbose, *, batch, epochs,
                     initial_epoch, shuffle, class_weight, steps, validation_steps,
                     validation_batch, frequency):
        source = self._open_batches("train", *given, batch, shuffle)
        if split and not validation:
            if not isinstance(source, _batches.ArrayBatches):
                raise Error("validation_split", f"is {split}", "only arrays can be cut",
                            "give validation_data")
            source, cut = source.split(split, validation_batch)
        elif validation:
            cut = self._open_batches("evaluate", *validation, validation_batch)
        if split or validation:
            validation = _loop.Validation(_batches.Epochs(cut, validation_steps), frequency)
        batches = _batches.Epochs(source, steps)
        training = Training(self, self.keras_model or self, callbacks, verbose, initial_epoch,
                            epochs, batches.steps)
        return _loop.BatchTraining(training, batches, validation, class_weight).run()

    def evaluate(self, x, y=None, batch_size=None, verbose="auto", sample_weight=None,
                 steps=None, callbacks=None, return_dict=False):
        """Loss and metrics: a number, or a list where there are metrics."""
        batch = int(batch_size or self._fill_steps("evaluate", x, steps, DEFAULT_BATCH))
        self.push()
        if not (_arrays.is_stream(x) or steps or callbacks):
            data = self._session.batch("evaluate", x, y, sample_weight)
            bar = Bar(verbose, max(1, -(-data.size // batch)))
            logs = self._session.evaluate(data, min(batch, self._session.max_batch))
            bar.finish(logs)
            return self._give(logs, return_dict)
        batches = _batches.Epochs(
            self._open_batches("evaluate", x, y, sample_weight, batch), steps)
        call = self._begin_calls(callbacks, verbose, batches.steps)
        logs = _loop.test(self, batches, call, Bar(verbose, batches.steps), "x")
        return self._give(logs, return_dict)

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The output; a list where the model has several, or the dict that its call gives."""
        batch = int(batch_size or self._fill_steps("predict", x, steps, DEFAULT_BATCH))
        self.push()
        if _arrays.is_stream(x) or steps or callbacks:
            batches = _batches.Epochs(self._open_batches("predict", x, batch_size=batch), steps)
            call = self._begin_calls(callbacks, verbose, batches.steps)
            outputs = _loop.predict(self, batches, call, Bar(verbose, batches.steps))
        else:
            data = self._session.batch("predict", x)
            bar = Bar(verbose, max(1, -(-data.size // batch)))
            outputs = dict(self._session.predict(data, min(batch, self._session.max_batch)))
            bar.finish({})
        return self.nest(outputs)

    def nest(self, outputs):
        """{name: array} as predict gives it."""
        return self._bridge.nest(outputs) if self._bridge else _keras.flatten(outputs)

    def _begin_calls(self, callbacks, verbose, steps):
        """Callbacks of evaluate and predict."""
        callbacks = _callbacks.as_list(callbacks)
        call = _callbacks.Calls(callbacks)
        if callbacks:
            self.sync()
        call("set_params", {"verbose": verbose, "epochs": 1, "steps": steps})
        call("set_model", self.keras_model or self)
        return call

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None,
                       return_dict=False):
        """One step; the batch's loss and metrics. Call sync() when Keras is to have the
        weights."""
        data = _batches.weigh_classes(
            self._session.batch("train", x, y, sample_weight),
            _batches.number_classes(class_weight, self._class_names))
        self.fit_batch(data.size)
        self.push()
        self.ahead = True
        self._session.reset_metrics()
        self._session.train_on_batch(data)
        return self._give(self._session.metrics(), return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        return self.evaluate(x, y, verbose=0, sample_weight=sample_weight,
                             return_dict=return_dict)

    def predict_on_batch(self, x):
        return self.predict(x, verbose=0)

    def gradients(self, x, y, sample_weight=None):
        """{"loss": the batch's loss, name: d loss / d input or weight}. Needs
        dlc.compile(..., programs=["train", "evaluate", "predict", "gradients"])."""
        data = self._session.batch("gradients", x, y, sample_weight)
        self.fit_batch(data.size)
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
