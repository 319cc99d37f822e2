# The Python blocks of docs/Python.md, run in their order.
import re

import oracle


def test_blocks_of_the_guide_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (oracle.ROOT / "docs/Python.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 7
    names = {}
    for block in blocks:
        exec(compile(block, "docs/Python.md", "exec"), names)
    for file in ("best.keras", "trained.keras", "model.dlc"):
        assert (tmp_path / file).exists()
    assert max(names["history"].history["accuracy"]) > 0.5
