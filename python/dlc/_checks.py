"""What a Keras model is in Python and its file does not tell: dlc would train without it."""
from .errors import Error

# What keras.Model does in a step; dlc does the same, whatever a subclass does.
_STEPS = ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics")
_ACTIVATIONS = ("activation", "recurrent_activation")


def check_model(model):
    """Before it is compiled. The error names the first thing that would be lost."""
    import keras
    for name in _STEPS:
        if getattr(type(model), name) is not getattr(keras.Model, name):
            raise Error(f"model \"{model.name}\"", f"has a {name} of its own",
                        "dlc trains as keras.Model does",
                        "say it by layers, losses and metrics, or train this model in Keras")
    for layer in model._flatten_layers():
        for name in _ACTIVATIONS:
            _check_function(f"layer \"{layer.name}\"", name, getattr(layer, name, None))
    if getattr(model, "compiled", False):
        settings = model._compile_config.config
        for name in ("loss", "metrics", "weighted_metrics"):
            for value in keras.tree.flatten(settings.get(name)):
                _check_function(f"model \"{model.name}\"", name, value)
        _check_decay(model.optimizer)


def _check_function(thing, name, value):
    """Files have functions by their names, as if all were Keras'."""
    is_function = callable(value) and hasattr(value, "__name__") and not isinstance(value, type)
    if not is_function or value.__module__.startswith("keras."):
        return
    raise Error(thing, f"has a function of {value.__module__} as its {name}: {value.__name__}",
                "dlc runs no Python, and knows functions of Keras",
                "choose one of Keras', or build it from layers" if name in _ACTIVATIONS
                else "choose one of Keras'")


def _check_decay(optimizer):
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    excluded = (getattr(optimizer, "_exclude_from_weight_decay", None)
                or getattr(optimizer, "_exclude_from_weight_decay_pattern", None))
    if excluded and getattr(optimizer, "weight_decay", None):
        raise Error(f"optimizer \"{optimizer.name}\"", "excludes variables from weight decay",
                    "dlc decays all that train, as a file of Keras says",
                    "leave out exclude_from_weight_decay, or take an L2 regularizer for the "
                    "layers that shall decay")
