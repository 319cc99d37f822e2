# The reference pages name what there is: each option of each command, each header.
import re
import subprocess

import pytest

import oracle

PAGE = (oracle.ROOT / "docs/reference/Cli.md").read_text()
# What CLI11 adds itself.
OWN = {"--help", "--version"}


def list_commands():
    listed = oracle.dlc("--help").split("ommands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE)


def options_of(command):
    names = re.findall(r"^  (-\S+)", oracle.dlc(command, "--help"), re.MULTILINE)
    return named_in(" ".join(names)) - OWN


def section(title):
    return re.split(r"^## ", PAGE.split(f"\n## {title}\n")[1], flags=re.MULTILINE)[0]


def named_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


@pytest.mark.parametrize("command", list_commands())
def test_options(command):
    known, own = options_of(command), named_in(section(f"dlc {command}"))
    shared = named_in(section("Options of several commands"))
    assert known <= own | shared, known - own - shared
    assert own <= known, own - known


def test_headers():
    page = (oracle.ROOT / "docs/reference/Cpp.md").read_text()
    text = (oracle.ROOT / "cmake/Install.cmake").read_text()
    installed = re.search(r"foreach\(header\n(.*?)\)", text, re.DOTALL)[1].split()
    assert len(installed) > 10
    for header in installed:
        assert f"`{header}`" in page, header


def test_c_blocks_are_c(tmp_path):
    """Those of docs/CApi.md, each as the body of a function that has a session and data."""
    blocks = re.findall(r"^```c\n(.*?)^```$", (oracle.ROOT / "docs/CApi.md").read_text(),
                        re.DOTALL | re.MULTILINE)
    assert len(blocks) > 1
    for i, block in enumerate(blocks):
        body = re.sub(r"^#include.*$", "", block, flags=re.MULTILINE)
        (tmp_path / f"{i}.c").write_text(
            '#include "capi/dlc.h"\n#include <stdio.h>\n'
            "static dlc_session *session;\nstatic dlc_data data;\n"
            f"int main(void) {{ (void)session; (void)data;\n{body}}}\n")
        subprocess.run(["gcc", "-std=c11", "-Wall", "-Werror", "-fsyntax-only", "-I", oracle.ROOT,
                        tmp_path / f"{i}.c"], check=True)
