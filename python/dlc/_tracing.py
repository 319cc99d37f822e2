"""Models that Keras saves without their graph: traced into Functional ones.

Keras writes a subclassed model as its class and constructor arguments. The recipe:
call it on symbolic inputs and make a Functional model of what comes out. Both share
their layers, and with them the weights."""
import inspect

from .errors import Error


def find_graph(model, example):
    """The Functional or Sequential model that is compiled for `model`, with its weights.
    example: a batch or more of inputs, for a model that does not know their shapes."""
    import keras
    if isinstance(model, keras.Sequential):
        if not model.built:
            model.build(_shape_of(_require(example, model)))
        return _check_call(model, keras.Sequential)
    if _is_functional(model):
        _check_call(model, _functional())
        # A subclass of it is saved as its constructor's arguments.
        known = type(model) is keras.Model or type(model).__module__.startswith("keras.")
        return model if known else _finish(model, keras.Model(model.inputs, model.outputs,
                                                              name=model.name))
    inputs = _make_inputs(model, example)
    if not model.built:
        # Eagerly, since its build() may look at shapes only.
        model(keras.tree.map_structure(
            lambda x: keras.ops.zeros((1, *x.shape[1:]), x.dtype), inputs))
    return _trace(model, inputs)


def _trace(model, inputs):
    """What call() makes of symbolic inputs, as a model."""
    import keras

    def graph_of(**options):
        return keras.Model(inputs, model.call(inputs, **options), name=model.name)

    try:
        graph = graph_of()
        if "training" in inspect.signature(model.call).parameters and (
                _steps_of(graph_of(training=True)) != _steps_of(graph_of(training=False))):
            raise Error(f"model \"{model.name}\"", "computes something else in training",
                        "call() is traced once",
                        "leave what differs to layers such as Dropout, called with "
                        "training=training")
    except Error:
        raise
    except Exception as error:
        raise Error(f"model \"{model.name}\"",
                    f"cannot be traced: {_one_line(error)}",
                    "its call() must be made of Keras layers and keras.ops",
                    "write it with the functional API, or keep NumPy and Python branches on "
                    "values out of call()") from error
    return _finish(model, graph)


def _steps_of(graph):
    """Its operations, layers by themselves, without the numbers that others are named by."""
    import keras
    return [operation if isinstance(operation, keras.Layer) else type(operation)
            for operation in graph.operations if not isinstance(operation, keras.layers.InputLayer)]


def _functional():
    from keras.src.models.functional import Functional
    return Functional


def _is_functional(model):
    return isinstance(model, _functional())


def _check_call(model, kind):
    """What is compiled are the layers of the graph, which a call() of its own would hide."""
    if type(model).call is kind.call:
        return model
    raise Error(f"model \"{model.name}\"", "has layers in a graph and a call() of its own",
                "dlc compiles the graph",
                "make what call() adds a part of the graph, or derive from keras.Model with the "
                "layers as attributes")


def _require(example, model):
    if example is None:
        raise Error(f"model \"{model.name}\"", "does not know the shapes of its inputs",
                    "it is traced with symbolic inputs of these shapes",
                    "give dlc.compile(..., example=x[:1]), or call the model once")
    return example


def _shape_of(array):
    return (None, *array.shape[1:])


def _make_inputs(model, example):
    import keras
    if example is not None:
        if isinstance(example, dict):
            # Named by their keys, by which data comes.
            return {key: keras.Input(x.shape[1:], dtype=_input_dtype(x), name=key)
                    for key, x in example.items()}
        return keras.tree.map_structure(
            lambda x: keras.Input(x.shape[1:], dtype=_input_dtype(x)), example)
    config = (model.get_build_config() or {}) if model.built else {}
    shape = config.get("input_shape")
    if shape is None and len(config.get("shapes_dict", {})) == 1:
        shape = next(iter(config["shapes_dict"].values()))
    if not isinstance(shape, (list, tuple)) or not all(
            isinstance(size, (int, type(None))) for size in shape):
        _require(None, model)
    return keras.Input(tuple(shape[1:]))


def _input_dtype(array):
    """Whole numbers stay such, as Embedding reads them; all else is Keras' float."""
    kind = str(array.dtype)
    return "int32" if "int" in kind and kind != "uint8" else None


def _finish(model, graph):
    """The graph with what model.compile was given, once it is known to hold all weights."""
    held = {id(variable) for variable in graph.weights}
    missing = [variable.path for variable in model.weights if id(variable) not in held]
    if missing:
        raise Error(f"model \"{model.name}\"", f"has a weight {missing[0]} of its own",
                    "weights are traced where they belong to a Keras layer that call() calls",
                    "put it into a layer, or leave it out of the model")
    graph.trainable = model.trainable
    if getattr(model, "compiled", False):
        graph.compile_from_config(model.get_compile_config())
    return graph


def _one_line(error):
    lines = [line for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"
