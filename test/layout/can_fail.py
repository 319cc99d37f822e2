# Shows that the checks beside this file find mistakes.
import pathlib
import tempfile

import folder_list
import include_rules
import named_files
import unique_names

bad = {
    "runtime/core/A.cpp": '#include "mlir/IR/Value.h"\n',
    "runtime/core/B.cpp": '#include "runtime/host/Executor.h"\n',
    "dialects/prim/C.cpp": '#include "dialects/layer/Layer.h"\n',
    "compiler/fuse/D.cpp": '#include "compiler/plan/Plan.h"\n',
    "compiler/plan/E.cpp": '  #  include "runtime/artifact/Artifact.h"\n',
    "capi/I.cpp": '#include "compiler/Pipeline.h"\n',
    "capi/J.cpp": '#include "mlir/IR/Value.h"\n',
    "tools/dlc/F.cpp": '#include "compiler/Pipeline.h"\n',
    "dialects/kernel/G.td": 'include "dialects/prim/PrimOps.td"\n',
    "elsewhere/H.cpp": "\n",
}
good = {
    "runtime/session/A.cpp": '#include "runtime/host/Executor.h"\n#include <vector>\n',
    "compiler/pack/B.cpp": '#include "runtime/artifact/Artifact.h"\n',
    "compiler/Pipeline.cpp": '#include "compiler/emit/host/EmitHost.h"\n',
    "tools/dlc/C.cpp": '#include "compiler/Compile.h"\n',
    "capi/D.cpp": '#include "runtime/session/Session.h"\n',
}
for path, text in bad.items():
    assert include_rules.check_file(path, text), f"{path}: its mistake was not found"
for path, text in good.items():
    assert not include_rules.check_file(path, text), f"{path}: is right but was refused"

with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    for name in ("dialects/prim/A.h", "compiler/fuse/B.h", "docs/C.md"):
        (root / name).parent.mkdir(parents=True)
        (root / name).touch()
    tree = "```\ndialects/  what\n  prim/  ops\ncompiler/  how\n{}docs/  text\n```\n"
    (root / "README.md").write_text(tree.format("  fuse/  loops\n"))
    assert not folder_list.check(root)
    (root / "README.md").write_text(tree.format(""))
    assert folder_list.check(root), "a folder that is not listed was not found"
    (root / "README.md").write_text(tree.format("  fuse/  loops\n  plan/  memory\n"))
    assert folder_list.check(root), "a listed folder that does not exist was not found"

assert named_files.find_missing("see `compiler/Compile.h` and test/tools/", {"compiler/Compile.h"}, {"test/tools"}) == []
assert named_files.find_missing("From test/compiler/gone.mlir:", set(), set()) == ["test/compiler/gone.mlir"]

one, other = pathlib.PurePosixPath("test/a/test_x.py"), pathlib.PurePosixPath("test/b/test_x.py")
assert unique_names.find_twice([one, pathlib.PurePosixPath("test/a/test_y.py"), other]) == [(one, other)]
