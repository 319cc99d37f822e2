# What Python says of the C library against its header.
import re

import oracle
from dlc import _library


def read_header():
    """{function: how many arguments it takes} of capi/dlc.h."""
    text = (oracle.ROOT / "capi/dlc.h").read_text()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    found = re.findall(r"DLC_API\s[^;(]*?(dlc_\w+)\(([^)]*)\);", text)
    return {name: 0 if arguments.strip() == "void" else arguments.count(",") + 1
            for name, arguments in found}


def test_all_functions_are_declared_alike():
    header = read_header()
    declared = {name: len(arguments) for name, arguments in _library._CHECKED.items()}
    declared |= {name: len(arguments) for name, (_, arguments) in _library._OTHER.items()}
    assert len(header) > 25
    assert declared == header


def test_numbers_are_those_of_the_header():
    text = (oracle.ROOT / "capi/dlc.h").read_text()
    assert f"#define DLC_ABI_VERSION {_library.ABI}\n" in text
    assert f"DLC_STOP = {_library.STOP}," in text
    assert f"DLC_INTERRUPT = {_library.INTERRUPT}\n" in text
