# Runs the pages of docs/guide as a reader would: a page's blocks one after the other,
# in an empty folder.
#
# ```python and ```sh blocks are run; ```cpp FILE and ```cmake FILE must stand in that
# file; ```sh no-run is shown only.
import os
import pathlib
import re
import subprocess

import pytest

import oracle

PAGES = sorted((oracle.ROOT / "docs/guide").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def run_shell(text, folder):
    path = f"{pathlib.Path(oracle.DLC).parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", text], cwd=folder, text=True,
                          capture_output=True, env={**os.environ, "PATH": path})
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    blocks = BLOCK.findall(page.read_text())
    assert blocks
    for language, argument, text in blocks:
        if language == "python":
            exec(compile(text, page.name, "exec"), names)
        elif language == "sh" and argument != "no-run":
            run_shell(text, tmp_path)
        elif language in ("cpp", "cmake"):
            assert text in (oracle.ROOT / argument).read_text(), f"{argument} has no\n{text}"
        else:
            assert argument == "no-run", f"{page.name}: nothing tests a block of {language}"
