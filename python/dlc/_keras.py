"""A Keras model beside a session: which variable is which state, and who has the newer
value. Imports Keras only where there is a Keras model."""
import pathlib
import sys
import tempfile

import numpy as np

from .errors import Error


def is_keras_model(value):
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(value, keras.Model)


def serialize(value):
    """An optimizer or loss as dlc's options take it: text, or the object Keras writes."""
    if value is None or isinstance(value, str):
        return value
    import keras
    return keras.saving.serialize_keras_object(value)


def _read(variable):
    import keras
    return keras.ops.convert_to_numpy(variable.value)


def _list_variables(graph):
    """{path in a .keras file: variable}, by Keras' own walk over what it saves."""
    from keras.src.saving import saving_lib

    found = {}

    class Recorder(saving_lib.NpzIOStore):
        def __init__(self):
            """Has no file."""

        def make(self, path, metadata=None):
            return Entry(path)

    class Entry(dict):
        def __init__(self, path):
            super().__init__()
            self.path = path

        def __setitem__(self, key, value):
            found[f"{self.path}/vars/{key}" if self.path else f"vars/{key}"] = value

    # What a layer saves are its variables themselves; an optimizer saves copies.
    optimizer = getattr(graph, "optimizer", None)
    visited = {id(optimizer)} if optimizer is not None else set()
    saving_lib._save_state(graph, weights_store=Recorder(), assets_store=None, inner_path="",
                           visited_saveables=visited)
    if optimizer is not None:
        found.update({f"optimizer/vars/{i}": variable
                      for i, variable in enumerate(optimizer.variables)})
    return {path: variable for path, variable in found.items() if hasattr(variable, "assign")}


def flatten(outputs):
    """The array of a model with one output, a list of several."""
    arrays = list(outputs.values())
    return arrays[0] if len(arrays) == 1 else arrays


class Bridge:
    """model: the user's. graph: the Functional or Sequential model that is compiled, which
    shares its layers; the same where the user's is one."""

    def __init__(self, model, graph):
        self.model, self.graph = model, graph
        self.seen = {}  # state -> what the variable held when both were equal last
        self.pairs = None  # [(state, variable)]
        self.trains = {}  # weight's state -> whether it does
        self.optimizer = None  # of the user's model, when it was compiled

    def build_optimizers(self):
        for model in {id(m): m for m in (self.model, self.graph)}.values():
            optimizer = getattr(model, "optimizer", None)
            if optimizer is not None and not optimizer.built:
                optimizer.build(model.trainable_variables)

    def write(self, function):
        """function(PATH) of the model's .keras file, which lives as long."""
        self.build_optimizers()
        with tempfile.TemporaryDirectory(prefix="dlc-") as folder:
            path = pathlib.Path(folder) / "model.keras"
            self.graph.save(path)
            return function(path)

    def nest(self, outputs):
        """{name: array} as the model's call nests them: a dict, an array, else a list."""
        structure = getattr(self.graph, "_outputs_struct", None)
        if isinstance(structure, dict) and structure.keys() == outputs.keys():
            return {name: outputs[name] for name in structure}
        return flatten(outputs)

    def build_metrics(self, x, y):
        """Makes Keras' metrics, which callbacks look for, as fit of Keras does."""
        import keras
        x, y = keras.tree.map_structure(lambda array: np.asarray(array)[:1], (x, y))
        self.model._symbolic_build(data_batch=(x, y, None))

    def connect(self, session):
        """Finds the variable of each of the session's states."""
        variables = _list_variables(self.graph)
        if self.graph is not self.model and getattr(self.model, "optimizer", None) is not None:
            variables |= self._optimizer_of_model()
        saved = [state for state in session.about["states"] if state["path"]]
        for state in saved:
            if state["path"] not in variables:
                raise Error(f"state \"{state['name']}\"",
                            f"is {state['path']} in a .keras file",
                            "the Keras model saves no variable of its own there",
                            "compile the saved file instead: dlc.compile(\"model.keras\")")
        self.pairs = [(state["name"], variables[state["path"]]) for state in saved]
        self.trains = {state["name"]: state["trainable"] for state in saved
                       if state["role"] == "weight"}
        self.optimizer = getattr(self.model, "optimizer", None)
        self.seen = {}
        self.check_same()

    def check_same(self):
        """An error if Keras' model is no longer what was compiled, or never was: a file tells of
        layers whether they train, not of variables."""
        remedy = "call dlc.compile again"
        if getattr(self.model, "optimizer", None) is not self.optimizer:
            raise Error(f"model \"{self.model.name}\"", "was compiled again in Keras",
                        "dlc trains with what it was given before", remedy)
        trained = {id(variable) for variable in self.model.trainable_variables}
        for state, variable in self.pairs:
            if self.trains.get(state, id(variable) in trained) != (id(variable) in trained):
                verb = "trains" if id(variable) in trained else "does not train"
                raise Error(f"variable \"{variable.path}\"", f"{verb} in Keras",
                            "layers train, or not, as they did when dlc.compile was called",
                            f"set trainable of its layer, and {remedy}")

    def _optimizer_of_model(self):
        """The same paths with the user's optimizer, which may list its variables in another
        order than the graph's copy. Their names tell which is which."""
        own = {variable.path: variable for variable in self.model.optimizer.variables}
        copies = self.graph.optimizer.variables
        if sorted(own) != sorted(variable.path for variable in copies):
            raise Error(f"model \"{self.model.name}\"", "has an optimizer for other variables",
                        "its state is written back by name",
                        "compile the model again, with keras_model.compile")
        return {f"optimizer/vars/{i}": own[variable.path] for i, variable in enumerate(copies)}

    def _is_changed(self, state, variable, ahead):
        """Whether Keras has set the variable since both were equal."""
        import keras
        seen = self.seen.get(state)
        if seen is None:
            return True
        if keras.backend.backend() == "jax":  # whose arrays never change
            return variable.value is not seen
        if variable.shape == ():
            return _read(variable) != seen
        return not ahead

    def _remember(self, state, variable):
        import keras
        if keras.backend.backend() == "jax":
            self.seen[state] = variable.value
        else:
            self.seen[state] = _read(variable).item() if variable.shape == () else True

    def push(self, session, ahead):
        """What Keras has changed goes to the session. ahead: the session has trained since
        the last pull."""
        for state, variable in self.pairs:
            if self._is_changed(state, variable, ahead):
                session.set_state(state, _read(variable))
                self._remember(state, variable)

    def pull(self, session):
        """The session's states go to Keras."""
        for state, variable in self.pairs:
            variable.assign(np.asarray(session.get_state(state)))
            self._remember(state, variable)
