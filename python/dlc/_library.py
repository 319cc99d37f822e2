"""libdlc-c by ctypes: capi/dlc.h, declared once. ctypes lets other Python threads
run while a function of the library does."""
import ctypes
import pathlib
from ctypes import (CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_double, c_float, c_int,
                    c_int32, c_int64, c_size_t, c_uint64, c_void_p)

from .errors import Error

ABI = 2
STOP, INTERRUPT = 1, 2  # what callbacks answer
NAME = "libdlc-c.so.0"


class Array(Structure):
    _fields_ = [("name", c_char_p), ("dtype", c_int), ("rank", c_int32),
                ("shape", POINTER(c_int64)), ("data", c_void_p)]


NoteFunction = CFUNCTYPE(None, c_char_p, c_void_p)


class Pictures(Structure):
    _fields_ = [("path", c_char_p), ("options", c_char_p), ("note", NoteFunction),
                ("context", c_void_p)]


class Data(Structure):
    _fields_ = [("x", POINTER(Array)), ("x_count", c_size_t), ("y", POINTER(Array)),
                ("y_count", c_size_t), ("sample_weight", POINTER(Array)),
                ("output_weights", POINTER(Array)), ("output_weight_count", c_size_t),
                ("pictures", POINTER(Pictures))]


class Progress(Structure):
    _fields_ = [("epoch", c_int64), ("epochs", c_int64), ("step", c_int64), ("steps", c_int64),
                ("seconds", c_double), ("log_count", c_size_t),
                ("log_names", POINTER(c_char_p)), ("log_values", POINTER(c_double))]


ProgressFunction = CFUNCTYPE(c_int, POINTER(Progress), c_void_p)


class Callbacks(Structure):
    _fields_ = [("on_step", ProgressFunction), ("on_epoch_end", ProgressFunction),
                ("context", c_void_p)]


class _LastError(Structure):
    _fields_ = [(part, c_char_p) for part in ("thing", "value", "limit", "remedy", "message")]


_OUT = POINTER(c_void_p)
_DATA = POINTER(Data)
# Each function's arguments; those named first return a status.
_CHECKED = {
    "dlc_compile": [c_char_p, c_char_p, NoteFunction, c_void_p, _OUT],
    "dlc_artifact_read": [c_char_p, _OUT],
    "dlc_artifact_write": [c_void_p, c_char_p],
    "dlc_session_open": [c_void_p, c_char_p, _OUT],
    "dlc_session_describe": [c_void_p, _OUT],
    "dlc_fit": [c_void_p, _DATA, _DATA, c_char_p, POINTER(Callbacks), _OUT],
    "dlc_evaluate": [c_void_p, _DATA, c_int64, _OUT],
    "dlc_predict": [c_void_p, _DATA, c_int64, _OUT],
    "dlc_pictures_describe": [c_void_p, POINTER(Pictures), _OUT],
    "dlc_train_on_batch": [c_void_p, _DATA, POINTER(c_float)],
    "dlc_test_on_batch": [c_void_p, _DATA],
    "dlc_overwrite_with_averages": [c_void_p],
    "dlc_epoch_order": [c_uint64, c_int64, c_size_t, POINTER(c_int64)],
    "dlc_gradients": [c_void_p, _DATA, _OUT],
    "dlc_metrics": [c_void_p, _OUT],
    "dlc_reset_metrics": [c_void_p],
    "dlc_state_get": [c_void_p, c_char_p, _OUT],
    "dlc_state_set": [c_void_p, POINTER(Array)],
    "dlc_class_names_set": [c_void_p, POINTER(c_char_p), c_size_t],
    "dlc_save": [c_void_p, c_char_p],
}
_OTHER = {
    "dlc_abi_version": (c_int, []),
    "dlc_version": (c_char_p, []),
    "dlc_last_error": (POINTER(_LastError), []),
    "dlc_arrays_count": (c_size_t, [c_void_p]),
    "dlc_arrays_get": (Array, [c_void_p, c_size_t]),
    "dlc_arrays_free": (None, [c_void_p]),
    "dlc_logs_count": (c_size_t, [c_void_p]),
    "dlc_logs_name": (c_char_p, [c_void_p, c_size_t]),
    "dlc_logs_value": (c_double, [c_void_p, c_size_t]),
    "dlc_logs_free": (None, [c_void_p]),
    "dlc_text_free": (None, [c_void_p]),
    "dlc_artifact_free": (None, [c_void_p]),
    "dlc_session_free": (None, [c_void_p]),
}


def _check(status, function, arguments):
    """Turns DLC_ERROR into an exception."""
    if status:
        parts = library.dlc_last_error().contents
        raise Error(*(getattr(parts, part).decode(errors="replace")
                      for part in ("thing", "value", "limit", "remedy")))
    return status


def _open():
    """The library in the installed package, or in the build folder of a checkout."""
    package = pathlib.Path(__file__).resolve().parent
    places = [package / "lib" / NAME, package.parent.parent / "build/lib" / NAME]
    found = next((place for place in places if place.exists()), None)
    if found is None:
        raise Error(NAME, f"is not in {places[0].parent}", "the package dlc calls it",
                    "install it again with pip install . in a clone of dlc")
    try:
        opened = ctypes.CDLL(str(found))
    except OSError as error:
        raise Error(str(found), f"does not open: {error}", "",
                    "install what is missing: scripts/setup of dlc lists the packages") from None
    if opened.dlc_abi_version() != ABI:
        raise Error(str(found), f"has ABI {opened.dlc_abi_version()}",
                    f"this package calls ABI {ABI}", "install the package again")
    for name, arguments in _CHECKED.items():
        function = getattr(opened, name)
        function.restype, function.argtypes, function.errcheck = c_int, arguments, _check
    for name, (result, arguments) in _OTHER.items():
        function = getattr(opened, name)
        function.restype, function.argtypes = result, arguments
    return opened


library = _open()
VERSION = library.dlc_version().decode()


def make(function, *arguments):
    """Calls a function whose last argument is where it puts what it has made."""
    out = c_void_p()
    function(*arguments, byref(out))
    return out
