"""Arrays of numpy, Keras and others as the library takes them, and back."""
import collections.abc
import ctypes

import numpy as np

from ._library import Array, Data, library
from .errors import Error

# In the order of dlc_dtype.
DTYPES = [np.dtype("float32"), np.dtype("int32"), np.dtype("bool")]


def convert(value, dtype, thing):
    """`value` as a plain array of one of DTYPES; wide numbers must fit."""
    refuse_stream(value, thing)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise Error(thing, f"is no array: {error}", "", "give rows of the same shape") from None
    if array.dtype.kind not in "fiub":
        raise Error(thing, f"has dtype {array.dtype}", "dlc takes numbers",
                    "convert it with astype")
    dtype = np.dtype(dtype)
    if dtype.kind == "i" and array.dtype.kind in "iu" and array.size:
        limits = np.iinfo(dtype)
        if array.min() < limits.min or array.max() > limits.max:
            raise Error(thing, f"holds {array.min()} to {array.max()}",
                        "the model wants whole numbers of 32 bits", "check the data")
    elif dtype.kind == "i" and array.dtype.kind == "f":
        # The library looks for fractions.
        dtype = np.dtype("float32")
    return np.require(array, dtype, ["C", "A"])


def is_stream(value):
    """Whether it makes its batches as it goes: a generator, a PyDataset, a DataLoader, a
    tf.data.Dataset, any iterable that is no array."""
    return (hasattr(value, "__iter__") and not hasattr(value, "__array__")
            and not isinstance(value, (collections.abc.Sequence, collections.abc.Mapping)))


def refuse_stream(value, thing):
    """An error for batches where one array is wanted."""
    if is_stream(value):
        raise Error(thing, f"is a {type(value).__name__}", "an array is wanted there",
                    "give the batches as x alone, each of them (x, y) or (x, y, sample_weight)")


class Arrays:
    """Arrays for one call: owns what the structures point to."""

    def __init__(self, named):
        self.kept = []
        self.structures = (Array * len(named))()
        for structure, (name, array) in zip(self.structures, named):
            shape = (ctypes.c_int64 * array.ndim)(*array.shape)
            text = name.encode()
            self.kept += [array, shape, text]
            structure.name = text
            structure.dtype = DTYPES.index(array.dtype)
            structure.rank = array.ndim
            structure.shape = ctypes.cast(shape, ctypes.POINTER(ctypes.c_int64))
            structure.data = array.ctypes.data

    def __len__(self):
        return len(self.structures)


def match(values, ports, what):
    """(name, array) for each port, from an array, a list of them, or a dict by name."""
    if isinstance(values, collections.abc.Mapping):
        unknown = sorted(set(values) - {port["name"] for port in ports})
        missing = [port["name"] for port in ports if port["name"] not in values]
        if missing or (unknown and len(values) > len(ports)):
            names = ", ".join(port["name"] for port in ports)
            raise Error(f"{what} \"{(missing or unknown)[0]}\"",
                        "is not in the data" if missing else "is not of the model",
                        f"the model's are {names}", "give an array for each of them")
        values = [values[port["name"]] for port in ports]
    elif len(ports) == 1:
        # A list of one array means that array, as in Keras.
        if isinstance(values, (list, tuple)) and len(values) == 1 and hasattr(values[0], "shape"):
            values = values[0]
        values = [values]
    elif not isinstance(values, (list, tuple)) or len(values) != len(ports):
        count = f"{len(values)} arrays" if isinstance(values, (list, tuple)) else "one array"
        names = ", ".join(port["name"] for port in ports)
        raise Error(f"the {what}s", f"are {count}", f"the model has {len(ports)}: {names}",
                    "give a list of arrays, or a dict by name")
    return [(port["name"], convert(value, port["dtype"], f"{what} \"{port['name']}\""))
            for value, port in zip(values, ports)]


def _ports(program, role):
    return [port for port in program["inputs"] if port["role"] == role]


def count_samples(program, x):
    """Of what Keras' fit takes as x."""
    first = match(x, _ports(program, "input"), "input")[0][1]
    return first.shape[0] if first.ndim else 0


class Batch:
    """dlc_data: inputs, targets and weights of a program.

    x, y, weight: (name, array) for each port; arrays of one length."""

    def __init__(self, x, y, weight):
        self.named = x, y, weight
        self.x, self.y = Arrays(x), Arrays(y)
        self.size = x[0][1].shape[0] if x and x[0][1].ndim else 0
        self.data = Data(self.x.structures, len(self.x), self.y.structures, len(self.y))
        self.weight = Arrays(weight)
        self.data.output_weights = self.weight.structures
        self.data.output_weight_count = len(weight)

    @classmethod
    def read(cls, program, x, y=None, weight=()):
        """From what Keras' fit takes; weights as (name, array)."""
        ports = {role: _ports(program, role) for role in ("input", "target")}
        refuse_stream(x, "x")
        if ports["target"] and y is None:
            raise Error("y", "is not given", "training and evaluation compare with it",
                        "give the targets")
        inputs = match(x, ports["input"], "input")
        targets = match(y, ports["target"], "target") if ports["target"] else []
        return cls(inputs, targets, list(weight))

    def take(self, rows):
        """The samples of a slice or of indices."""
        return Batch(*([(name, np.ascontiguousarray(array[rows])) for name, array in group]
                       for group in self.named))

    def check_sizes(self):
        """As the library does before it trains: slices would hide it."""
        for kind, group in zip(("input", "target", "array"), self.named):
            for name, array in group:
                if array.ndim == 0 or array.shape[0] != self.size:
                    raise Error(f"{kind} \"{name}\"",
                                f"has {array.shape[0] if array.ndim else 0} samples",
                                f"the first input has {self.size}",
                                "give one row for each sample")


def copy_out(array):
    """What a structure of the library's points to, as an array of its own."""
    shape = tuple(array.shape[i] for i in range(array.rank))
    result = np.empty(shape, DTYPES[array.dtype])
    ctypes.memmove(result.ctypes.data, array.data, result.nbytes)
    return result


def take_arrays(handle):
    """(name, array) for each of a dlc_arrays, which is freed."""
    try:
        found = [library.dlc_arrays_get(handle, i)
                 for i in range(library.dlc_arrays_count(handle))]
        return [(array.name.decode(), copy_out(array)) for array in found]
    finally:
        library.dlc_arrays_free(handle)


def take_logs(handle):
    """{name: value} of a dlc_logs, which is freed."""
    try:
        return {library.dlc_logs_name(handle, i).decode(): library.dlc_logs_value(handle, i)
                for i in range(library.dlc_logs_count(handle))}
    finally:
        library.dlc_logs_free(handle)


def take_text(handle):
    """The text, which is freed."""
    try:
        return ctypes.string_at(handle).decode()
    finally:
        library.dlc_text_free(handle)
