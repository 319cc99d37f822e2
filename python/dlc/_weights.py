"""Sample weights as Keras' fit takes them: a number a sample, an array for each output, a
number for each step of a sample."""
import collections.abc

import numpy as np

from . import _arrays
from .errors import Error


def _is_samplewise(weight):
    return all(size == 1 for size in np.shape(weight)[1:])


def _names(targets):
    return ", ".join(port["name"] for port in targets)


def _by_name(values, targets):
    names = [port["name"] for port in targets]
    for name in [*(set(values) - set(names)), *(set(names) - set(values))]:
        raise Error(f"sample_weight \"{name}\"",
                    "is not in the data" if name in names else "is not of the model",
                    f"the model's outputs are {_names(targets)}",
                    "give an array for each of them, or None")
    return {name: values[name] for name in names}


def _split(values, targets):
    """{output: weights, or None}."""
    if isinstance(values, collections.abc.Mapping):
        return _by_name(values, targets)
    is_list = isinstance(values, (list, tuple)) and any(
        hasattr(value, "shape") for value in values)
    if is_list and len(values) != len(targets):
        raise Error("sample_weight", f"is {len(values)} arrays",
                    f"the model's outputs are {_names(targets)}",
                    "give one array, or one for each output")
    if is_list:
        return {port["name"]: value for port, value in zip(targets, values)}
    if len(targets) > 1 and not _is_samplewise(values):
        raise Error("sample_weight", f"has shape {np.shape(values)}",
                    "one array for several outputs has a number a sample",
                    "give an array for each output")
    return {port["name"]: values for port in targets}


def match(values, targets):
    """(name, array) for each output that has weights. targets: the outputs' ports."""
    if values is None:
        return []
    return [(name, _arrays.convert(array, "float32", f"sample_weight \"{name}\""))
            for name, array in _split(values, targets).items() if array is not None]
