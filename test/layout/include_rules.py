# Checks who includes whom: include_rules.py ROOT. The rules are those of
# docs/Layout.md; a room is the folder whose name is the longest prefix of a path.
import pathlib
import re
import sys

from tree import list_sources

DIALECTS = ["dialects/prim", "dialects/layer", "dialects/kernel"]
STAGE = DIALECTS + ["compiler/Passes.h", "compiler/Passes.h.inc", "runtime/core"]
RUNTIME = ["runtime/core", "runtime/artifact", "runtime/host", "runtime/cuda", "runtime/data",
           "runtime/image", "runtime/keras", "runtime/session", "runtime/zip"]

# Room -> what it may include beside itself, as folders or files.
RULES = {
    "dialects/prim": [],
    "dialects/kernel": [],
    "dialects/layer": ["dialects/prim"],
    "compiler/attributes": [],
    "compiler/import": STAGE + ["compiler/attributes", "compiler/Compile.h", "runtime/keras"],
    # Calls instead of a file: it makes layer ops by way of import, and weights
    # by way of expand.
    "compiler/build": STAGE + ["compiler/attributes", "compiler/import", "compiler/expand",
                               "compiler/Compile.h", "runtime/keras", "runtime/artifact"],
    "compiler/expand": STAGE,
    "compiler/train": STAGE,
    "compiler/simplify": STAGE,
    "compiler/fuse": STAGE,
    "compiler/plan": STAGE,
    "compiler/emit": STAGE + ["runtime/artifact"],
    "compiler/pack": STAGE + ["compiler/attributes", "compiler/emit", "runtime/artifact"],
    # The entry and the pipeline, where stages meet.
    "compiler": DIALECTS + ["runtime/core", "runtime/artifact", "runtime/keras"],
    "runtime/core": [],
    "runtime/artifact": ["runtime/core"],
    "runtime/host": ["runtime/core", "runtime/artifact"],
    "runtime/cuda": ["runtime/core", "runtime/artifact"],
    "runtime/zip": ["runtime/core"],
    "runtime/data": ["runtime/core", "runtime/zip"],
    "runtime/data/images": ["runtime/core", "runtime/zip", "runtime/data", "runtime/image"],
    "runtime/image": ["runtime/core"],
    "runtime/keras": ["runtime/core", "runtime/zip"],
    "runtime/session": RUNTIME,
    # C over C++, and the function that opens the compiler.
    "capi": ["compiler/Compile.h", "compiler/CompilerTable.h"] + RUNTIME,
    "tools/dlc": ["compiler/Compile.h", "compiler/CompilerTable.h",
                  "compiler/DeviceCompiler.h"] + RUNTIME,
    "tools/dlc-opt": DIALECTS + ["compiler"],
    "tools/dlc-lsp-server": DIALECTS + ["compiler"],
    # A device of its own: it knows PTX, not dlc.
    "tools/ptx-sim": ["runtime/core"],
    # The software device. It has the driver's declarations from the runtime, which
    # a test compares with CUDA's own.
    "tools/ptx-sim/driver": ["tools/ptx-sim/engine", "runtime/cuda/driver/Api.h"],
    "tools/ptx-sim/cublaslt": ["tools/ptx-sim/driver/PtxSim.h", "tools/ptx-sim/engine/math",
                               "runtime/cuda/library/Api.h", "runtime/core"],
    "tools/ptx-sim/cudnn": ["tools/ptx-sim/driver/PtxSim.h", "tools/ptx-sim/engine/math",
                            "runtime/cuda/library/CudnnApi.h", "runtime/core"],
    "examples": ["capi/dlc.h", "compiler/Compile.h", "compiler/build"] + RUNTIME,
    "examples/plugin": ["dialects/layer", "dialects/prim"],
    "cmake": [],
}
OWN_ROOTS = ("dialects/", "compiler/", "runtime/", "capi/", "tools/", "test/", "examples/")
NO_COMPILER = re.compile(r"(mlir|llvm|llvm-c|mlir-c|lld|clang)/")
INCLUDE = re.compile(r'^\s*#?\s*include\s*["<]([^">]+)[">]', re.MULTILINE)


def find_room(path):
    """The rule that covers `path`; none for tests, which may include all."""
    rooms = [room for room in RULES if path.startswith(room + "/")]
    return max(rooms, key=len) if rooms else None


def is_allowed(room, target):
    if target.startswith(room + "/"):
        # The root of the compiler may include its stages, not the reverse.
        return True
    return any(target == allowed or target.startswith(allowed + "/")
               for allowed in RULES[room])


def check_file(path, text):
    """Errors of one source file, given by its path from the root."""
    if path.startswith("test/"):
        return []
    room = find_room(path)
    if room is None:
        return [f"{path}: is in a folder without a rule; add one to test/layout/include_rules.py"]
    errors = []
    for target in INCLUDE.findall(text):
        if (room.startswith("runtime/") or room in ("capi", "examples")) and NO_COMPILER.match(target):
            errors.append(f"{path}: includes {target} but {room} may not know MLIR or LLVM; "
                          "move what needs it to the compiler")
        elif target.startswith(OWN_ROOTS) and not is_allowed(room, target):
            errors.append(f"{path}: includes {target} but {room} may not; "
                          "docs/Layout.md says who may include whom")
    return errors


def check(root):
    errors = []
    for path in list_sources(root):
        text = (pathlib.Path(root) / path).read_text()
        errors += check_file(str(path), text)
    return errors


if __name__ == "__main__":
    mistakes = check(sys.argv[1])
    print("\n".join(mistakes))
    sys.exit(1 if mistakes else 0)
