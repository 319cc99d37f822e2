# A good model with its data, ways to spoil it, and how dlc has to refuse that.
import json
import zipfile

import keras
import numpy as np

import models
import oracle


def make_good(folder):
    """A model and data that fit, in a folder."""
    model = models.tiny()
    model.compile(optimizer="sgd", metrics=["accuracy"],
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.save(folder / "model.keras")
    save_data(folder)
    return folder


def save_data(folder, count=10, **changes):
    rng = np.random.default_rng(16)
    arrays = {"x": rng.normal(size=(count, 6)).astype("float32"),
              "y": rng.integers(0, 4, count).astype("int32")}
    arrays.update(changes)
    np.savez(folder / "data.npz", **{k: v for k, v in arrays.items() if v is not None})


def rewrite(folder, change, member="config.json"):
    """model.keras with one member changed, or left out where change gives None."""
    path = folder / "model.keras"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    changed = change(members[member])
    if changed is None:
        del members[member]
    else:
        members[member] = changed
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def edit_config(folder, edit):
    def change(text):
        config = json.loads(text)
        edit(config)
        return json.dumps(config).encode()
    rewrite(folder, change)


def refuse(folder, *words, command="train", options=(), model="model.keras", data="data.npz",
           exit_code=1):
    """The command fails with all `words` in its one line, and writes nothing."""
    before = sorted(p.name for p in folder.iterdir())
    out = {"train": "out.keras", "predict": "out.npz", "compile": "out.dlc",
           "import": "out.mlir", "gradients": "out.npz"}.get(command)
    arguments = [command, folder / model]
    if command not in ("compile", "import", "summary"):
        arguments += ["--data", folder / data]
    if out:
        arguments += ["-o", folder / out]
    code, stdout, stderr = oracle.Run(*arguments, *options).outcome()
    assert code == exit_code, f"exit code {code}\n{stdout}{stderr}"
    errors = [line for line in stderr.splitlines() if line.startswith("dlc: error: ")]
    assert len(errors) == 1 and stderr.strip().splitlines()[-1] == errors[0], stderr
    for word in words:
        assert word in errors[0], f"{word!r} is not in: {errors[0]}"
    assert sorted(p.name for p in folder.iterdir()) == before
